//! The adapter itself: an [`Application`] of the engine that asks a service.

mod drive;
#[cfg(feature = "upgrade")]
mod upgrade;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use nova_http::{
    Answer, Application, ByExchange, Exchange, ExchangeId, Fields, Gone, Incoming, Key, Post,
    RequestHead, Status, Time, Woken,
};

use crate::app::{App, Instance};
use crate::connection::Template;
use crate::head::Heads;
use crate::inflow::{Cut, Inflow};
use crate::options::Options;
use crate::slot::{Slab, Stage, StagePlace};
use crate::{Body, Connection, FieldNames};

/// One worker's application: its instance, and the requests that it answers.
///
/// A server makes it. Made by hand, it is tested with the engine's own means, without a socket and
/// without time passing:
///
/// ```
/// use axum::{Router, routing::get};
/// use nova_http::testing::App;
/// use nova_tower::Door;
///
/// let app = Router::new().route("/", get(|| async { "Hello, World!" }));
/// let app = App::with(Door::of(&app));
/// assert_eq!(app.get("/").send().text(), "Hello, World!");
/// ```
pub struct Door<I: Instance> {
    instance: I,
    options: Options,
    template: Template,
    heads: Heads,
    slab: Slab<I::Future, I::Content>,
    /// Slots of exchanges that have outlived their first poll.
    by_exchange: ByExchange<u32>,
    /// Slots of requests for which the service is not ready, in their order. Only the first one asks
    /// it, since a service wakes whoever has asked last.
    queue: VecDeque<u32>,
    woken: Option<Arc<Woken>>,
    /// Woken slots that are to be looked at in this turn, the last one first.
    due: Vec<u32>,
}

impl<I: Instance> Door<I> {
    /// What worker 0 would have of `app`.
    pub fn of<Via>(app: &impl App<Via, Instance = I>) -> Self {
        Self::new(app.instance(0))
    }

    /// An application of one instance, which has been made on this thread already: it may share what is
    /// not `Send` with the test.
    pub fn new(instance: I) -> Self {
        Self::with_options(instance, Options::default())
    }

    /// As [`Server::connect`](crate::Server::connect).
    pub fn connect(mut self, yes: bool) -> Self {
        self.options.connect = yes;
        self
    }

    pub(crate) fn with_options(instance: I, options: Options) -> Self {
        Self {
            instance,
            template: Template::new(options.connection),
            options,
            heads: Heads::default(),
            slab: Slab::new(),
            by_exchange: ByExchange::default(),
            queue: VecDeque::new(),
            woken: None,
            due: Vec::new(),
        }
    }

    /// How many requests are not done with.
    pub fn running(&self) -> usize {
        self.by_exchange.len()
    }

    fn number(&self, exchange: &Exchange<'_>) -> Option<u32> {
        self.by_exchange.get(&exchange.id()).copied()
    }

    /// The request, with its content or the way to it.
    #[inline]
    fn make_request(
        &mut self,
        number: u32,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        connection: Connection,
    ) -> Option<Request<Body>> {
        let slot = &mut self.slab.slots[number as usize];
        let body = match content {
            Incoming::None => Body::empty(),
            Incoming::Whole(octets) => Body::whole(Bytes::copy_from_slice(octets)),
            Incoming::Follows { length } => {
                let inflow = Inflow::new(slot.waker.clone());
                slot.inflow = Some(inflow.clone());
                Body::follows(inflow, length)
            }
        };
        let extensions = self.template.fill(connection);
        let mut request = self.heads.request(head, extensions, body).ok()?;
        slot.asked_for_head = *request.method() == Method::HEAD;
        if self.options.field_names {
            let names = head.fields.iter().map(|field| Bytes::copy_from_slice(field.name));
            request.extensions_mut().insert(FieldNames::new(names));
        }
        #[cfg(feature = "upgrade")]
        if head.upgrade || *request.method() == Method::CONNECT {
            self.ask_for_upgrade(number, &mut request);
        }
        Some(request)
    }

    /// Gives the request to the service, if that is ready and nobody waits longer.
    #[inline]
    fn offer(
        &mut self,
        number: u32,
        connection: Connection,
        request: Request<Body>,
        exchange: &mut Exchange<'_>,
    ) {
        if self.queue.is_empty() {
            let slot = &mut self.slab.slots[number as usize];
            match self.instance.poll_ready(&mut Context::from_waker(&slot.waker)) {
                Poll::Ready(Ok(())) => {
                    let future = self.instance.call(connection, request);
                    slot.stage.set(Stage::Calling { future });
                    return self.drive(number, exchange);
                }
                Poll::Ready(Err(error)) => {
                    return self.failed(number, &error.into(), exchange);
                }
                Poll::Pending => {}
            }
        }
        let request = Some((connection, request));
        self.slab.slots[number as usize].stage.set(Stage::Waiting { request });
        self.queue.push_back(number);
        exchange.promise();
    }

