//! What a worker holds: never more than its budget, and nothing when everybody has gone.

use std::rc::Rc;

use nova_http::testing::Held;

use super::Oracle;
use crate::play::{Books, Deferred};

/// A worker has turned, and may hold no more than this.
pub(crate) fn budget(held: usize, most: usize, worker: usize, books: &Rc<Books>) {
    if held > most {
        let what = format!("worker {worker} holds {held} octets, and may hold {most}");
        books.wrong(Oracle::Memory, what);
    }
}

/// Everybody has left, and the server has come to rest.
pub(crate) fn end(held: Held, running: usize, books: &Rc<Books>) {
    if held != Held::default() {
        books.wrong(Oracle::Memory, format!("still held: {held:?}"));
    }
    if running > 0 || books.alive() > 0 {
        let alive = books.alive();
        let what = format!("{running} requests run for nobody, {alive} flows and futures live");
        books.wrong(Oracle::Memory, what);
    }
}

/// These belong to connections that have been closed.
pub(crate) fn dead(deferred: Vec<Deferred>, books: &Rc<Books>) {
    for deferred in deferred {
        let mark = deferred.mark;
        if deferred.is_gone() == Some(false) || !deferred.takes_nothing() {
            books.wrong(
                Oracle::Memory,
                format!("the responder of {mark} takes an answer for nobody"),
            );
        }
    }
}
