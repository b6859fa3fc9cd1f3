//! Listening sockets: TCP, and Unix where there is such a thing.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::sync::Arc;

use mio::event::Source;
use socket2::{Domain, Protocol, SockRef, Type};

#[cfg(unix)]
use super::file::{self, SocketFile};
use super::options::OPTIONS_ARE_INHERITED;
use super::{Endpoint, ListenOptions, Socket};

/// A bound socket that listens: TCP, or Unix. What it accepts over TCP has TCP_NODELAY (answers
/// leave when they are sent, and the worker sends each turn's answers in one call) and what
/// [`ListenOptions`] say.
///
/// Dropping the last handle on a Unix listener that was bound here removes its file, if the file is
/// still the one that was made.
#[derive(Debug)]
pub struct Listener {
    // Before `inner`: see `SocketFile`.
    #[cfg(unix)]
    file: Option<Arc<SocketFile>>,
    inner: Inner,
    options: ListenOptions,
}

#[derive(Debug)]
enum Inner {
    Tcp(mio::net::TcpListener),
    #[cfg(unix)]
    Unix(mio::net::UnixListener),
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
        if let (SocketAddr::V6(_), Some(only)) = (address, options.v6_only) {
            socket.set_only_v6(only)?;
        }
        socket.bind(&address.into())?;
        socket.listen(options.backlog)?;
        let mut listener = Self::from_std(socket.into())?;
        listener.set_options(options)?;
        Ok(listener)
    }

    /// Binds the Unix socket `path` and listens. A file that a dead listener has left there is
    /// replaced. The file is removed when the listener and all its copies have been dropped.
    ///
    /// # Errors
    /// `AddrInUse` if somebody listens there, `AlreadyExists` if there is a file that is not a
    /// socket, `NotFound` if there is no such folder, and whatever else the system says.
    #[cfg(unix)]
    pub fn bind_unix(path: impl AsRef<Path>, options: &ListenOptions) -> io::Result<Self> {
        let (socket, file) = file::listen(path.as_ref(), options)?;
        let mut listener = Self::from_std_unix(OwnedFd::from(socket).into())?;
        listener.file = Some(Arc::new(file));
        listener.options = *options;
        Ok(listener)
    }

    /// Takes over a TCP listener made elsewhere (a test, a service manager), with the default
    /// options for its connections; see [`Listener::set_options`].
    ///
    /// # Errors
    /// If it cannot be made non-blocking, or refuses an option.
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let mut listener = Self::new(Inner::Tcp(mio::net::TcpListener::from_std(listener)));
        listener.set_options(&ListenOptions::default())?;
        Ok(listener)
    }

    /// Takes over a Unix listener made elsewhere. Its file stays when the listener goes: it belongs
    /// to whoever made it.
    ///
    /// # Errors
    /// If it cannot be made non-blocking.
    #[cfg(unix)]
    pub fn from_std_unix(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self::new(Inner::Unix(mio::net::UnixListener::from_std(listener))))
    }

    /// Takes over a listening socket made elsewhere after finding out of which kind it is: TCP over
    /// IPv4 or IPv6, or a Unix stream socket.
    ///
    /// # Errors
    /// `InvalidInput` for anything else; otherwise as [`Listener::from_std`].
    #[cfg(unix)]
    pub fn from_fd(descriptor: OwnedFd) -> io::Result<Self> {
        let refuse = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why);
        let socket = socket2::Socket::from(descriptor);
        let kind = socket.r#type().map_err(|_| refuse("the descriptor is not a socket"))?;
        if kind != Type::STREAM {
            return Err(refuse("the descriptor is a socket, but not a stream socket"));
        }
        let domain = socket.local_addr()?.domain();
        // Elsewhere accepting tells.
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        if !socket.is_listener()? {
            return Err(refuse("the descriptor is a socket that does not listen"));
        }
        match domain {
            Domain::IPV4 | Domain::IPV6 => Self::from_std(socket.into()),
            Domain::UNIX => Self::from_std_unix(OwnedFd::from(socket).into()),
            _ => Err(refuse("the descriptor is a socket of neither TCP nor Unix")),
        }
    }

    fn new(inner: Inner) -> Self {
        Self {
            #[cfg(unix)]
            file: None,
            inner,
            options: ListenOptions::default(),
        }
    }

    /// Other options for the connections to come. What concerns the listener itself (sharing of the
    /// port, backlog, families, mode) has been decided when it was bound.
    ///
    /// # Errors
    /// If the system refuses an option.
    pub fn set_options(&mut self, options: &ListenOptions) -> io::Result<()> {
        match &self.inner {
            Inner::Tcp(listener) if OPTIONS_ARE_INHERITED => {
                options.apply(&SockRef::from(listener))?;
            }
            _ => {}
        }
        self.options = *options;
        Ok(())
    }

    /// Lets other listeners share the port of this one from now on, although it was bound alone:
    /// so nobody else had it before, and nobody can take it in between. Does nothing for a Unix
    /// socket, or where the system has no such thing.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn share_port(&self) -> io::Result<()> {
        match &self.inner {
            #[cfg(all(unix, not(target_os = "solaris")))]
            Inner::Tcp(listener) => SockRef::from(listener).set_reuse_port(true),
            _ => Ok(()),
        }
    }

    /// Where it listens; tells which port the system chose.
    ///
    /// # Errors
    /// What the system says.
    pub fn endpoint(&self) -> io::Result<Endpoint> {
        match &self.inner {
            Inner::Tcp(listener) => Ok(Endpoint::Tcp(listener.local_addr()?)),
            #[cfg(unix)]
            Inner::Unix(listener) => {
                let path = listener.local_addr()?.as_pathname().map(Path::to_path_buf);
                Ok(Endpoint::Unix(path))
            }
        }
    }

    /// The TCP address of [`Listener::endpoint`].
    ///
    /// # Errors
    /// What the system says; `Unsupported` for a Unix socket.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let no_address = || io::Error::new(io::ErrorKind::Unsupported, "a Unix socket has no port");
        self.endpoint()?.tcp().ok_or_else(no_address)
    }

    /// A second handle on the same queue of clients, for a second worker where ports cannot be
    /// shared.
    ///
    /// # Errors
    /// If there is no descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        let inner = match &self.inner {
            Inner::Tcp(listener) => {
                let copy = SockRef::from(listener).try_clone()?;
                Inner::Tcp(mio::net::TcpListener::from_std(copy.into()))
            }
            #[cfg(unix)]
            Inner::Unix(listener) => {
                let copy = OwnedFd::from(SockRef::from(listener).try_clone()?);
                Inner::Unix(mio::net::UnixListener::from_std(copy.into()))
            }
        };
        Ok(Self {
            #[cfg(unix)]
            file: self.file.clone(),
            inner,
            options: self.options,
        })
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        match &mut self.inner {
            Inner::Tcp(listener) => listener,
            #[cfg(unix)]
            Inner::Unix(listener) => listener,
        }
    }

    pub(super) fn accept(&self) -> io::Result<(Socket, Option<SocketAddr>)> {
        match &self.inner {
            Inner::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                if !OPTIONS_ARE_INHERITED {
                    // Fails only for a connection that is dead already; reading will tell.
                    let _ = self.options.apply(&SockRef::from(&stream));
                }
                Ok((Socket::from_mio(stream), Some(peer)))
            }
            #[cfg(unix)]
            Inner::Unix(listener) => {
                // The client's side has hardly ever a name, and never an address.
                let (stream, _) = listener.accept()?;
                Ok((Socket::from_unix(stream.into()), None))
            }
        }
    }
}
