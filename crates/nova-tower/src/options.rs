//! What an adapter may be told, besides the engine's limits.

use std::net::SocketAddr;

/// How requests are handed over.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Whether a [`Connection`](crate::Connection) is put into the extensions of each request.
    pub(crate) connection: bool,
    /// Whether the names of fields are kept as they were sent.
    pub(crate) field_names: bool,
    /// Whether CONNECT is the application's to answer.
    pub(crate) connect: bool,
    /// The only TCP address that the server listens on.
    pub(crate) local: Option<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self { connection: true, field_names: false, connect: false, local: None }
    }
}
