//! How connections end, and how the worker itself does (law 5: a stop that ends).

use std::time::Duration;

use nova_io::{Close, Driver, Failure, Key, Time};

use super::accept::Accepting;
use super::{Worker, cx};
use crate::application::Application;
use crate::exchange::Gone;
use crate::failures::{Phase, Reason};
use crate::mailbox::Message;
use crate::report::Report;
use crate::stack::Stack;

/// A stop that is under way.
#[derive(Debug)]
pub(super) struct Stopping {
    /// When what is left is cut off.
    pub(super) deadline: Time,
    /// When idle connections are closed.
    idle: Time,
    /// How long a client has to read its last answer.
    linger: Duration,
    report: Report,
}

impl<D: Driver, S: Stack, A: Application> Worker<D, S, A> {
    pub(super) fn failed(&mut self, key: Key, failure: Failure) {
        tracing::debug!(?key, ?failure, "a connection died");
        self.fail(key, Reason::Reset);
        self.close(key, Close::Orderly, Gone::Reset);
    }

    /// Counts, tells and logs a failure of a connection, if it has not failed already.
    pub(super) fn fail(&self, key: Key, reason: Reason) {
        if let Some(connection) = self.connections.get(key)
            && !connection.doomed()
        {
            self.fail_at(key, reason, connection.at());
        }
    }

    pub(super) fn fail_at(&self, key: Key, reason: Reason, phase: Phase) {
        let peer = self.peers.get(key.slot as usize).copied().flatten();
        self.tools.seen.fail(self.driver.now(), reason, phase, Some(key), peer);
    }

    pub(super) fn stop(&mut self, grace: Duration) {
        let now = self.driver.now();
        for listener in self.listeners.drain(..) {
            self.driver.unlisten(listener);
        }
        let deadline = now + grace;
        // An idle client may be sending right now: it has a quarter of the grace, one second at
        // most, to be answered with an announced close instead of a reset.
        let linger = (grace / 4).min(Duration::from_secs(1));
        let idle = now + linger;
        match &mut self.stopping {
            // A second order can only be more urgent.
            Some(stopping) => {
                stopping.deadline = stopping.deadline.min(deadline);
                stopping.idle = stopping.idle.min(idle);
                stopping.linger = stopping.linger.min(linger);
            }
            None => {
                let report = Report::default();
                self.stopping = Some(Stopping { deadline, idle, linger, report });
            }
        }
        for key in self.connections.keys() {
            self.keep_to_the_stop(key);
            self.file_deadline(key);
        }
    }

    /// If the server stops: the connection's next answer is its last, and it is not idle for long.
    pub(super) fn keep_to_the_stop(&mut self, key: Key) {
        if let Some(Stopping { idle, linger, .. }) = self.stopping
            && let Some(connection) = self.connections.get_mut(key)
        {
            connection.stop(idle, self.driver.now() + linger);
        }
    }

    /// Cuts off what is left when the stop's time is over.
    pub(super) fn serve_stop(&mut self, now: Time) {
        if self.stopping.as_ref().is_none_or(|stopping| stopping.deadline > now) {
            return;
        }
        for key in self.connections.keys() {
            let busy = self.connections.get(key).is_some_and(|connection| connection.busy());
            if busy {
                self.fail(key, Reason::Stopped);
            }
            if let Some(stopping) = &mut self.stopping {
                stopping.report.cut += u64::from(busy);
            }
            // Who is owed nothing loses nothing.
            self.close(key, if busy { Close::Reset } else { Close::Orderly }, Gone::Stopped);
        }
    }

    /// The last connection has ended: nobody hands over another one, and those that were are closed.
    pub(super) fn close_mailbox(&self) {
        for message in self.neighbours.mailboxes[self.me].close() {
            if let Message::Adopt { peer, .. } = message {
                self.not_adopted(peer);
            }
        }
    }

    /// What the stop has cost.
    pub(crate) fn report(&self) -> Report {
        self.stopping.as_ref().map(|stopping| stopping.report.clone()).unwrap_or_default()
    }

    pub(super) fn close(&mut self, key: Key, how: Close, why: Gone) {
        let Some(connection) = self.connections.remove(key) else { return };
        let mut cx = cx!(self, self.driver.now(), key, 0);
        connection.close(why, &mut cx, &mut self.buffers);
        self.out.clear();
        self.wire.clear();
        self.driver.close(key, how);
        self.tools.seen.guard("closed", || self.app.closed(key));
        self.forget(key);
    }

    /// A connection is no longer the worker's; there is room for another one.
    pub(super) fn forget(&mut self, key: Key) {
        self.timers.remove(key.slot);
        self.neighbours.loads.ended(self.me);
        self.forget_address(key);
        self.tools.seen.counters.closed.add(1);
        if let Some(stopping) = &mut self.stopping {
            stopping.report.connections += 1;
        }
        if self.accepting != Accepting::Yes && self.stopping.is_none() {
            self.accept_again();
        }
    }
}
