//! What a server listens on, and how its workers share it.
//!
//! An address is bound once, alone, when it is named: so a second copy of the program meets a busy
//! port, although SO_REUSEPORT would let it in and silently give it half of the connections. That
//! listener is kept (nobody can take the port before the start, and clients that come early wait in
//! its queue), becomes the first worker's, and only then lets those of the other workers join.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::path::Path;

use nova_io::portable::{Endpoint, ListenOptions, Listener};

use super::ServerError;

/// For `localhost:0`, this many ports are tried that are free for one family only.
const HALF_FREE_PORTS: usize = 16;

/// A listening socket made elsewhere that a server can take over.
///
/// ```no_run
/// use std::net::TcpListener;
///
/// use nova_http::{IntoListener, Server, ServerError};
///
/// /// A server on what somebody else has opened.
/// fn server(listener: impl IntoListener) -> Result<Server, ServerError> {
///     Server::from_listeners([listener])
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = server(TcpListener::bind("127.0.0.1:3000")?)?;
/// println!("listening on {}", server.local_addr());
/// # Ok(())
/// # }
/// ```
pub trait IntoListener {
    /// The listener, ready for a server.
    ///
    /// # Errors
    /// If it is not a listening TCP or Unix stream socket, or cannot be made non-blocking.
    fn into_listener(self) -> io::Result<Listener>;
}

impl IntoListener for Listener {
    fn into_listener(self) -> io::Result<Listener> {
        Ok(self)
    }
}

impl IntoListener for std::net::TcpListener {
    fn into_listener(self) -> io::Result<Listener> {
        Listener::from_std(self)
    }
}

#[cfg(unix)]
impl IntoListener for std::os::unix::net::UnixListener {
    fn into_listener(self) -> io::Result<Listener> {
        Listener::from_std_unix(self)
    }
}

#[cfg(unix)]
impl IntoListener for OwnedFd {
    fn into_listener(self) -> io::Result<Listener> {
        Listener::from_fd(self)
    }
}

/// What a server that is not running yet listens on.
#[derive(Debug)]
pub(super) struct Listeners {
    list: Vec<Bound>,
    options: ListenOptions,
}

#[derive(Debug)]
struct Bound {
    listener: Listener,
    endpoint: Endpoint,
    /// How to bind another one to the same port; `None` if the queue must be shared.
    again: Option<(SocketAddr, ListenOptions)>,
}

