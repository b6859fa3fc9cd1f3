//! What a stop has cost.

use std::fmt;

/// What became of the connections that a server had when it was told to stop.
///
/// ```no_run
/// use std::time::Duration;
///
/// use nova_http::{Request, Response, Server};
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// let running = Server::bind("127.0.0.1:3000")?
///     .start(|_: &Request<'_>, response: Response<'_>| response.send(b"hello"))?;
/// let report = running.stop(Duration::from_secs(8))?;
/// println!("{report}");
/// assert!(report.cut <= report.connections);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Connections that ended during the stop.
    pub connections: u64,
    /// Of these, the ones that were cut off in the middle of something, because the grace was over.
    pub cut: u64,
}

impl Report {
    /// The reports of two workers together.
    pub(crate) const fn and(&self, other: &Self) -> Self {
        Self { connections: self.connections + other.connections, cut: self.cut + other.cut }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, cut } = self;
        write!(f, "{connections} connections ended, {cut} of them cut off by the deadline")
    }
}
