//! A connection that belongs to no driver at the moment.

use std::io;
use std::net::{self, SocketAddr};

/// A connected TCP socket between drivers: just accepted, handed over, or made elsewhere.
#[derive(Debug)]
pub struct Socket {
    inner: mio::net::TcpStream,
}

impl Socket {
    /// Takes over a connected socket.
    ///
    /// # Errors
    /// If it cannot be made non-blocking or its delay cannot be turned off.
    pub fn from_std(stream: net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { inner: mio::net::TcpStream::from_std(stream) })
    }

    /// Gives the socket to code that knows nothing of drivers; it blocks, as such code expects.
    ///
    /// # Errors
    /// If it cannot be made blocking.
    pub fn into_std(self) -> io::Result<net::TcpStream> {
        let stream = net::TcpStream::from(self.inner);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// The client's address; `None` if the connection has died already.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.inner.peer_addr().ok()
    }

    pub(super) fn from_mio(inner: mio::net::TcpStream) -> Self {
        Self { inner }
    }

    pub(super) fn into_mio(self) -> mio::net::TcpStream {
        self.inner
    }
}
