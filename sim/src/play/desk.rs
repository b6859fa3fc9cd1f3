//! The handlers that are functions: what they do with a request is said by its target.

use std::rc::Rc;

use ledger::{FIELD, Mark, Reading, Receipt};
use nova_http::{
    Answer, Answered, Bounds, Bytes, Content, Exchange, Fields, Flowing, Handler, Prepared,
    Receive, Request, RequestHead, Response, Status,
};

use super::books::{Books, Life, Promise, body, burst};
use super::later::Deferred;
use crate::oracle::Oracle;
use crate::story::{Act, Later, When};

/// Answers.
pub(crate) struct Desk {
    pub(crate) books: Rc<Books>,
}

/// What a request wants and who it is.
pub(crate) fn read_head(head: &RequestHead<'_>) -> Option<(Act, Mark)> {
    let text = |octets| str::from_utf8(octets).ok();
    let act = Act::parse(text(head.path())?)?;
    let mark = text(head.fields.get(FIELD)?)?.parse().ok()?;
    Some((act, mark))
}

impl Handler for Desk {
    fn receive(&mut self, head: &RequestHead<'_>, _: &mut Bounds) -> Receive {
        let Some((act, mark)) = read_head(head) else { return Receive::Whole };
        match act {
            Act::Taste { .. }
            | Act::Early(_)
            | Act::Panics(When::Content)
            | Act::Late(Later::Twice, _) => {
                let credit = match act {
                    Act::Taste { credit, .. } => credit as u64,
                    _ => u64::MAX,
                };
                let (reading, life) = (Reading::default(), self.books.live());
                let books = self.books.clone();
                let granted = 0;
                Receive::Flow(Box::new(Taster {
                    act,
                    mark,
                    credit,
                    granted,
                    reading,
                    books,
                    _life: life,
                }))
            }
            _ => Receive::Whole,
        }
    }

    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        let Some((act, mark)) = read_head(&request.head) else {
            self.books.wrong(Oracle::Ledger, "a handler got a request without its mark");
            return response.send(b"");
        };
        self.books.ledger.ran(mark);
        if let Act::Panics(When::First | When::Content) = act {
            // What it has said until then is taken back: its client gets 500 and nothing else.
            let mut response = response;
            response.interim(Status::EARLY_HINTS, &[]);
            burst();
        }
        self.books.ledger.read(mark);
        let receipt = Receipt::of(mark, request.content);
        let text = mark.to_string();
        let fields = [(FIELD, text.as_str())];
        let mut response = response.fields(&fields);
        match act {
            Act::Plain(length) | Act::Taste { length, .. } | Act::Early(length) => {
                response.send(&body(receipt, length))
            }
            Act::Hinted(length) => {
                response.interim(Status::EARLY_HINTS, &[("link", "</x>; rel=preload")]);
                response.send(&body(receipt, length))
            }
            Act::Shared(length) => {
                let rest = Some(body(receipt, length));
                response.stream(None, Sharer { rest, _life: self.books.live() })
            }
            Act::Prepared(length) => {
                let content = body(receipt, length);
                let prepared = Prepared::new(Status::OK, Fields::from_pairs(&fields), &content);
                response.send_prepared(&prepared.expect("it is a valid answer"))
            }
            Act::Bare(status) => response.status(Status::new(status).expect("a status")).send(b""),
            Act::Stream { length, piece, known } => {
                let content = body(receipt, length);
                let length = known.then_some(content.len() as u64);
                response.stream(length, self.writer(content, piece, Then::Finish))
            }
            Act::Short(length) => {
                let content = body(receipt, length);
                let promised = content.len() as u64 + 5;
                response.stream(Some(promised), self.writer(content, 500, Then::Finish))
            }
            Act::Cut(length) => {
                let content = body(receipt, length);
                response.stream(None, self.writer(content, 500, Then::Abort))
            }
            Act::Panics(When::Answer) => {
                response.stream(None, self.writer(body(receipt, 0), 10, Then::Panic))
            }
            Act::Panics(_) => {
                let _ = response.send(&body(receipt, 0));
                burst()
            }
            Act::Invalid => response.fields(&[("bad", "a\r\nb: c")]).send(b""),
            Act::Late(later, length) => {
                let (responder, answered) = response.defer();
                let promise = self.books.promise(mark, responder.id());
                let deferred = Deferred::new(receipt, length, later, responder, None, promise);
                self.books.deferred.borrow_mut().push(deferred);
                answered
            }
            Act::Tunnel(credit) => {
                let fields = [(FIELD, text.as_str()), ("upgrade", "echo")];
                let echo = Echo {
                    rest: Vec::new(),
                    step: credit,
                    credit: 0,
                    ended: false,
                    _life: self.books.live(),
                };
                response.fields(&fields).tunnel(echo)
            }
            _ => {
                self.books.wrong(Oracle::Callbacks, format!("{act} came to the wrong door"));
                response.send(b"")
            }
        }
    }
}

