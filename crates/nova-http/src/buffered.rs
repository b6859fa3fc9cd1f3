//! A [`Handler`] as an [`Application`]: it collects the content first, and keeps what handlers leave
//! behind.
//!
//! What arrived together with its head is not copied; what comes later is collected, within
//! [`content_bytes`](nova_http1::Limits::content_bytes), in memory that is used again.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use nova_http1::Fields;

use crate::answer::Status;
use crate::application::Application;
use crate::blocking::Pool;
use crate::by_exchange::ByExchange;
use crate::exchange::{Bounds, Exchange, ExchangeId, Gone};
use crate::flowing::Flowing;
use crate::handler::{Answered, Handler, Receive, Request, Response};
use crate::request::{Incoming, OwnedHead, RequestHead};
use crate::seen::guard;

/// Octets of emptied requests that a worker keeps for the next ones.
const SPARE_BYTES: usize = 1024 * 1024;
/// How many of them.
const SPARES: usize = 64;

/// Content is reserved as announced only up to this size: a client that announces much and sends
/// nothing costs little.
const RESERVED_AT_ONCE: u64 = 16 * 1024;
/// Later, as announced up to so many times of what has come.
const RESERVED_AHEAD: usize = 4;

/// A [`Handler`] as an [`Application`].
///
/// ```
/// use nova_http::testing::Bench;
/// use nova_http::{Answered, Buffered, Limits, PlainHttp, Request, Response};
/// use nova_io::sim::Network;
///
/// fn echo(request: &Request<'_>, response: Response<'_>) -> Answered {
///     response.send(request.content)
/// }
///
/// let make = |_| (PlainHttp, Buffered::new(echo));
/// let mut bench = Bench::new(Network::calm(), Limits::default(), 1, make);
/// let mut client = bench.connect();
/// client.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
/// assert!(bench.drain(&mut client).ends_with(b"\r\n\r\nhi"));
/// ```
#[derive(Debug)]
pub struct Buffered<H> {
    handler: H,
    incomplete: ByExchange<Incomplete>,
    flowing: ByExchange<Box<dyn Flowing>>,
    spare: Vec<Incomplete>,
    spare_bytes: usize,
    pool: Pool,
}

/// A request whose content has not all arrived.
#[derive(Debug, Default)]
struct Incomplete {
    head: OwnedHead,
    content: Vec<u8>,
    /// How long it has been announced to be.
    announced: Option<u64>,
}

impl Incomplete {
    fn append(&mut self, octets: &[u8]) {
        let needed = self.content.len() + octets.len();
        if needed > self.content.capacity() {
            let announced = self.announced.map_or(0, |octets| octets as usize);
            let ahead = announced.min(needed.saturating_mul(RESERVED_AHEAD));
            self.content.reserve(ahead.max(needed) - self.content.len());
        }
        self.content.extend_from_slice(octets);
    }
}

impl<H: Handler> Buffered<H> {
    /// An application that asks `handler`.
    pub fn new(handler: H) -> Self {
        Self::with_pool(handler, Pool::default())
    }

    /// How many requests are being collected, or have left something that goes on.
    pub fn running(&self) -> usize {
        self.incomplete.len() + self.flowing.len()
    }

    pub(crate) fn with_pool(handler: H, pool: Pool) -> Self {
        Self {
            handler,
            incomplete: ByExchange::default(),
            flowing: ByExchange::default(),
            spare: Vec::new(),
            spare_bytes: 0,
            pool,
        }
    }

    #[inline]
    fn handle(&mut self, request: &Request<'_>, exchange: &mut Exchange<'_>) {
        let mut left = None;
        let response = Response {
            exchange: exchange.lend(),
            status: Status::OK,
            fields: Fields::EMPTY,
            left: &mut left,
            pool: &self.pool,
        };
        let Answered(()) = self.handler.handle(request, response);
        if let Some(flow) = left {
            self.begin(flow, exchange);
        }
    }

    #[cold]
    fn begin(&mut self, flow: Box<dyn Flowing>, exchange: &mut Exchange<'_>) {
        self.flowing.insert(exchange.id(), flow);
        self.flow(exchange, |flow, exchange| flow.begin(exchange));
    }

