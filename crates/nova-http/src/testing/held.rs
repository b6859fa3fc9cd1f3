//! What a [`Bench`] still holds: all of it must come back to zero when its clients have left.

use crate::application::Application;
use crate::stack::Stack;

use super::Bench;

/// What workers and what they share hold at a moment.
///
/// ```
/// use nova_http::testing::{Bench, Held};
/// use nova_http::{Limits, Request, Response};
/// use nova_io::sim::Network;
///
/// let hello = |_: &Request<'_>, response: Response<'_>| response.send(b"hello");
/// let mut bench = Bench::http(Network::calm(), Limits::default(), hello);
/// let client = bench.connect();
/// bench.settle();
/// assert_eq!((bench.held().connections, bench.held().load), (1, 1));
/// drop(client);
/// bench.settle();
/// assert_eq!(bench.held(), Held::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// Connections that workers have.
    pub connections: usize,
    /// Octets in buffers that are lent to connections, or held by them.
    pub octets: usize,
    /// Connections by the count that places new ones.
    pub load: usize,
    /// Client addresses that are counted.
    pub addresses: usize,
    /// Messages that no worker has read.
    pub mail: usize,
    /// Slots of connections that await a deadline.
    pub timers: usize,
}

impl<S: Stack, A: Application> Bench<S, A> {
    /// What is held now.
    pub fn held(&self) -> Held {
        let (workers, shared) = (&self.workers, &self.neighbours);
        Held {
            connections: workers.iter().map(crate::Worker::connections).sum(),
            octets: workers.iter().map(crate::Worker::spilled_bytes).sum(),
            load: (0..workers.len()).map(|worker| shared.loads.connections(worker)).sum(),
            addresses: shared.addresses.len(),
            mail: shared.mailboxes.iter().map(|mailbox| mailbox.len()).sum(),
            timers: workers.iter().map(crate::Worker::timers_filed).sum(),
        }
    }
}
