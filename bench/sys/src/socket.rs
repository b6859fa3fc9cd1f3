//! Sockets, where the standard library has no word for what is needed.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Accepts one connection, already non-blocking: one system call instead of three.
pub fn accept_nonblocking(listener: &TcpListener) -> io::Result<TcpStream> {
    // SAFETY: the peer's address is not asked for (null is allowed); the new descriptor is ours.
    unsafe {
        let fd = super::check(libc::accept4(
            listener.as_raw_fd(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
        ))?;
        Ok(TcpStream::from(OwnedFd::from_raw_fd(fd)))
    }
}

/// Connects from the source address `from`, on a port that the kernel chooses only when it knows the
/// destination (`IP_BIND_ADDRESS_NO_PORT`), so that ports of one source serve many destinations.
pub fn connect_from(from: Ipv4Addr, to: SocketAddrV4) -> io::Result<TcpStream> {
    // SAFETY: every pointer is to a local that lives through its call, with its exact size; the
    // descriptor is owned from the moment it exists, so an error closes it.
    unsafe {
        let fd =
            super::check(libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0))?;
        let owned = OwnedFd::from_raw_fd(fd);
        let on: libc::c_int = 1;
        super::check(libc::setsockopt(
            fd,
            libc::IPPROTO_IP,
            libc::IP_BIND_ADDRESS_NO_PORT,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        ))?;
        let source = internet_address(SocketAddrV4::new(from, 0));
        let length = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        super::check(libc::bind(fd, (&raw const source).cast(), length))?;
        let destination = internet_address(to);
        super::check(libc::connect(fd, (&raw const destination).cast(), length))?;
        Ok(TcpStream::from(owned))
    }
}

fn internet_address(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(*address.ip()).to_be() },
        sin_zero: [0; 8],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    /// A connection comes from the source address it was asked to come from.
    #[test]
    fn the_source_address_is_honoured() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let SocketAddr::V4(to) = listener.local_addr()? else { unreachable!("bound to IPv4") };
        let client = connect_from(Ipv4Addr::new(127, 0, 0, 7), to)?;
        let accepted = accept_nonblocking(&listener)?;
        assert_eq!(accepted.peer_addr()?, client.local_addr()?);
        assert_eq!(client.local_addr()?.ip(), Ipv4Addr::new(127, 0, 0, 7));
        Ok(())
    }
}
