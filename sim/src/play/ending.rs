//! The end: everybody leaves, and what is left then is judged.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nova_http::Next;

use super::facts::{Facts, Stop, with_facts};
use super::plant::Plant;
use super::stage::Stage;
use super::told::admitted;
use crate::oracle::{self, Oracle};

/// How long the last connections have for what handlers sleep: more than any handler does.
const ROUNDS: usize = 20;
const ROUND: Duration = Duration::from_secs(1);

impl Stage<'_> {
    /// Everybody leaves; what is left then is judged.
    pub(super) fn end(&mut self) {
        self.trace.line(|| "everybody leaves".to_owned());
        self.left_open();
        let mut players = std::mem::take(&mut self.players);
        with_facts!(self, facts => {
            for player in &mut players {
                player.vanish(&facts, &self.books);
            }
        });
        self.settle();
        let deferred = std::mem::take(&mut *self.books.deferred.borrow_mut());
        // A client that has ended its stream may still listen: its connection waits for the answer.
        let waits = |it: &super::Deferred| {
            let watch = &self.bench.application(usize::from(it.id.worker)).watch;
            watch.is_open(it.id.connection)
        };
        let (still, dead): (Vec<_>, Vec<_>) = deferred.into_iter().partition(waits);
        oracle::memory::dead(dead, &self.books);
        drop(still);
        self.settle();
        // Whoever had left while it waited to be taken in is served now, in its handler's own time.
        for _ in 0..ROUNDS {
            if self.bench.held().connections == 0 {
                break;
            }
            self.network.advance(ROUND);
            self.settle();
        }
        let running = (0..self.nexts.len()).map(|at| self.bench.application(at).running()).sum();
        let held = self.bench.held();
        oracle::memory::end(held, running, &self.books);
        if self.stop.is_none() {
            self.stop =
                Some(Stop { at: self.network.elapsed(), grace: Duration::ZERO, quiet: None });
            self.bench.stop(Duration::ZERO);
            self.settle();
        }
        if self.nexts.iter().any(|next| *next != Next::Done) {
            self.books.wrong(Oracle::Liveness, "a worker without connections does not stop");
        }
        oracle::ledger::end(&self.books);
        self.count();
    }

    /// Time has nothing to bring any more: whoever is still connected, or waits to be, has a reason.
    fn left_open(&mut self) {
        let limits = self.limits;
        let full = (0..self.nexts.len())
            .any(|at| self.bench.application(at).watch.open_connections() >= limits.connections);
        for at in 0..self.players.len() {
            with_facts!(self, facts => {
                self.players[at].read_rest(&facts, &self.books, &mut self.trace);
            });
            let player = &self.players[at];
            let Some(conn) = &player.conn else { continue };
            if conn.over.is_some() || conn.broken || conn.look().is_some() {
                continue;
            }
            let name = format!("client {}", player.number);
            if !self.connected.contains(&conn.peer) {
                if !full && self.stop.is_none() {
                    self.books.wrong(Oracle::Liveness, format!("{name} is never taken in"));
                }
                continue;
            }
            oracle::deadlines::left_open(conn, &name, &self.books);
        }
    }

    fn settle(&mut self) {
        for _ in 0..oracle::liveness::TURNS {
            self.network.moment();
            let due: Vec<usize> = (0..self.nexts.len()).filter(|at| self.must_turn(*at)).collect();
            if due.is_empty() && self.is_still() {
                return;
            }
            due.into_iter().for_each(|worker| self.turn(worker));
        }
        self.books.wrong(Oracle::Liveness, "the server does not come to rest at the end");
    }

    fn count(&self) {
        let watches: Vec<_> =
            (0..self.nexts.len()).map(|at| &self.bench.application(at).watch).collect();
        let mut seen = self.seen;
        for watch in &watches {
            seen.connected += watch.connected;
            seen.closed += watch.closed;
            seen.requests += watch.requests;
        }
        (seen.accept_failures, seen.adopt_failures) = self.network.failures();
        (seen.written, seen.taken) = (self.books.written.get(), self.books.taken.get());
        if self.story.world.watched {
            seen.responses = Some(self.responses.load(Ordering::Relaxed));
        }
        seen.requests += u64::from(self.plant == Some(Plant::Miscounted));
        oracle::counters::end(&self.bench.total(), &seen, &self.books);
    }
}