impl Desk {
    fn writer(&self, content: Bytes, piece: usize, then: Then) -> Writer {
        Writer { content, piece: piece.max(1), then, _life: self.books.live() }
    }
}

/// What comes behind the content.
#[derive(Clone, Copy, Debug)]
enum Then {
    Finish,
    Abort,
    Panic,
}

/// Writes its content in pieces as there is room.
#[derive(Debug)]
struct Writer {
    content: Bytes,
    piece: usize,
    then: Then,
    _life: Life,
}

impl Flowing for Writer {
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        while !self.content.is_empty() {
            let piece = self.piece.min(self.content.len());
            let written = exchange.write(&self.content[..piece]).map_or(piece, |it| it.octets);
            let _ = self.content.split_to(written);
            if written < piece {
                return;
            }
            if let (true, Then::Panic) = (self.content.is_empty(), self.then) {
                // In a later call, when a part of the answer has left.
                return exchange.wait_for_room();
            }
        }
        match self.then {
            Then::Finish => drop(exchange.finish()),
            Then::Abort => exchange.abort(),
            Then::Panic => burst(),
        }
    }
}

/// Writes content that has other owners.
#[derive(Debug)]
struct Sharer {
    rest: Option<Bytes>,
    _life: Life,
}

impl Flowing for Sharer {
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        while let Some(mut rest) = self.rest.take() {
            let length = rest.len();
            let written = exchange.write_shared(&rest).map_or(length, |it| it.octets);
            if written < length {
                let _ = rest.split_to(written);
                self.rest = Some(rest);
                if written == 0 {
                    return;
                }
            }
        }
        let _ = exchange.finish();
    }
}

/// Receives content as it comes.
#[derive(Debug)]
struct Taster {
    act: Act,
    mark: Mark,
    /// How much it grants at a time.
    credit: u64,
    granted: u64,
    reading: Reading,
    books: Rc<Books>,
    _life: Life,
}

impl Taster {
    fn grant(&mut self, exchange: &mut Exchange<'_>) {
        if self.granted == 0 {
            self.granted = self.credit;
            exchange.grant(self.credit);
        }
    }

    fn answer(&self, length: usize, receipt: Receipt, exchange: &mut Exchange<'_>) {
        let text = self.mark.to_string();
        let fields = [(FIELD, text.as_str())];
        let content = body(receipt, length);
        let answer = Answer::new(Status::OK).fields(Fields::from_pairs(&fields));
        let _ = exchange.respond(&Answer { content: Content::Shared(&content), ..answer });
    }
}

impl Flowing for Taster {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        self.books.ledger.ran(self.mark);
        match self.act {
            Act::Early(length) => self.answer(length, Receipt::of(self.mark, &[]), exchange),
            _ => self.grant(exchange),
        }
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        if let Act::Panics(_) = self.act {
            burst();
        }
        match self.granted.checked_sub(octets.len() as u64) {
            Some(rest) => self.granted = rest,
            None => self.books.wrong(
                Oracle::Callbacks,
                format!(
                    "{} got {} octets for a credit of {}",
                    self.mark,
                    octets.len(),
                    self.granted
                ),
            ),
        }
        self.reading.update(octets);
        self.grant(exchange);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.books.ledger.read(self.mark);
        let receipt = self.reading.receipt(self.mark);
        match self.act {
            Act::Late(later, length) => {
                let (first, second) = (exchange.defer(), exchange.defer());
                let promise: Promise = self.books.promise(self.mark, first.id());
                let second = Some(second);
                let deferred = Deferred::new(receipt, length, later, first, second, promise);
                self.books.deferred.borrow_mut().push(deferred);
            }
            Act::Taste { length, .. } => self.answer(length, receipt, exchange),
            _ => self.answer(0, receipt, exchange),
        }
    }
}

/// Sends back what comes, and ends when its client has.
#[derive(Debug)]
struct Echo {
    rest: Vec<u8>,
    step: usize,
    credit: usize,
    ended: bool,
    _life: Life,
}

impl Echo {
    fn go_on(&mut self, exchange: &mut Exchange<'_>) {
        let written = exchange.write(&self.rest).map_or(self.rest.len(), |it| it.octets);
        self.rest.drain(..written);
        if !self.rest.is_empty() {
            return;
        }
        if self.ended {
            let _ = exchange.finish();
        } else if self.credit == 0 {
            self.credit = self.step.max(1);
            exchange.grant(self.credit as u64);
        }
    }
}

impl Flowing for Echo {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        self.go_on(exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.credit = self.credit.saturating_sub(octets.len());
        self.rest.extend_from_slice(octets);
        self.go_on(exchange);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.ended = true;
        self.go_on(exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.go_on(exchange);
    }
}
