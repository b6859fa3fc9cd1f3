//! One round: a server, its clients, and the books on both.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ledger::{Balance, Ledger};
use nova_http::{Counters, Reason, Report};

use crate::service;
use crate::traffic::{Crowd, Mix, Notes, Stop, Sums};

/// How long a stop may take.
const GRACE: Duration = Duration::from_secs(30);

/// What a round consists of.
#[derive(Clone, Debug)]
pub struct Round {
    /// Requests.
    pub requests: usize,
    /// Threads of the server.
    pub workers: usize,
    /// What the same traffic comes of again.
    pub seed: u64,
    /// Whether the server is told to stop in the midst of the traffic.
    pub stop: bool,
    /// What the traffic is like.
    pub mix: Mix,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The books.
    pub balance: Balance,
    /// What must not be, beside the faults in the books.
    pub notes: Notes,
    /// What the clients did.
    pub sums: Sums,
}

impl Outcome {
    /// Whether there is nothing that must not be.
    pub const fn is_clean(&self) -> bool {
        self.balance.is_clean() && self.notes.count == 0
    }

    /// Another round's, too.
    pub fn absorb(&mut self, other: Self) {
        self.balance += other.balance;
        self.notes.absorb(other.notes);
        self.sums.absorb(&other.sums);
    }
}

impl Round {
    /// Runs it.
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn run(&self) -> io::Result<Outcome> {
        let books = Arc::new(Ledger::with_room_for(self.requests));
        let server = service::start(&books, self.workers).map_err(io::Error::other)?;
        let handle = server.handle();
        let stop =
            self.stop.then(|| Stop { after: self.requests / 10 * 9, stop: || handle.stop(GRACE) });
        let crowd = Crowd::visit(handle.local_addr(), &books, &self.mix, self.seed, stop)?;
        let report = server.stop(GRACE).map_err(io::Error::other)?;
        let mut notes = crowd.notes;
        look_into(&handle.total(), &report, &mut notes);
        for (mark, fault) in books.faults().take(10) {
            notes.first.push(format!("request {mark} is {fault}"));
        }
        let mut sums = crowd.sums;
        sums.count(if self.stop { "stops_in_the_midst" } else { "stops_at_rest" });
        Ok(Outcome { balance: books.balance(), notes, sums })
    }
}

/// What the server itself has counted must not be failures of its own, and nothing may be left open.
fn look_into(counters: &Counters, report: &Report, notes: &mut Notes) {
    if report.cut > 0 {
        notes.take(|| format!("the stop has cut off {} connections", report.cut));
    }
    let (made, closed) = (counters.connections.get(), counters.closed.get());
    if made != closed {
        notes.take(|| format!("{made} connections served, {closed} ended"));
    }
    let never = [
        Reason::TimedOut,
        Reason::Stalled,
        Reason::Panicked,
        Reason::Unanswered,
        Reason::InvalidAnswer,
        Reason::BrokenPromise,
        Reason::Stopped,
        Reason::Shed,
        Reason::TooLarge,
    ];
    for (reason, phase, count) in counters.failures.all() {
        if count > 0 && never.contains(&reason) {
            notes.take(|| format!("{count} times {} in {}", reason.name(), phase.name()));
        }
    }
}
