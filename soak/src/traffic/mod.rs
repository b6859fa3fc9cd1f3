//! Clients that keep books: each connection composes batches of requests, sends them in pieces,
//! reads the answers strictly, and now and then behaves badly.
//!
//! `batch.rs` says what a connection does next (`act.rs` how that ends), `request.rs` writes it,
//! `errand.rs` says what is asked for, `visitor.rs` is one connection, `settle.rs` holds an answer
//! against its request, `crowd.rs` is all of them.

mod act;
mod batch;
mod crowd;
mod errand;
mod request;
mod settle;
mod visitor;

pub use crowd::{Crowd, Stop};
pub use errand::{Errand, Gives};

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
    /// What is asked for, the first of them most.
    pub errands: Vec<Errand>,
    /// How clients behave.
    pub manners: Manners,
    /// How long a server may say nothing when it owes an answer.
    pub patience: Duration,
}

/// How clients behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// None of them resets, leaves, cuts short, or breaks a rule.
    Polite,
    /// Some of them do.
    Rude,
    /// Most of them do: more than a tenth of all requests are given up within their content, as many
    /// within their answer.
    ///
    /// What a server in JavaScript gives up when a client ends its direction is not owed then, and
    /// who breaks a rule does so alone on a connection: Node answers neither in order.
    Harsh,
}

impl Mix {
    /// For a server in JavaScript.
    pub fn harsh(connections: usize) -> Self {
        let errands = Errand::JAVASCRIPT.to_vec();
        Self { connections, pipeline: 16, errands, manners: Manners::Harsh, ..Self::default() }
    }
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            connections: 256,
            pipeline: 64,
            content: 100_000,
            fill: 400_000,
            errands: Door::ALL.map(Errand::from).to_vec(),
            manners: Manners::Rude,
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

    /// How many, of one.
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(name, sum)| (*name, *sum))
    }
}
