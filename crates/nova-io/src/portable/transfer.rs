//! Moving octets of a socket: one system call, and nothing around it.
//!
//! The standard library goes through the C library, whose `recv` and `send` are points at which a
//! thread can be cancelled; in a program with several threads that is two more atomic operations
//! for each call. On Linux, `rustix` calls the kernel directly.

use std::io;

use mio::net::TcpStream;

#[cfg(unix)]
#[inline]
pub(super) fn receive(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let (n, _) = rustix::net::recv(stream, buffer, rustix::net::RecvFlags::empty())?;
    Ok(n)
}

#[cfg(unix)]
#[inline]
pub(super) fn send(stream: &mut TcpStream, octets: &[u8]) -> io::Result<usize> {
    // A client that is gone is an error and not a signal.
    Ok(rustix::net::send(stream, octets, rustix::net::SendFlags::NOSIGNAL)?)
}

#[cfg(unix)]
#[inline]
pub(super) fn send_pieces(stream: &mut TcpStream, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
    let mut nothing = rustix::net::SendAncillaryBuffer::default();
    let flags = rustix::net::SendFlags::NOSIGNAL;
    Ok(rustix::net::sendmsg(stream, pieces, &mut nothing, flags)?)
}

#[cfg(not(unix))]
pub(super) fn receive(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(stream, buffer)
}

#[cfg(not(unix))]
pub(super) fn send(stream: &mut TcpStream, octets: &[u8]) -> io::Result<usize> {
    io::Write::write(stream, octets)
}
