//! Clients that keep books: each connection composes batches of requests, sends them in pieces,
//! reads the answers strictly, and now and then behaves badly.
//!
//! `batch.rs` says what a connection does next, `request.rs` writes it, `visitor.rs` is one
//! connection, `settle.rs` holds an answer against its request, `crowd.rs` is all of them.

mod batch;
mod crowd;
mod request;
mod settle;
mod visitor;

pub use crowd::{Crowd, Stop};

use std::collections::BTreeMap;
use std::time::Duration;

use crate::service::Door;

/// What the traffic is like.
#[derive(Clone, Debug)]
pub struct Mix {
    /// Connections at a time.
    pub connections: usize,
    /// Requests that are sent before the first of them is answered, at most.
    pub pipeline: usize,
    /// Octets of content, at most; most requests have far less.
    pub content: usize,
    /// Octets that are to follow a receipt, at most; most answers have none, few more than a tenth.
    pub fill: usize,
    /// The handlers that are asked, the first of them most.
    pub doors: Vec<Door>,
    /// Whether some clients reset, leave, cut short, or break rules.
    pub rude: bool,
    /// How long a server may say nothing when it owes an answer.
    pub patience: Duration,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            connections: 256,
            pipeline: 64,
            content: 100_000,
            fill: 400_000,
            doors: Door::ALL.to_vec(),
            rude: true,
            patience: Duration::from_secs(20),
        }
    }
}

/// What was seen that must not be, beside what the books say.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// How often.
    pub count: u64,
    /// The first of them, in words.
    pub first: Vec<String>,
}

impl Notes {
    /// Takes down one more.
    pub fn take(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < 10 {
            self.first.push(what());
        }
    }

    /// Those of another round, too.
    pub fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        self.first.truncate(10);
    }
}

/// What was counted, by name.
#[derive(Clone, Debug, Default)]
pub struct Sums(BTreeMap<&'static str, u64>);

impl Sums {
    /// One more.
    pub fn count(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    /// So many more.
    pub fn add(&mut self, name: &'static str, count: u64) {
        *self.0.entry(name).or_default() += count;
    }

    /// Another round's, too.
    pub fn absorb(&mut self, other: &Self) {
        for (name, sum) in other.all() {
            self.add(name, sum);
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(name, sum)| (*name, *sum))
    }
}