    /// Asks how to receive the content of a request.
    #[inline]
    fn receive(
        &mut self,
        head: &RequestHead<'_>,
        exchange: &mut Exchange<'_>,
    ) -> Option<Box<dyn Flowing>> {
        let mut bounds = Bounds::default();
        let receive = self.handler.receive(head, &mut bounds);
        if bounds != Bounds::default() {
            exchange.bound(&bounds);
        }
        match receive {
            Receive::Flow(flow) if !exchange.ended() => Some(flow),
            Receive::Flow(_) | Receive::Whole => None,
        }
    }

    #[cold]
    fn promise(&mut self, flow: Box<dyn Flowing>, exchange: &mut Exchange<'_>) {
        exchange.promise();
        self.begin(flow, exchange);
    }

    fn forget(&mut self, mut request: Incomplete) {
        let bytes = self.spare_bytes + request.content.capacity();
        if self.spare.len() < SPARES && bytes <= SPARE_BYTES {
            request.content.clear();
            self.spare_bytes = bytes;
            self.spare.push(request);
        }
    }

    /// Calls the flow of an exchange, and drops it if the exchange has ended by that. One that has
    /// panicked before the end is dropped when it has been told so, in [`Application::gone`].
    fn flow(
        &mut self,
        exchange: &mut Exchange<'_>,
        call: impl FnOnce(&mut dyn Flowing, &mut Exchange<'_>),
    ) {
        let Some(flow) = self.flowing.get_mut(&exchange.id()) else { return };
        let outcome = catch_unwind(AssertUnwindSafe(|| call(&mut **flow, exchange)));
        let ended = exchange.ended().then(|| self.flowing.remove(&exchange.id()));
        if let Err(panic) = outcome {
            guard("drop", || drop(ended)); // A second panic on the way out would end the process.
            resume_unwind(panic);
        }
    }
}

#[inline]
fn whole<'a>(
    head: RequestHead<'a>,
    content: &'a [u8],
    peer: Option<&'a SocketAddr>,
) -> Request<'a> {
    Request { head, content, peer, params: None }
}

impl<H: Handler> Application for Buffered<H> {
    fn takes_connect(&self) -> bool {
        self.handler.takes_connect()
    }

    #[inline]
    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        match content {
            Incoming::None => {
                let request = whole(*head, &[], exchange.peer());
                self.handle(&request, exchange);
            }
            Incoming::Whole(content) => {
                if let Some(flow) = self.receive(head, exchange) {
                    exchange.content_follows();
                    return self.promise(flow, exchange);
                }
                if exchange.ended() {
                    return;
                }
                let request = whole(*head, content, exchange.peer());
                self.handle(&request, exchange);
            }
            Incoming::Follows { length } => {
                if let Some(flow) = self.receive(head, exchange) {
                    return self.promise(flow, exchange);
                }
                let mut request = self.spare.pop().unwrap_or_default();
                self.spare_bytes -= request.content.capacity();
                request.announced = length;
                request.head.copy_from(head);
                request.content.reserve(length.unwrap_or(0).min(RESERVED_AT_ONCE) as usize);
                self.incomplete.insert(exchange.id(), request);
                exchange.collect();
                exchange.grant(u64::MAX); // The protocol bounds content.
            }
        }
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        if let Some(request) = self.incomplete.get_mut(&exchange.id()) {
            request.append(octets);
        } else {
            self.flow(exchange, |flow, exchange| flow.content(exchange, octets));
        }
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        self.flow(exchange, |flow, exchange| flow.trailers(exchange, fields));
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(request) = self.incomplete.remove(&exchange.id()) {
            let complete = whole(request.head.head(), &request.content, exchange.peer());
            self.handle(&complete, exchange);
            self.forget(request);
        } else {
            self.flow(exchange, |flow, exchange| flow.end(exchange));
        }
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.flow(exchange, |flow, exchange| flow.writable(exchange));
    }

    fn ended(&mut self, id: ExchangeId) {
        // A flow that has deferred its answer, or has answered with a file.
        if let Some(flow) = self.flowing.remove(&id) {
            guard("drop", || drop(flow));
        }
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        if let Some(request) = self.incomplete.remove(&id) {
            self.forget(request);
        }
        if let Some(mut flow) = self.flowing.remove(&id) {
            guard("gone", || flow.gone(why));
            guard("drop", || drop(flow));
        }
    }
}