impl Listeners {
    pub(super) const fn new(options: ListenOptions) -> Self {
        Self { list: Vec::new(), options }
    }

    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        self.list.iter().map(|bound| bound.endpoint.clone()).collect()
    }

    /// Binds `address`; `localhost` stands for the loopback addresses of both families.
    pub(super) fn bind(
        &mut self,
        address: impl ToSocketAddrs + fmt::Display,
    ) -> Result<(), ServerError> {
        let given = address.to_string();
        if let Some(port) = localhost(&given) {
            return self.bind_localhost(port);
        }
        let bad = |source| ServerError::Address { given: given.clone(), source };
        let resolved = address.to_socket_addrs().map_err(bad)?.next();
        let found = resolved.ok_or_else(|| bad(io::Error::other("it names no address")))?;
        let bound = self.open(found)?;
        self.list.push(bound);
        Ok(())
    }

    /// Both loopback addresses with the same port, or the one that the machine has. Clients that
    /// look `localhost` up get both, in either order, and another program on the other family's
    /// port would be mistaken for this one.
    fn bind_localhost(&mut self, port: u16) -> Result<(), ServerError> {
        // Kept until the end, so that the system chooses others.
        let mut half_free = Vec::new();
        loop {
            let v4 = match self.open((Ipv4Addr::LOCALHOST, port).into()) {
                Err(error) if family_is_missing(&error) => None,
                v4 => Some(v4?),
            };
            let chosen = v4.as_ref().and_then(|v4| v4.endpoint.tcp());
            let same_port = chosen.map_or(port, |address| address.port());
            match (v4, self.open((Ipv6Addr::LOCALHOST, same_port).into())) {
                (v4, Ok(v6)) => {
                    self.list.extend(v4);
                    self.list.push(v6);
                    return Ok(());
                }
                (Some(v4), Err(error)) if family_is_missing(&error) => {
                    tracing::debug!(%error, "localhost has no IPv6 here");
                    self.list.push(v4);
                    return Ok(());
                }
                (Some(v4), Err(_)) if port == 0 && half_free.len() < HALF_FREE_PORTS => {
                    half_free.push(v4);
                }
                (_, Err(error)) => return Err(error),
            }
        }
    }

    fn open(&self, address: SocketAddr) -> Result<Bound, ServerError> {
        let mut options = self.options;
        if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && self.has_all_v4(address.port()) {
            // The IPv4 half is taken, by ourselves.
            options.v6_only = options.v6_only.or(Some(true));
        }
        let open = || {
            let listener = Listener::bind(address, &options)?;
            let endpoint = listener.endpoint()?;
            let address = endpoint.tcp().unwrap_or(address);
            Ok(Bound { listener, endpoint, again: Some((address, options)) })
        };
        open().map_err(|source: io::Error| {
            let other = self.endpoints().into_iter().find(|other| covers(other, address));
            match other {
                Some(other) if source.kind() == io::ErrorKind::AddrInUse => {
                    ServerError::Twice { endpoint: Endpoint::Tcp(address), other }
                }
                _ => ServerError::Bind { address, source },
            }
        })
    }

    fn has_all_v4(&self, port: u16) -> bool {
        let all = Endpoint::Tcp((Ipv4Addr::UNSPECIFIED, port).into());
        port != 0 && self.list.iter().any(|bound| bound.endpoint == all)
    }

    /// Binds a Unix socket.
    #[cfg(unix)]
    pub(super) fn bind_unix(&mut self, path: &Path) -> Result<(), ServerError> {
        let endpoint = Endpoint::Unix(Some(path.to_path_buf()));
        if self.list.iter().any(|bound| bound.endpoint == endpoint) {
            return Err(ServerError::Twice { other: endpoint.clone(), endpoint });
        }
        let listener = Listener::bind_unix(path, &self.options)
            .map_err(|source| ServerError::Unix { path: path.to_path_buf(), source })?;
        self.list.push(Bound { listener, endpoint, again: None });
        Ok(())
    }

    /// Takes over a listener made elsewhere.
    pub(super) fn add(&mut self, listener: impl IntoListener) -> Result<(), ServerError> {
        let take = || {
            let mut listener = listener.into_listener()?;
            listener.set_options(&self.options)?;
            let endpoint = listener.endpoint()?;
            Ok(Bound { listener, endpoint, again: None })
        };
        let bound = take().map_err(|source| {
            let name = format!("number {}", self.list.len());
            ServerError::Inherited { name, source }
        })?;
        self.list.push(bound);
        Ok(())
    }

    /// The listeners of each worker: sharing ports where the system can, else sharing queues.
    pub(super) fn for_workers(self, workers: usize) -> Result<Vec<Vec<Listener>>, ServerError> {
        if self.list.is_empty() {
            return Err(ServerError::NoListener);
        }
        let mut all: Vec<Vec<_>> = (0..workers).map(|_| Vec::new()).collect();
        for bound in self.list {
            let Bound { listener, endpoint, again } = bound;
            let listeners =
                multiply(listener, again, workers).map_err(|source| match endpoint {
                    Endpoint::Tcp(address) => ServerError::Bind { address, source },
                    Endpoint::Unix(Some(path)) => ServerError::Unix { path, source },
                    Endpoint::Unix(None) => ServerError::Worker(source),
                })?;
            for (worker, listener) in all.iter_mut().zip(listeners) {
                worker.push(listener);
            }
        }
        Ok(all)
    }
}

fn multiply(
    first: Listener,
    again: Option<(SocketAddr, ListenOptions)>,
    workers: usize,
) -> io::Result<Vec<Listener>> {
    let again = again.filter(|_| ListenOptions::CAN_REUSE_PORT && workers > 1);
    if again.is_some() {
        first.share_port()?;
    }
    let another = |_| match again {
        Some((address, options)) => {
            let sharing = ListenOptions { reuse_port: true, ..options };
            match Listener::bind(address, &sharing) {
                // A system that had to know before the first one was bound.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => first.try_clone(),
                bound => bound,
            }
        }
        None => first.try_clone(),
    };
    let mut all = (1..workers).map(another).collect::<io::Result<Vec<_>>>()?;
    all.push(first);
    Ok(all)
}

/// The port of `localhost:PORT`, which is always the loopback interface (RFC 6761 §6.3), whatever
/// the resolver has been told.
fn localhost(given: &str) -> Option<u16> {
    let (host, port) = given.rsplit_once(':')?;
    if host.eq_ignore_ascii_case("localhost") { port.parse().ok() } else { None }
}

/// A machine without a family says so in several ways, none of which is that somebody has the port
/// or that we may not have it.
fn family_is_missing(error: &ServerError) -> bool {
    use io::ErrorKind::{AddrInUse, PermissionDenied};
    let ServerError::Bind { source, .. } = error else { return false };
    !matches!(source.kind(), AddrInUse | PermissionDenied)
}

/// Whether listening on `other` may be why `address` is in use.
fn covers(other: &Endpoint, address: SocketAddr) -> bool {
    other.tcp().is_some_and(|other| {
        let (a, b) = (other.ip(), address.ip());
        other.port() == address.port() && (a == b || a.is_unspecified() || b.is_unspecified())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only the name itself is special, in any case, with a port.
    #[test]
    fn localhost_is_a_name_of_its_own() {
        assert_eq!(localhost("localhost:3000"), Some(3000));
        assert_eq!(localhost("LocalHost:0"), Some(0));
        for other in ["localhost", "localhost:", "localhost:65536", "my.localhost:1", "[::1]:1"] {
            assert_eq!(localhost(other), None, "{other}");
        }
    }
}
