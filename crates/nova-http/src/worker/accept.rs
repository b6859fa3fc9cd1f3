//! How connections come to a worker: accepted, handed over, refused for a while.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nova_io::{Driver, Key, Time};

use super::Worker;
use crate::application::Application;
use crate::connection::Connection;
use crate::failures::{Phase, Reason};
use crate::mailbox::Message;
use crate::stack::{Opening, Stack};

/// After accepting has failed for want of descriptors, it is tried again this much later; also when
/// a connection ends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Whether new connections are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepting {
    Yes,
    /// As many connections as allowed: until one ends.
    Full,
    /// No descriptors or memory: until this moment, or until a connection ends.
    Failed(Time),
}

impl<D: Driver, S: Stack, A: Application> Worker<D, S, A> {
    pub(super) fn accepted(&mut self, socket: D::Socket, peer: Option<SocketAddr>) {
        self.tools.seen.counters.accepted.add(1);
        if let Some(peer) = peer
            && !self.neighbours.addresses.admit(peer.ip())
        {
            let now = self.driver.now();
            return self.tools.seen.fail(now, Reason::Crowded, Phase::Accept, None, Some(peer));
        }
        let target = self.neighbours.loads.place(self.me);
        if target == self.me {
            self.adopt(socket, peer);
        } else {
            self.accept_was_failing = false;
            self.tools.seen.counters.handed_over.add(1);
            let adopt = Message::Adopt { socket, peer };
            if let Err(Message::Adopt { socket, peer }) =
                self.neighbours.mailboxes[target].post(adopt)
            {
                // It has stopped, and so shall we soon.
                self.neighbours.loads.moved(target, self.me);
                self.adopt(socket, peer);
            }
        }
    }

    /// Takes a connection in, even during a stop: it was accepted before that, and its client may
    /// have sent its request.
    pub(super) fn adopt(&mut self, socket: D::Socket, peer: Option<SocketAddr>) {
        let key = self.connections.next_key();
        if let Err(error) = self.driver.adopt(key, socket) {
            self.note_accept_failure(&error);
            return self.not_adopted(peer);
        }
        self.accept_was_failing = false;
        let (now, limits) = (self.driver.now(), &self.tools.limits);
        let (transport, protocol) = self.stack.open(&Opening { now, limits, peer });
        self.connections.insert(Connection::new(transport, protocol, now, limits));
        let slot = key.slot as usize;
        if self.peers.len() <= slot {
            self.peers.resize(slot + 1, None);
        }
        self.peers[slot] = peer;
        if self.neighbours.addresses.counts() {
            self.admitted.insert(key.slot, peer);
        }
        self.tools.seen.counters.connections.add(1);
        self.tools.seen.guard("connected", || self.app.connected(key, peer));
        self.keep_to_the_stop(key);
        self.file_deadline(key);
        if self.connections.len() >= self.tools.limits.connections {
            self.pause_accepting(Accepting::Full);
        }
    }

    pub(super) fn not_adopted(&self, peer: Option<SocketAddr>) {
        self.neighbours.loads.ended(self.me);
        if let Some(peer) = peer {
            self.neighbours.addresses.ended(peer.ip());
        }
    }

    /// The connection has ended: its address has room for another one.
    pub(super) fn forget_address(&mut self, key: Key) {
        if self.neighbours.addresses.counts()
            && let Some(Some(peer)) = self.admitted.remove(&key.slot)
        {
            self.neighbours.addresses.ended(peer.ip());
        }
    }

    pub(super) fn accept_failed(&mut self, error: &io::Error) {
        self.note_accept_failure(error);
        self.pause_accepting(Accepting::Failed(self.driver.now() + ACCEPT_PAUSE));
    }

    /// Counts it, and logs the first of several without a success between them.
    fn note_accept_failure(&mut self, error: &io::Error) {
        self.tools.seen.counters.accept_failures.add(1);
        if !std::mem::replace(&mut self.accept_was_failing, true) {
            tracing::warn!(%error, "accepting connections failed; it is tried again now and then");
        }
    }

    fn pause_accepting(&mut self, why: Accepting) {
        self.accepting = why;
        for &listener in &self.listeners {
            self.driver.accept(listener, false);
        }
    }

    pub(super) fn accept_again(&mut self) {
        self.accepting = Accepting::Yes;
        for &listener in &self.listeners {
            self.driver.accept(listener, true);
        }
    }
}
