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

    /// Time has nothing to bring any more: nobody is connected but for a reason.
    fn left_open(&self) {
        for player in &self.players {
            let Some(conn) = &player.conn else { continue };
            let waits = |asked: &super::Asked| self.books.is_pending(asked.mark);
            let excused = conn.over.is_some()
                || conn.broken
                || conn.tunnel.is_some()
                || conn.asked.iter().any(waits)
                || conn.asked.iter().any(|asked| asked.request.act.is_tunnel())
                || !self.connected.contains(&conn.peer);
            if !excused && conn.look().is_none() && conn.socket.unread() == 0 {
                let what = format!("client {} is connected for ever", player.number);
                self.books.wrong(Oracle::Deadlines, what);
            }
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
