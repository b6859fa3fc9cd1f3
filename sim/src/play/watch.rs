//! Watches the engine's callbacks: each connection and each exchange has its order of them.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::rc::Rc;

use ledger::Mark;
use nova_http::{ExchangeId, Gone, Incoming, Key};

use super::books::Books;
use crate::oracle::Oracle;

/// What has been called so far on one worker.
pub(crate) struct Watch {
    worker: u16,
    /// Exchanges of a connection that may be open at once.
    open: usize,
    books: Rc<Books>,
    connections: HashMap<Key, Visit>,
    /// Clients that are or were connected.
    pub(crate) seen: HashSet<SocketAddr>,
    pub(crate) connected: u64,
    pub(crate) closed: u64,
    pub(crate) requests: u64,
}

/// One connection.
struct Visit {
    peer: Option<SocketAddr>,
    next: u32,
    exchanges: HashMap<u32, Phase>,
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Content may come.
    Content,
    /// The trailer section has come.
    Trailers,
    /// The request is complete.
    Complete,
    /// It has been told that it is gone, or that others have answered it.
    Gone,
}

impl Watch {
    pub(crate) fn new(worker: u16, open: usize, books: Rc<Books>) -> Self {
        Self {
            worker,
            open,
            books,
            connections: HashMap::new(),
            seen: HashSet::new(),
            connected: 0,
            closed: 0,
            requests: 0,
        }
    }

    /// Connections that have not been closed.
    pub(crate) fn open_connections(&self) -> usize {
        self.connections.len()
    }

    /// Whether a connection has not been closed.
    pub(crate) fn is_open(&self, connection: Key) -> bool {
        self.connections.contains_key(&connection)
    }

    /// Those of them that come from this host.
    pub(crate) fn of_host(&self, host: std::net::IpAddr) -> usize {
        self.connections
            .values()
            .filter(|visit| visit.peer.is_some_and(|it| it.ip() == host))
            .count()
    }

    fn wrong(&self, what: String) {
        self.books.wrong(Oracle::Callbacks, format!("worker {}: {what}", self.worker));
    }

    fn phase(&mut self, id: ExchangeId) -> Option<&mut Phase> {
        self.connections.get_mut(&id.connection)?.exchanges.get_mut(&id.number)
    }

    pub(crate) fn connected(&mut self, key: Key, peer: Option<SocketAddr>) {
        let visit = Visit { peer, next: 0, exchanges: HashMap::new() };
        if self.connections.insert(key, visit).is_some() {
            self.wrong(format!("{key:?} is connected twice"));
        }
        self.connected += 1;
        self.seen.extend(peer);
    }

    pub(crate) fn request(&mut self, id: ExchangeId, content: Incoming<'_>, mark: Option<Mark>) {
        self.requests += 1;
        let pending = self.books.pending_of(id.worker, id.connection);
        if id.worker != self.worker {
            self.wrong(format!("{id:?} is another worker's"));
        }
        if pending >= self.open {
            let open = self.open;
            self.wrong(format!("{mark:?} begins while {pending} of {open} open exchanges wait"));
        }
        let Some(visit) = self.connections.get_mut(&id.connection) else {
            return self.wrong(format!("a request of {id:?}, which is not connected"));
        };
        let next = visit.next;
        visit.next = id.number.wrapping_add(1);
        let phase = match content {
            Incoming::None => Phase::Complete,
            Incoming::Whole(_) | Incoming::Follows { .. } => Phase::Content,
        };
        if visit.exchanges.insert(id.number, phase).is_some() || id.number < next {
            self.wrong(format!("{id:?} begins out of order"));
        }
    }

    /// Something is called for an exchange that must be in one of these phases.
    fn called(&mut self, what: &str, id: ExchangeId, phases: &[Phase], then: Option<Phase>) {
        match self.phase(id) {
            None => self.wrong(format!("{what} for {id:?}, which is not open")),
            Some(phase) if phases.contains(phase) => {
                if let Some(then) = then {
                    *phase = then;
                }
            }
            Some(phase) => {
                let phase = *phase;
                self.wrong(format!("{what} for {id:?} in {phase:?}"));
            }
        }
    }

    pub(crate) fn content(&mut self, id: ExchangeId, octets: usize) {
        if octets == 0 {
            self.wrong(format!("empty content for {id:?}"));
        }
        // What comes through a tunnel comes behind a complete request.
        self.called("content", id, &[Phase::Content, Phase::Complete], None);
    }

    /// There was content for an exchange that has been answered.
    pub(crate) fn content_too_late(&self, id: ExchangeId) {
        self.wrong(format!("content for {id:?}, which has ended"));
    }

    /// Sees what has not been.
    pub(crate) fn meddle(&mut self) {
        let connection = Key::new(u32::MAX, 0);
        self.content(ExchangeId { worker: self.worker, connection, number: 0 }, 1);
    }

    pub(crate) fn trailers(&mut self, id: ExchangeId) {
        self.called("trailers", id, &[Phase::Content], Some(Phase::Trailers));
    }

    pub(crate) fn end(&mut self, id: ExchangeId) {
        let phases = [Phase::Content, Phase::Trailers, Phase::Complete];
        self.called("end", id, &phases, Some(Phase::Complete));
    }

    pub(crate) fn writable(&mut self, id: ExchangeId) {
        let phases = [Phase::Content, Phase::Trailers, Phase::Complete];
        self.called("writable", id, &phases, None);
    }

    pub(crate) fn resumed(&mut self, id: ExchangeId) {
        let phases = [Phase::Content, Phase::Trailers, Phase::Complete];
        self.called("resume", id, &phases, None);
    }

    pub(crate) fn gone(&mut self, id: ExchangeId, _: Gone) {
        let phases = [Phase::Content, Phase::Trailers, Phase::Complete];
        self.called("gone", id, &phases, Some(Phase::Gone));
    }

    pub(crate) fn ended(&mut self, id: ExchangeId) {
        let phases = [Phase::Content, Phase::Trailers, Phase::Complete];
        self.called("ended", id, &phases, Some(Phase::Gone));
    }

    pub(crate) fn closed(&mut self, key: Key) {
        self.closed += 1;
        if self.connections.remove(&key).is_none() {
            self.wrong(format!("{key:?} is closed and was not connected"));
        }
    }
}
