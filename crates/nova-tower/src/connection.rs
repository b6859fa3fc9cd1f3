//! What a handler may know of its connection.

use std::net::SocketAddr;

use nova_http::ExchangeId;

/// The connection that a request has come through: in the request's extensions, and what services
/// that are made for each connection are made of.
///
/// ```
/// use axum::{Extension, Router, routing::get};
/// use nova_tower::Connection;
///
/// async fn whoami(Extension(connection): Extension<Connection>) -> String {
///     format!("{:?} of connection {}", connection.peer(), connection.id())
/// }
///
/// let app: Router = Router::new().route("/", get(whoami));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Connection {
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
    worker: u16,
    key: nova_http::Key,
}

impl Connection {
    pub(crate) fn new(id: ExchangeId, peer: Option<SocketAddr>, local: Option<SocketAddr>) -> Self {
        Self { peer, local, worker: id.worker, key: id.connection }
    }

    /// The address from which the client has connected, or for which a PROXY header of an allowed
    /// sender vouches; `None` for Unix sockets.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The TCP address that the server listens on, if it is one; `None` if the server listens on
    /// several, or on Unix sockets. Where that is a wildcard such as `0.0.0.0`, it is said so, and not
    /// which of the machine's addresses the client has used.
    pub fn local(&self) -> Option<SocketAddr> {
        self.local
    }

    /// A number that no other connection of this server has while this one is open, nor in the next
    /// four thousand million connections of its worker.
    pub fn id(&self) -> u128 {
        let key = u64::from(self.key.generation) << 32 | u64::from(self.key.slot);
        u128::from(self.worker) << 64 | u128::from(key)
    }

    pub(crate) fn key(&self) -> nova_http::Key {
        self.key
    }
}

#[cfg(feature = "axum")]
impl axum::extract::connect_info::Connected<Connection> for SocketAddr {
    /// The peer's address; for Unix sockets `0.0.0.0:0`, since they have none.
    fn connect_info(connection: Connection) -> Self {
        connection.peer.unwrap_or_else(|| Self::from(([0, 0, 0, 0], 0)))
    }
}

#[cfg(feature = "axum")]
impl axum::extract::connect_info::Connected<Self> for Connection {
    fn connect_info(connection: Self) -> Self {
        connection
    }
}
