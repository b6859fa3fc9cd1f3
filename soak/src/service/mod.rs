//! The server under traffic: the public API, with one handler of every kind behind one listener.
//!
//! Each of them enters into the books that it ran and that it has read the content, and answers with
//! the receipt, followed by as many octets as the request has asked for.

mod door;
mod flow;
mod future;
mod handler;

use std::sync::Arc;

use ledger::{FIELD, Ledger, Mark, Receipt};
use nova_http::{
    Application, AsyncHandler, Buffered, Exchange, ExchangeId, Fields, Gone, Incoming, Key, Post,
    RequestHead, Running, Server, ServerError, Tasks, Time,
};

pub use door::Door;
use future::Futures;
use handler::Functions;

/// Starts it on a free port of the loopback.
///
/// # Errors
/// As [`Server::start`].
pub fn start(books: &Arc<Ledger>, workers: usize) -> Result<Running, ServerError> {
    let books = books.clone();
    let deferred = handler::deferred();
    Server::bind("127.0.0.1:0")?.workers(workers).start_with(move |_| Mixed {
        functions: Buffered::new(Functions::new(books.clone(), deferred.clone())),
        futures: Tasks::new(Futures(books.clone())),
    })
}

/// A request of the books, as its handler sees it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    door: Door,
    /// Octets that follow the receipt.
    fill: usize,
    mark: Mark,
}

impl Entry {
    /// `None` for what no client of these books sends.
    fn of(head: &RequestHead<'_>) -> Option<Self> {
        let (door, fill) = Door::of(head.path())?;
        let mark = std::str::from_utf8(head.fields.get(FIELD)?).ok()?.parse().ok()?;
        Some(Self { door, fill, mark })
    }

    /// The content of the answer.
    fn answer(&self, receipt: &Receipt) -> Vec<u8> {
        let mut content = receipt.to_string().into_bytes();
        if self.fill > 0 {
            content.extend_from_slice(&self.mark.content(self.fill));
        }
        content
    }
}

/// Functions and futures as one application, so that they meet in one pipeline.
///
/// Either ignores exchanges that are not its own, so only new requests need a decision.
#[derive(Debug)]
struct Mixed<H: AsyncHandler> {
    functions: Buffered<Functions>,
    futures: Tasks<H>,
}

impl<H: AsyncHandler> Application for Mixed<H> {
    fn attach(&mut self, worker: u16, post: &Arc<dyn Post>) {
        self.functions.attach(worker, post);
        self.futures.attach(worker, post);
    }

    fn turn(&mut self, now: Time) {
        self.functions.turn(now);
        self.futures.turn(now);
    }

    fn next_ready(&mut self, now: Time) -> Option<ExchangeId> {
        self.functions.next_ready(now).or_else(|| self.futures.next_ready(now))
    }

    fn deadline(&self) -> Option<Time> {
        self.futures.deadline()
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        self.functions.resume(exchange);
        self.futures.resume(exchange);
    }

    fn request(&mut self, head: &RequestHead<'_>, content: Incoming<'_>, it: &mut Exchange<'_>) {
        match Door::of(head.path()) {
            Some((door, _)) if door.is_async() => self.futures.request(head, content, it),
            _ => self.functions.request(head, content, it),
        }
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.functions.content(exchange, octets);
        self.futures.content(exchange, octets);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        self.functions.trailers(exchange, fields);
        self.futures.trailers(exchange, fields);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.functions.end(exchange);
        self.futures.end(exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.functions.writable(exchange);
        self.futures.writable(exchange);
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        self.functions.gone(id, why);
        self.futures.gone(id, why);
    }

    fn ended(&mut self, id: ExchangeId) {
        self.functions.ended(id);
        self.futures.ended(id);
    }

    fn closed(&mut self, connection: Key) {
        self.functions.closed(connection);
        self.futures.closed(connection);
    }
}
