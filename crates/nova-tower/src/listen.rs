//! Where a server listens.

use std::net::SocketAddr;

use nova_http::{Server, ServerError};

/// What a server can listen on: an address, or a listener of the standard library's or of Tokio's.
///
/// A server that binds an address itself gives each worker a listener of its own. A listener that was
/// made elsewhere has one queue, which the workers share.
///
/// ```no_run
/// # async fn serve(app: axum::Router) -> std::io::Result<()> {
/// nova_tower::serve("127.0.0.1:3000", app).await?;
/// # Ok(())
/// # }
/// ```
pub trait Listen {
    /// A server that listens there.
    ///
    /// # Errors
    /// As [`Server::bind`] and [`Server::from_listeners`].
    fn listen(self) -> Result<Server, ServerError>;
}

impl Listen for &str {
    fn listen(self) -> Result<Server, ServerError> {
        Server::bind(self)
    }
}

impl Listen for String {
    fn listen(self) -> Result<Server, ServerError> {
        Server::bind(self)
    }
}

impl Listen for SocketAddr {
    fn listen(self) -> Result<Server, ServerError> {
        Server::bind(self)
    }
}

impl Listen for std::net::TcpListener {
    fn listen(self) -> Result<Server, ServerError> {
        Server::from_listeners([self])
    }
}

impl Listen for tokio::net::TcpListener {
    fn listen(self) -> Result<Server, ServerError> {
        self.into_std().map_err(ServerError::Worker)?.listen()
    }
}

#[cfg(unix)]
impl Listen for std::os::unix::net::UnixListener {
    fn listen(self) -> Result<Server, ServerError> {
        Server::from_listeners([self])
    }
}

#[cfg(unix)]
impl Listen for tokio::net::UnixListener {
    fn listen(self) -> Result<Server, ServerError> {
        self.into_std().map_err(ServerError::Worker)?.listen()
    }
}

/// A server of the engine's, with all that it was told.
impl Listen for Server {
    fn listen(self) -> Result<Server, ServerError> {
        Ok(self)
    }
}
