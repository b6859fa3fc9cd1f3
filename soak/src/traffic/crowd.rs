//! All clients, on one thread.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ledger::Ledger;
use mio::{Events, Poll, Token};

use super::visitor::{Common, Next, Visitor};
use super::{Mix, Notes, Sums};

/// How often it is looked for connections on which nothing moves.
const LOOK: Duration = Duration::from_millis(100);

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
        let mut poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let mut now = Instant::now();
        let mut cx = Common {
            address,
            books,
            mix,
            registry: &registry,
            scratch: vec![0; 64 * 1024],
            stopping: false,
            now,
            notes: Notes::default(),
            sums: Sums::default(),
        };
        let mut seeds = fastrand::Rng::with_seed(seed);
        let mut visitors: Vec<_> = (0..mix.connections)
            .map(|number| Visitor::new(seeds.u64(..), Token(number), now))
            .collect();
        let mut left = visitors.len();
        let mut ready: Vec<usize> = (0..visitors.len()).collect();
        let mut again = Vec::new();
        let mut events = Events::with_capacity(1_024);
        let mut looked = now;
        while left > 0 {
            for number in ready.drain(..) {
                match visitors[number].step(&mut cx) {
                    Next::Event => {}
                    Next::Again => again.push(number),
                    Next::Done => left -= 1,
                }
            }
            if stop.as_ref().is_some_and(|stop| books.opened() >= stop.after)
                && let Some(stop) = stop.take()
            {
                // Before it is told: whatever comes of it comes afterwards.
                cx.stopping = true;
                (stop.stop)();
            }
            if left == 0 {
                break;
            }
            let wait = if again.is_empty() { LOOK } else { Duration::ZERO };
            match poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => other?,
            }
            now = Instant::now();
            cx.now = now;
            std::mem::swap(&mut ready, &mut again);
            ready.extend(events.iter().map(|event| event.token().0));
            if now - looked >= LOOK {
                looked = now;
                for (number, visitor) in visitors.iter_mut().enumerate() {
                    if visitor.look_at_the_clock(&mut cx) {
                        ready.push(number);
                    }
                }
            }
            ready.sort_unstable();
            ready.dedup();
        }
        Ok(Self { notes: cx.notes, sums: cx.sums })
    }
}
