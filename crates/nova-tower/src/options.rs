//! What an adapter may be told, besides the engine's limits.

use std::net::SocketAddr;

/// How requests are handed over.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Whether a [`Connection`](crate::Connection) is put into the extensions of each request.
    pub(crate) connection: bool,
    /// The only TCP address that the server listens on.
    pub(crate) local: Option<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self { connection: true, local: None }
    }
}
