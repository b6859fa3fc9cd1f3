//! The simple door: a function that gets a whole request and gives an answer.
//!
//! A [`Handler`] sees a request only when its content is complete. What arrived together with its
//! head is not copied; what comes later is collected, within
//! [`content_bytes`](nova_http1::Limits::content_bytes), in memory that is used again.

#[cfg(feature = "json")]
mod json;

use std::collections::HashMap;

use nova_http1::Fields;

#[cfg(feature = "json")]
pub use self::json::JsonError;
use crate::answer::{Answer, Content, Prepared, Status};
use crate::application::Application;
use crate::exchange::{Exchange, ExchangeId, Gone, Responder};
use crate::request::{Incoming, OwnedHead, RequestHead};
use crate::routes::PathParams;

/// Answers whole requests. Implemented for functions and closures of this shape:
///
/// ```
/// use nova_http::{Answered, Request, Response};
///
/// fn hello(request: &Request<'_>, response: Response<'_>) -> Answered {
///     response.fields(&[("content-type", "text/plain")]).send(request.content)
/// }
/// ```
pub trait Handler {
    /// Answers `request`, now or (after [`Response::defer`]) later.
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered;
}

impl<F: FnMut(&Request<'_>, Response<'_>) -> Answered> Handler for F {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        self(request, response)
    }
}

/// A complete request, borrowed while its handler runs.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Method, request-target and field lines.
    pub head: RequestHead<'a>,
    /// The whole content, decoded from its transfer coding.
    pub content: &'a [u8],
    /// What a router has found in the path.
    pub(crate) params: Option<&'a PathParams<'a>>,
}

/// The answer to be given. It must be sent or deferred: that is what [`Answered`] proves.
#[derive(Debug)]
#[must_use = "a request must be answered"]
pub struct Response<'a> {
    exchange: Exchange<'a>,
    status: Status,
    fields: Fields<'a>,
}

/// The proof that a request has been answered, or that somebody has promised to.
#[derive(Debug)]
pub struct Answered(());

impl<'a> Response<'a> {
    /// The same response with this status; without it, 200 (OK).
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// The same response with these field lines. `Date`, `Content-Length` and `Connection` are the
    /// server's business.
    pub fn fields<'f>(self, fields: &'f [(&'f str, &'f str)]) -> Response<'f>
    where
        'a: 'f,
    {
        Response {
            exchange: self.exchange.shorten(),
            status: self.status,
            fields: Fields::from_pairs(fields),
        }
    }

    /// Sends the response with this content. One that HTTP does not allow (a line feed in a field,
    /// content with 204) is logged, counted and replaced by 500.
    pub fn send(mut self, content: &[u8]) -> Answered {
        let content = if content.is_empty() { Content::Empty } else { Content::Bytes(content) };
        let answer = Answer { status: self.status, fields: self.fields, content };
        if let Err(error) = self.exchange.respond(&answer) {
            self.replace(&error);
        }
        Answered(())
    }

    /// Sends an answer that was prepared beforehand; status and fields given here are not used.
    pub fn send_prepared(mut self, answer: &Prepared) -> Answered {
        if let Err(error) = self.exchange.respond_prepared(answer) {
            self.replace(&error);
        }
        Answered(())
    }

    /// Promises the answer for later, from any thread.
    pub fn defer(mut self) -> (Responder, Answered) {
        (self.exchange.defer(), Answered(()))
    }

    fn replace(&mut self, error: &dyn std::error::Error) {
        tracing::error!(%error, "a response cannot be sent; the client gets 500");
        let answer = Answer::new(Status::INTERNAL_SERVER_ERROR);
        if let Err(error) = self.exchange.respond(&answer) {
            tracing::error!(%error, "nor can 500");
        }
    }
}

/// A [`Handler`] as an [`Application`]: it collects the content first.
#[derive(Debug)]
pub struct Buffered<H> {
    handler: H,
    incomplete: HashMap<ExchangeId, Incomplete>,
    spare: Vec<Incomplete>,
}

/// A request whose content has not all arrived.
#[derive(Debug, Default)]
struct Incomplete {
    head: OwnedHead,
    content: Vec<u8>,
}

/// Emptied requests that are kept for the next ones, and how large they may be: 16 × 64 KiB for a
/// worker at most.
const SPARE: usize = 16;
const SPARE_BYTES: usize = 64 * 1024;

/// Content is reserved as announced only up to this size, then as it comes: a client that announces
/// much and sends nothing costs little.
const RESERVED_AT_ONCE: u64 = 16 * 1024;

impl<H: Handler> Buffered<H> {
    /// An application that asks `handler`.
    pub fn new(handler: H) -> Self {
        Self { handler, incomplete: HashMap::new(), spare: Vec::new() }
    }

    fn handle(&mut self, request: &Request<'_>, exchange: &mut Exchange<'_>) {
        let response =
            Response { exchange: exchange.lend(), status: Status::OK, fields: Fields::EMPTY };
        let Answered(()) = self.handler.handle(request, response);
    }

    fn forget(&mut self, mut request: Incomplete) {
        if self.spare.len() < SPARE && request.content.capacity() <= SPARE_BYTES {
            request.content.clear();
            self.spare.push(request);
        }
    }
}

impl<H: Handler> Application for Buffered<H> {
    #[inline]
    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        match content {
            Incoming::None => self.handle(&Request::new(*head, &[]), exchange),
            Incoming::Whole(content) => self.handle(&Request::new(*head, content), exchange),
            Incoming::Follows { length } => {
                let mut request = self.spare.pop().unwrap_or_default();
                request.head.copy_from(head);
                request.content.reserve(length.unwrap_or(0).min(RESERVED_AT_ONCE) as usize);
                self.incomplete.insert(exchange.id(), request);
                exchange.grant(u64::MAX); // The protocol bounds content.
            }
        }
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        if let Some(request) = self.incomplete.get_mut(&exchange.id()) {
            request.content.extend_from_slice(octets);
        }
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(request) = self.incomplete.remove(&exchange.id()) {
            let head = request.head.head();
            self.handle(&Request::new(head, &request.content), exchange);
            self.forget(request);
        }
    }

    fn gone(&mut self, id: ExchangeId, _why: Gone) {
        if let Some(request) = self.incomplete.remove(&id) {
            self.forget(request);
        }
    }
}
