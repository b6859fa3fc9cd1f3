//! A connection that belongs to no driver at the moment.

use std::io;
use std::net::{self, SocketAddr};
#[cfg(unix)]
use std::os::fd::OwnedFd;

/// A connected TCP or Unix stream socket between drivers: just accepted, handed over, or made
/// elsewhere.
///
/// Both are one type below: what a driver does with a connection (receive, send, shut down, close)
/// is the same system call for either, so a connection need not remember which it is.
#[derive(Debug)]
pub struct Socket {
    inner: mio::net::TcpStream,
}

impl Socket {
    /// Takes over a connected TCP socket.
    ///
    /// # Errors
    /// If it cannot be made non-blocking or its delay cannot be turned off.
    pub fn from_std(stream: net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { inner: mio::net::TcpStream::from_std(stream) })
    }

    /// Takes over a connected Unix stream socket.
    ///
    /// # Errors
    /// If it cannot be made non-blocking.
    #[cfg(unix)]
    pub fn from_std_unix(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::from_unix(stream.into()))
    }

    /// Gives the socket to code that knows nothing of drivers; it blocks, as such code expects.
    ///
    /// A connection to a Unix socket comes as a `TcpStream`, too, that has no addresses and no
    /// options of TCP's; `UnixStream::from(OwnedFd::from(stream))` makes it what it is.
    ///
    /// # Errors
    /// If it cannot be made blocking.
    pub fn into_std(self) -> io::Result<net::TcpStream> {
        let stream = net::TcpStream::from(self.inner);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// The client's address; `None` if the connection has died already, or has none because it came
    /// by a Unix socket.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.inner.peer_addr().ok()
    }

    /// A Unix stream socket that does not block.
    #[cfg(unix)]
    pub(super) fn from_unix(descriptor: OwnedFd) -> Self {
        Self { inner: mio::net::TcpStream::from(descriptor) }
    }

    pub(super) fn from_mio(inner: mio::net::TcpStream) -> Self {
        Self { inner }
    }

    pub(super) fn into_mio(self) -> mio::net::TcpStream {
        self.inner
    }
}
