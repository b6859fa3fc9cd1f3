//! Taking connections from listeners: a budget per turn, and what to do when it fails.

use std::io;

use super::{Listener, Socket};
use crate::{Event, ListenerId};

/// Connections accepted from one listener in one turn; the rest waits in the kernel's queue while
/// the clients that are already here get their answers.
const ACCEPTS_PER_TURN: u32 = 64;

/// A listener and what is known about its queue.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: Listener,
    /// The kernel's queue may hold connections.
    ready: bool,
    paused: bool,
    budget: u32,
}

impl Acceptor {
    pub(super) const fn new(listener: Listener) -> Self {
        Self { listener, ready: false, paused: false, budget: ACCEPTS_PER_TURN }
    }

    fn wants_turn(&self) -> bool {
        self.ready && !self.paused
    }

    /// The next connection; `None` when the queue is empty or the budget spent.
    fn next(&mut self, id: ListenerId) -> Option<Event<'static, Socket>> {
        while self.wants_turn() && self.budget > 0 {
            self.budget -= 1;
            match self.listener.accept() {
                Ok((socket, peer)) => {
                    return Some(Event::Accepted { listener: id, socket, peer });
                }
                Err(error) => match verdict(&error) {
                    Verdict::Empty => self.ready = false,
                    Verdict::NextOne => {}
                    Verdict::Stop => {
                        self.paused = true;
                        return Some(Event::AcceptFailed { listener: id, error });
                    }
                },
            }
        }
        None
    }
}

enum Verdict {
    /// Nobody waits.
    Empty,
    /// This connection came to nothing; the next one may be well.
    NextOne,
    /// It would fail again at once: descriptors, memory, or something unheard of.
    Stop,
}

fn verdict(error: &io::Error) -> Verdict {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::WouldBlock => Verdict::Empty,
        // accept(2), "Error handling": errors that were pending on the new connection are reported
        // here and are to be treated like a try that found nobody.
        Kind::Interrupted
        | Kind::ConnectionAborted
        | Kind::ConnectionReset
        | Kind::ConnectionRefused
        | Kind::TimedOut
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::PermissionDenied => Verdict::NextOne,
        _ => Verdict::Stop,
    }
}

/// All listeners of a driver, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Acceptors {
    list: Vec<Option<Acceptor>>,
}

impl Acceptors {
    pub(super) fn next_id(&self) -> ListenerId {
        self.list.len()
    }

    pub(super) fn add(&mut self, acceptor: Acceptor) {
        self.list.push(Some(acceptor));
    }

    pub(super) fn remove(&mut self, id: ListenerId) -> Option<Listener> {
        self.list.get_mut(id)?.take().map(|acceptor| acceptor.listener)
    }

    fn get_mut(&mut self, id: ListenerId) -> Option<&mut Acceptor> {
        self.list.get_mut(id)?.as_mut()
    }

    /// The system says that somebody waits.
    pub(super) fn note(&mut self, id: ListenerId) {
        if let Some(acceptor) = self.get_mut(id) {
            acceptor.ready = true;
        }
    }

    pub(super) fn accept(&mut self, id: ListenerId, on: bool) {
        if let Some(acceptor) = self.get_mut(id) {
            // Who waits meanwhile is not reported again, but `ready` keeps it in mind: only an empty
            // queue clears it.
            acceptor.paused = !on;
        }
    }

    /// A turn begins: everybody has a full budget again.
    pub(super) fn refill(&mut self) {
        for acceptor in self.list.iter_mut().flatten() {
            acceptor.budget = ACCEPTS_PER_TURN;
        }
    }

    pub(super) fn pending(&self) -> bool {
        self.list.iter().flatten().any(Acceptor::wants_turn)
    }

    pub(super) fn next(&mut self) -> Option<Event<'static, Socket>> {
        let mut with_ids = self.list.iter_mut().enumerate();
        with_ids.find_map(|(id, acceptor)| acceptor.as_mut()?.next(id))
    }
}