    /// Asks for the first of those that wait whether the service is ready now.
    fn admit(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        if self.queue.front() != Some(&number) {
            return;
        }
        let slot = &mut self.slab.slots[number as usize];
        match self.instance.poll_ready(&mut Context::from_waker(&slot.waker)) {
            Poll::Pending => return exchange.promise(),
            Poll::Ready(Err(error)) => {
                self.queue.pop_front();
                self.wake_first();
                return self.failed(number, &error.into(), exchange);
            }
            Poll::Ready(Ok(())) => {}
        }
        let StagePlace::Waiting { request } = slot.stage.as_mut().project() else { return };
        if let Some((connection, request)) = request.take() {
            let future = self.instance.call(connection, request);
            slot.stage.set(Stage::Calling { future });
        }
        self.queue.pop_front();
        self.wake_first();
        self.drive(number, exchange);
    }

    fn wake_first(&self) {
        if let Some(&next) = self.queue.front() {
            self.slab.slots[next as usize].waker.wake_by_ref();
        }
    }
}

impl<I: Instance> Application for Door<I> {
    fn attach(&mut self, _worker: u16, post: &Arc<dyn Post>) {
        self.woken = Some(Arc::new(Woken::new(post.clone())));
    }

    fn takes_connect(&self) -> bool {
        self.options.connect
    }

    #[inline]
    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        let id = exchange.id();
        let slot = self.woken.as_ref().and_then(|woken| self.slab.take(id, woken));
        let Some(number) = slot else {
            tracing::error!("a request finds no slot: the application belongs to no worker");
            let _ = exchange.respond(&Answer::new(Status::SERVICE_UNAVAILABLE));
            return;
        };
        let connection = Connection::new(id, exchange.peer().copied(), self.options.local);
        // Should the service panic, the slot is found and emptied.
        let begun = Begun { door: self, number, id };
        match begun.door.make_request(number, head, content, connection) {
            Some(request) => begun.door.offer(number, connection, request, exchange),
            None => {
                let _ = exchange.respond(&Answer::new(Status::BAD_REQUEST));
                begun.door.end(number);
            }
        }
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        let Some(number) = self.number(exchange) else { return };
        let Some(inflow) = &self.slab.slots[number as usize].inflow else { return };
        let reader = inflow.push(octets);
        self.tell(number, reader, exchange);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        let Some(number) = self.number(exchange) else { return };
        if let Some(inflow) = &self.slab.slots[number as usize].inflow {
            inflow.trailers(trailers(fields));
        }
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        let Some(number) = self.number(exchange) else { return };
        let Some(inflow) = &self.slab.slots[number as usize].inflow else { return };
        let reader = inflow.end(Ok(()));
        self.tell(number, reader, exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(number) = self.number(exchange) {
            self.drive(number, exchange);
        }
    }

    fn next_ready(&mut self, _now: Time) -> Option<ExchangeId> {
        loop {
            let Some(number) = self.due.pop() else {
                if !self.woken.as_ref()?.take(&mut self.due) {
                    return None;
                }
                // In the order in which they were woken.
                self.due.reverse();
                continue;
            };
            let Some(slot) = self.slab.slots.get(number as usize) else { continue };
            slot.wakes.look();
            // A waker of an earlier tenant may have been used when the slot is empty.
            if slot.open.is_some() {
                return slot.open;
            }
        }
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(number) = self.number(exchange) {
            self.drive(number, exchange);
        }
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        let Some(number) = self.by_exchange.remove(&id) else { return };
        let at = self.queue.iter().position(|&waiting| waiting == number);
        self.slab.end(number, Cut::Gone(why));
        if let Some(at) = at {
            self.queue.remove(at);
            if at == 0 {
                self.wake_first();
            }
        }
    }

    fn closed(&mut self, connection: Key) {
        self.instance.closed(connection);
    }
}

/// The fields of a trailer section that the `http` crate has a form for.
fn trailers(fields: Fields<'_>) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(fields.len());
    for field in fields.iter() {
        let name = HeaderName::from_bytes(field.name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(field.value)) {
            trailers.append(name, value);
        }
    }
    trailers
}

/// A request whose future has not been polled yet. When it has been, or has panicked, its slot can be
/// found by its exchange until that ends.
struct Begun<'a, I: Instance> {
    door: &'a mut Door<I>,
    number: u32,
    id: ExchangeId,
}

impl<I: Instance> Drop for Begun<'_, I> {
    #[inline]
    fn drop(&mut self) {
        // Another request cannot have got the slot meanwhile.
        if self.door.slab.slots[self.number as usize].open.is_some() {
            self.door.by_exchange.insert(self.id, self.number);
        }
    }
}

impl<I: Instance> fmt::Debug for Door<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("open", &self.by_exchange.len()).finish_non_exhaustive()
    }
}
