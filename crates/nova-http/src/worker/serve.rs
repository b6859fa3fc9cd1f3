//! What a turn serves: connections with work left, the driver's events, mail, the application's tasks,
//! deadlines; and what is done after each of them.

use std::time::Duration;

use nova_io::{Close, Driver, Event, Key, Time};

use super::accept::Accepting;
use super::{Worker, cx};
use crate::application::Application;
use crate::connection::{Progress, Verdict};
use crate::exchange::{ExchangeId, Gone};
use crate::failures::Reason;
use crate::mailbox::Message;
use crate::remote::Late;
use crate::stack::Stack;

/// Exchanges lent to the application's tasks in one turn before events are looked at again.
const TASKS_PER_TURN: usize = 1_024;

/// How long octets that wait unread excuse a client whose time is over.
const EXCUSED: Duration = Duration::from_secs(1);

impl<D: Driver, S: Stack, A: Application> Worker<D, S, A> {
    /// Connections whose budget was used up in the last turn go on.
    pub(super) fn serve_ready(&mut self) {
        if self.ready.is_empty() {
            return;
        }
        std::mem::swap(&mut self.ready, &mut self.ready_now);
        while let Some(key) = self.ready_now.pop() {
            let Some(connection) = self.connections.get_mut(key) else { continue };
            connection.ready = false;
            let mut cx = cx!(self, self.driver.now(), key, connection.unsent());
            connection.writable(&mut cx, &mut self.buffers);
            connection.resume(&mut cx, &mut self.buffers);
            self.finish(key, Progress::None);
        }
    }

    /// What the driver has: receive, drive, respond, flush.
    pub(super) fn serve_events(&mut self) {
        let now = self.driver.now();
        while let Some(event) = self.driver.next() {
            match event {
                Event::Received(key, octets) => {
                    let Some(connection) = self.connections.get_mut(key) else { continue };
                    self.tools.seen.counters.octets_in.add(octets.len() as u64);
                    let mut cx = cx!(self, now, key, connection.unsent());
                    let opened =
                        connection.receive(octets, &mut cx, &mut self.wire, &mut self.buffers);
                    if let Some(source) = connection.source() {
                        self.peers[key.slot as usize] = Some(source);
                    }
                    let unopened = opened.err().map(|()| connection.at());
                    self.finish(key, Progress::Received);
                    if let Some(phase) = unopened
                        && self.connections.get(key).is_some()
                    {
                        self.fail_at(key, Reason::Unopened, phase);
                        self.close(key, Close::Orderly, Gone::Refused);
                    }
                }
                Event::Sent(key, _) => self.sent(key),
                Event::EndOfStream(key) => {
                    let Some(connection) = self.connections.get_mut(key) else { continue };
                    connection.end_of_stream();
                    self.finish(key, Progress::Received);
                }
                Event::Failed(key, failure) => self.failed(key, failure),
                Event::Accepted { listener: _, socket, peer } => self.accepted(socket, peer),
                Event::AcceptFailed { listener: _, error } => self.accept_failed(&error),
                Event::Woken => {}
            }
        }
    }

    /// Sockets handed over by neighbours, what other threads answer, the order to stop.
    pub(super) fn serve_mail(&mut self) {
        if !self.neighbours.mailboxes[self.me].has_mail() {
            return;
        }
        let mut mail = std::mem::take(&mut self.mail);
        self.neighbours.mailboxes[self.me].take(&mut mail);
        for message in mail.drain(..) {
            match message {
                Message::Adopt { socket, peer } => self.adopt(socket, peer),
                Message::Late { id, late } => self.late(id, late),
                Message::Stop { grace } => self.stop(grace),
            }
        }
        self.mail = mail;
    }

    /// What another thread has said in an exchange.
    fn late(&mut self, id: ExchangeId, late: Late) {
        let known = self.lend(id, |app, exchange| {
            if let Err(error) = exchange.late(late) {
                tracing::error!(?id, %error, "a deferred answer is not valid");
                exchange.abort();
            }
            if exchange.ended() {
                app.ended(id);
            }
        });
        if !known {
            self.tools.seen.counters.late_answers.add(1);
        }
    }

    /// Exchanges that the application wants to be lent: futures that were woken.
    pub(super) fn serve_tasks(&mut self) {
        let now = self.driver.now();
        self.tasks_left = false;
        for _ in 0..TASKS_PER_TURN {
            let Some(id) = self.app.next_ready(now) else { return };
            // What was woken until here is found by the next look, and needs no turn of its own.
            self.neighbours.mailboxes[self.me].heard();
            self.lend(id, |app, exchange| app.resume(exchange));
        }
        self.tasks_left = true;
    }

