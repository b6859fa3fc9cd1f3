//! What a handler may know of its connection.

use std::net::SocketAddr;

use http::Extensions;
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

/// Extensions with a [`Connection`] in them, and room for what frameworks put beside it: a copy of a
/// table with room costs less than one that grows with each request.
#[derive(Debug)]
pub(crate) struct Template(Option<Extensions>);

impl Template {
    /// `wanted` says whether there are extensions at all.
    pub(crate) fn new(wanted: bool) -> Self {
        Self(wanted.then(|| {
            let mut extensions = Extensions::new();
            extensions.insert(Place::<0>);
            extensions.insert(Place::<1>);
            extensions.insert(Place::<2>);
            extensions.insert(Place::<3>);
            extensions.clear();
            let nobody = nova_http::Key::new(0, 0);
            let id = ExchangeId { worker: 0, connection: nobody, number: 0 };
            extensions.insert(Connection::new(id, None, None));
            extensions
        }))
    }

    /// The extensions of a request of `connection`.
    #[inline]
    pub(crate) fn fill(&self, connection: Connection) -> Extensions {
        let mut extensions = self.0.clone().unwrap_or_default();
        if let Some(place) = extensions.get_mut() {
            *place = connection;
        }
        extensions
    }
}

/// Takes one place of a table.
#[derive(Clone)]
struct Place<const N: usize>;

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
