//! All clients of a round.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use ledger::Ledger;

use super::visitor::{Common, Visitor};
use super::{Mix, Notes, Sums};
use crate::drive::drive;

/// Tells the server to stop in the midst of it all.
#[derive(Debug)]
pub struct Stop<F> {
    /// As soon as so many requests have been opened.
    pub after: usize,
    /// How.
    pub stop: F,
}

/// What came of it.
#[derive(Debug)]
pub struct Crowd {
    /// What must not be.
    pub notes: Notes,
    /// What the clients did.
    pub sums: Sums,
}

impl Crowd {
    /// Sends requests to `address` until the books are full, or until `stop`.
    ///
    /// # Errors
    /// What the kernel says about waiting.
    pub fn visit<F: FnOnce()>(
        address: SocketAddr,
        books: &Ledger,
        mix: &Mix,
        seed: u64,
        mut stop: Option<Stop<F>>,
    ) -> io::Result<Self> {
        let (notes, sums) = (Notes::default(), Sums::default());
        let mut cx = Common { address, books, mix, stopping: false, notes, sums };
        let mut seeds = fastrand::Rng::with_seed(seed);
        let now = Instant::now();
        let mut visitors: Vec<_> =
            (0..mix.connections).map(|number| Visitor::new(seeds.u64(..), number, now)).collect();
        drive(&mut visitors, &mut cx, |cx| {
            if stop.as_ref().is_some_and(|stop| books.opened() >= stop.after)
                && let Some(stop) = stop.take()
            {
                // Before it is told: whatever comes of it comes afterwards.
                cx.stopping = true;
                (stop.stop)();
            }
        })?;
        Ok(Self { notes: cx.notes, sums: cx.sums })
    }
}