    /// Lends an exchange to `call`; `false` if it has ended.
    fn lend(
        &mut self,
        id: ExchangeId,
        call: impl FnOnce(&mut A, &mut crate::Exchange<'_>),
    ) -> bool {
        let key = id.connection;
        let Some(connection) = self.connections.get_mut(key) else { return false };
        let mut cx = cx!(self, self.driver.now(), key, connection.unsent());
        let known = connection.lend(id.number, &mut cx, &mut self.buffers, call);
        self.finish(key, Progress::None);
        known
    }

    /// Deadlines that have passed.
    pub(super) fn serve_deadlines(&mut self) {
        let now = self.driver.now();
        while let Some(slot) = self.timers.pop(now) {
            let Some(key) = self.connections.key_of(slot) else { continue };
            let Some(connection) = self.connections.get_mut(key) else { continue };
            if connection.deadline() > now {
                self.file_deadline(key);
                continue;
            }
            // Nobody is blamed for octets that have arrived and that we have not looked at. But we
            // look at every connection in every turn, and so this is no excuse for long.
            if connection.awaits_octets()
                && self.driver.unread(key)
                && now < connection.deadline() + EXCUSED
            {
                self.timers.at_most(slot, now);
                continue;
            }
            let mut cx = cx!(self, now, key, connection.unsent());
            match connection.expire(&mut cx, &mut self.buffers) {
                Verdict::Close(how, why) => self.close(key, how, why),
                Verdict::Keep | Verdict::Ready => self.finish(key, Progress::None),
            }
        }
        if matches!(self.accepting, Accepting::Failed(until) if until <= now) {
            self.accept_again();
        }
        self.serve_stop(now);
    }

    /// While more memory is held than allowed, the connection that holds most gives up.
    pub(super) fn keep_within_memory(&mut self) {
        while self.buffers.used() > self.tools.limits.buffer_bytes {
            let keys = self.connections.keys();
            let footprint = |key: &Key| self.connections.get(*key).map_or(0, |c| c.footprint());
            let Some((held, key)) =
                keys.iter().map(|key| (footprint(key), *key)).max_by_key(|(held, _)| *held)
            else {
                return;
            };
            let Some(connection) = self.connections.get_mut(key) else { return };
            if held == 0 {
                return;
            }
            let mut cx = cx!(self, self.driver.now(), key, connection.unsent());
            match connection.shed(&mut cx, &mut self.buffers) {
                Verdict::Close(how, why) => self.close(key, how, why),
                Verdict::Keep | Verdict::Ready => self.finish(key, Progress::None),
            }
        }
    }

    /// After a connection has been served: flush, decide, file.
    #[inline]
    pub(super) fn finish(&mut self, key: Key, progress: Progress) {
        let Some(connection) = self.connections.get_mut(key) else {
            self.out.clear();
            return;
        };
        if connection.has_untold_end() {
            let mut cx = cx!(self, self.driver.now(), key, connection.unsent());
            connection.pass_end_on(&mut cx);
        }
        let (driver, out, wire) = (&mut self.driver, &mut self.out, &mut self.wire);
        match connection.flush(key, driver, out, wire, &mut self.buffers) {
            Ok(sent) => self.tools.seen.counters.octets_out.add(sent as u64),
            Err(failure) => return self.failed(key, failure),
        }
        connection.account(&mut self.buffers);
        let now = self.driver.now();
        match connection.settle(key, now, progress, &mut self.driver, &self.tools.limits) {
            Verdict::Keep => {}
            Verdict::Ready if connection.ready => {}
            Verdict::Ready => {
                connection.ready = true;
                self.ready.push(key);
            }
            Verdict::Close(how, why) => return self.close(key, how, why),
        }
        if self.stopping.is_some() {
            self.keep_to_the_stop(key);
        }
        self.file_deadline(key);
    }

    #[inline]
    pub(super) fn file_deadline(&mut self, key: Key) {
        if let Some(connection) = self.connections.get_mut(key) {
            let deadline = connection.deadline();
            if deadline != Time::NEVER {
                self.timers.at_most(key.slot, deadline);
            }
        }
    }

    fn sent(&mut self, key: Key) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        match connection.send_spill(key, &mut self.driver, &mut self.buffers) {
            Ok(sent) => {
                self.tools.seen.counters.octets_out.add(sent as u64);
                let mut cx = cx!(self, self.driver.now(), key, connection.unsent());
                connection.writable(&mut cx, &mut self.buffers);
                let progress = if sent > 0 { Progress::Sent } else { Progress::None };
                self.finish(key, progress);
            }
            Err(failure) => self.failed(key, failure),
        }
    }
}
