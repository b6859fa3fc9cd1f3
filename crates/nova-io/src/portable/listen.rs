//! Listening sockets.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, SockRef, Type};

/// Whether accepted sockets have the listener's TCP_NODELAY, so that it need not be set on each.
pub(super) const NODELAY_IS_INHERITED: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// How to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// SO_REUSEPORT: several listeners share one port and the kernel spreads clients over them.
    /// Default: false, so that a second copy of a program meets a busy port. Ignored where the
    /// system has no such thing (see [`ListenOptions::CAN_REUSE_PORT`]).
    pub reuse_port: bool,
    /// How many connections may wait to be accepted. Default: 1024; systems cap it silently
    /// (Linux: `net.core.somaxconn`).
    pub backlog: i32,
}

impl ListenOptions {
    /// Whether several listeners can share one port and its load on this system.
    pub const CAN_REUSE_PORT: bool = cfg!(all(unix, not(target_os = "solaris")));
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { reuse_port: false, backlog: 1024 }
    }
}

/// A bound TCP socket that listens. What it accepts has TCP_NODELAY: answers leave when they are
/// sent, and the worker sends each turn's answers in one call.
#[derive(Debug)]
pub struct Listener {
    inner: mio::net::TcpListener,
}

impl Listener {
    /// Binds `address` (port 0 lets the system choose) and listens.
    ///
    /// On Unix SO_REUSEADDR is set, so that a restart does not trip over connections in TIME_WAIT.
    ///
    /// # Errors
    /// What the system says: the port is busy, the address is not ours, permission is missing.
    pub fn bind(address: SocketAddr, options: &ListenOptions) -> io::Result<Self> {
        let domain = Domain::for_address(address);
        let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        #[cfg(unix)]
        {
            socket.set_reuse_address(true)?;
            #[cfg(not(target_os = "solaris"))]
            if options.reuse_port {
                socket.set_reuse_port(true)?;
            }
        }
        socket.bind(&address.into())?;
        socket.listen(options.backlog)?;
        Self::from_std(socket.into())
    }

    /// Takes over a listener made elsewhere (a test, a service manager).
    ///
    /// # Errors
    /// If it cannot be made non-blocking.
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        if NODELAY_IS_INHERITED {
            SockRef::from(&listener).set_tcp_nodelay(true)?;
        }
        Ok(Self { inner: mio::net::TcpListener::from_std(listener) })
    }

    /// Where it listens; tells which port the system chose.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// A second handle on the same queue of clients, for a second worker where ports cannot be
    /// shared.
    ///
    /// # Errors
    /// If there is no descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        let copy = SockRef::from(&self.inner).try_clone()?;
        Ok(Self { inner: mio::net::TcpListener::from_std(copy.into()) })
    }

    pub(super) fn into_mio(self) -> mio::net::TcpListener {
        self.inner
    }
}
