//! What handlers, clients and oracles know together.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use ledger::{Ledger, Mark, Receipt};
use nova_http::{Bytes, ExchangeId, Key};

use super::later::Deferred;
use crate::oracle::Oracle;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Who says so.
    pub oracle: Oracle,
    /// After how many steps.
    pub step: u64,
    /// What it is, and about whom.
    pub what: String,
}

/// The books of one play. Everybody has a handle.
#[derive(Debug)]
pub struct Books {
    /// What became of every request.
    pub ledger: Ledger,
    /// Answers that somebody has promised and will give later, by the number of the mark.
    pending: RefCell<BTreeMap<u64, ExchangeId>>,
    /// Responders that nobody has used yet.
    pub(crate) deferred: RefCell<Vec<Deferred>>,
    wrongs: RefCell<Vec<Wrong>>,
    pub(crate) step: Cell<u64>,
    /// Octets that clients have written and taken.
    pub(crate) written: Cell<u64>,
    pub(crate) taken: Cell<u64>,
    /// Final answers, and beginnings of tunnels, that clients have taken.
    pub(crate) answers: Cell<u64>,
    pub(crate) tunnels: Cell<u64>,
    /// Flows and futures that live.
    alive: Cell<usize>,
    /// Marks of requests that end with a trailer section, and of those whose handler has asked for content.
    trailed: RefCell<HashSet<u64>>,
    wanted: RefCell<HashSet<u64>>,
}

impl Books {
    pub(crate) fn new(requests: usize) -> Rc<Self> {
        Rc::new(Self {
            ledger: Ledger::with_room_for(requests),
            pending: RefCell::default(),
            deferred: RefCell::default(),
            wrongs: RefCell::default(),
            step: Cell::new(0),
            written: Cell::new(0),
            taken: Cell::new(0),
            answers: Cell::new(0),
            tunnels: Cell::new(0),
            alive: Cell::new(0),
            trailed: RefCell::default(),
            wanted: RefCell::default(),
        })
    }

    /// Something is wrong.
    pub(crate) fn wrong(&self, oracle: Oracle, what: impl Into<String>) {
        let wrong = Wrong { oracle, step: self.step.get(), what: what.into() };
        self.wrongs.borrow_mut().push(wrong);
    }

    pub(crate) fn wrongs(&self) -> Vec<Wrong> {
        self.wrongs.borrow().clone()
    }

    pub(crate) fn is_right(&self) -> bool {
        self.wrongs.borrow().is_empty()
    }

    /// Promises that the answer to `mark` comes later, until the promise is dropped.
    pub(crate) fn promise(self: &Rc<Self>, mark: Mark, id: ExchangeId) -> Promise {
        self.pending.borrow_mut().insert(mark.number, id);
        Promise { books: self.clone(), mark }
    }

    /// Somebody waits for what was promised: when that ends, nothing is promised any more.
    pub(crate) fn waits(self: &Rc<Self>, mark: Mark) -> Wait {
        Wait { books: self.clone(), mark }
    }

    /// Whether somebody still has to do something for `mark`.
    pub(crate) fn is_pending(&self, mark: Mark) -> bool {
        self.pending.borrow().contains_key(&mark.number)
    }

    /// How many answers of a connection are promised.
    pub(crate) fn pending_of(&self, worker: u16, connection: Key) -> usize {
        let mine = |id: &&ExchangeId| id.worker == worker && id.connection == connection;
        self.pending.borrow().values().filter(mine).count()
    }

    /// A handler's part lives.
    pub(crate) fn live(self: &Rc<Self>) -> Life {
        self.alive.set(self.alive.get() + 1);
        Life(self.clone())
    }

    /// A request is to end with a trailer section.
    pub(crate) fn trails(&self, mark: Mark) {
        self.trailed.borrow_mut().insert(mark.number);
    }

    pub(crate) fn has_trailers(&self, mark: Mark) -> bool {
        self.trailed.borrow().contains(&mark.number)
    }

    /// The handler of a request has asked for its content.
    pub(crate) fn wants(&self, mark: Mark) {
        self.wanted.borrow_mut().insert(mark.number);
    }

    pub(crate) fn is_wanted(&self, mark: Mark) -> bool {
        self.wanted.borrow().contains(&mark.number)
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive.get()
    }
}

/// An answer that is still to come.
#[derive(Debug)]
pub(crate) struct Promise {
    books: Rc<Books>,
    mark: Mark,
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.books.pending.borrow_mut().remove(&self.mark.number);
    }
}

/// The other side of a [`Promise`].
#[derive(Debug)]
pub(crate) struct Wait {
    books: Rc<Books>,
    mark: Mark,
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.books.pending.borrow_mut().remove(&self.mark.number);
    }
}

/// Something that lives as long as its exchange.
#[derive(Debug)]
pub(crate) struct Life(Rc<Books>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.alive.set(self.0.alive.get() - 1);
    }
}

/// The content of an answer: the receipt, and then as much as is asked for.
pub(crate) fn body(receipt: Receipt, length: usize) -> Bytes {
    let mut body = receipt.to_string().into_bytes();
    if length > 0 {
        body.extend_from_slice(&receipt.mark.content(length));
    }
    body.into()
}

/// A handler panics because it was asked to: without a word on standard error.
pub(crate) fn burst() -> ! {
    std::panic::resume_unwind(Box::new("on purpose"))
}
