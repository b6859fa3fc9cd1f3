//! The worker's end: which future is polled when, and what becomes of its exchange.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use nova_http1::Fields;
use nova_io::Time;

use super::carry::Carried;
use super::line::{Ended, State};
use super::slab::Slab;
use super::wake::Woken;
use super::{AsyncHandler, Call, Reply};
use crate::answer::{Answer, Status};
use crate::application::Application;
use crate::blocking::Pool;
use crate::by_exchange::ByExchange;
use crate::exchange::{Exchange, ExchangeError, ExchangeId, Gone};
use crate::remote::{Late, Post};
use crate::request::{Incoming, RequestHead};
use crate::seen::guard;

/// An [`AsyncHandler`] as an [`Application`].
///
/// ```
/// use nova_http::testing::Bench;
/// use nova_http::{Call, Limits, PlainHttp, Tasks};
/// use nova_io::sim::Network;
///
/// async fn hello(_call: Call) -> &'static str {
///     "hello"
/// }
///
/// let mut bench = Bench::new(Network::calm(), Limits::default(), 1, |_| (PlainHttp, Tasks::new(hello)));
/// let mut client = bench.connect();
/// client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
/// assert!(bench.drain(&mut client).ends_with(b"\r\n\r\nhello"));
/// ```
pub struct Tasks<H: AsyncHandler> {
    handler: H,
    slab: Slab<H::Future>,
    /// Slots of open exchanges that have outlived their first poll.
    by_exchange: ByExchange<u32>,
    woken: Option<Arc<Woken>>,
    /// Woken slots that are to be looked at in this turn.
    due: Vec<u32>,
}

impl<H: AsyncHandler> Tasks<H> {
    /// An application that asks `handler`.
    pub fn new(handler: H) -> Self {
        Self::with_pool(handler, Pool::default())
    }

    pub(crate) fn with_pool(handler: H, pool: Pool) -> Self {
        Self {
            handler,
            slab: Slab::new(pool),
            by_exchange: ByExchange::default(),
            woken: None,
            due: Vec::new(),
        }
    }

    /// How many requests have a future, or are answered by another task.
    pub fn running(&self) -> usize {
        self.slab.running()
    }

    /// Polls the future in `number` and carries out what it wants; frees the slot if all is done.
    #[inline]
    fn drive(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        let slot = &mut self.slab.slots[number as usize];
        slot.line.look_at_room(exchange);
        let reply = slot.poll();
        let simple = !slot.line.state.borrow().wants_something();
        match reply {
            // By far the most: the whole answer, at once.
            Some(Reply::Answer(answer)) if simple => {
                let outcome = answer.lend(|answer| exchange.respond(answer));
                self.answered(number, outcome, exchange);
            }
            Some(Reply::Prepared(answer)) if simple => {
                let outcome = exchange.respond_prepared(&answer);
                self.answered(number, outcome, exchange);
            }
            reply => self.carry_out(number, reply, exchange),
        }
    }

    #[inline]
    fn answered(
        &mut self,
        number: u32,
        outcome: Result<(), ExchangeError>,
        exchange: &mut Exchange<'_>,
    ) {
        match outcome {
            Ok(()) => self.end(number, Ended::Answered),
            Err(error) => self.settle(number, Err(error), exchange),
        }
    }

    #[inline(never)]
    fn carry_out(&mut self, number: u32, reply: Option<Reply>, exchange: &mut Exchange<'_>) {
        let slot = &self.slab.slots[number as usize];
        let outcome = slot.line.carry_out(exchange).and_then(|carried| {
            reply.map_or(Ok(()), |reply| respond(&reply, exchange)).map(|()| carried)
        });
        self.settle(number, outcome, exchange);
    }

    /// After orders were carried out: is anybody left who will answer?
    fn settle(
        &mut self,
        number: u32,
        outcome: Result<Carried, ExchangeError>,
        exchange: &mut Exchange<'_>,
    ) {
        match outcome {
            Ok(Carried::ToEngine) => return self.end(number, Ended::Answered),
            Ok(Carried::All) => {}
            Err(error) => {
                tracing::error!(id = ?exchange.id(), %error, "a future's answer is not valid");
                if exchange.respond(&Answer::new(Status::INTERNAL_SERVER_ERROR)).is_err() {
                    exchange.abort();
                }
            }
        }
        if !exchange.ended() && self.is_forgotten(number) {
            tracing::error!(id = ?exchange.id(), "nobody is left who could answer this request");
            exchange.abort();
        }
        if exchange.ended() {
            return self.end(number, Ended::Answered);
        }
        let slot = &self.slab.slots[number as usize];
        slot.line.left_behind.set(slot.future.is_none());
        exchange.promise();
    }

    /// Whether the future is done and nobody else has a part of its call.
    fn is_forgotten(&self, number: u32) -> bool {
        let slot = &self.slab.slots[number as usize];
        slot.future.is_none()
            && Rc::strong_count(&slot.line) == 1
            && slot.line.state.borrow().orders.is_empty()
    }

    /// The exchange of `number` has ended. A future that goes on is polled without it.
    #[inline]
    fn end(&mut self, number: u32, ended: Ended) {
        // Most have never been there: their futures were ready at once.
        if !self.by_exchange.is_empty()
            && let Some(id) = self.slab.slots[number as usize].open
        {
            self.by_exchange.remove(&id);
        }
        self.slab.end(number, ended);
    }

    fn number(&self, exchange: &Exchange<'_>) -> Option<u32> {
        self.by_exchange.get(&exchange.id()).copied()
    }

    fn state(&self, number: u32) -> std::cell::RefMut<'_, State> {
        self.slab.slots[number as usize].line.state.borrow_mut()
    }

    /// What `waiting` has waited for has come: the handler's future is polled, another task woken.
    fn tell(&mut self, number: u32, waiting: Option<Waker>, exchange: &mut Exchange<'_>) {
        match waiting {
            Some(waker) if waker.will_wake(&self.slab.slots[number as usize].waker) => {
                self.drive(number, exchange);
            }
            Some(waker) => waker.wake(),
            None => {}
        }
    }

    /// Polls a future whose exchange has ended.
    fn poll_alone(&mut self, number: u32) {
        let slot = &mut self.slab.slots[number as usize];
        if slot.future.is_none() {
            return;
        }
        if !guard("future", || drop(slot.poll())) {
            slot.discard();
        }
        self.slab.free_if_done(number);
    }
}

/// Gives the answer of a future that is done.
fn respond(reply: &Reply, exchange: &mut Exchange<'_>) -> Result<(), ExchangeError> {
    match reply {
        Reply::Answer(answer) => answer.lend(|answer| exchange.respond(answer)),
        Reply::Prepared(answer) => exchange.respond_prepared(answer),
        Reply::Panicked if exchange.ended() => Ok(()),
        Reply::Panicked => exchange.late(Late::Panicked),
        Reply::Written => Ok(()),
    }
}

impl<H: AsyncHandler> Application for Tasks<H> {
    fn attach(&mut self, _worker: u16, post: &Arc<dyn Post>) {
        self.woken = Some(Arc::new(Woken::new(post.clone())));
        self.slab.clock.attach(post.clone());
    }

    fn takes_connect(&self) -> bool {
        self.handler.takes_connect()
    }

    fn turn(&mut self, now: Time) {
        self.slab.clock.tick(now);
    }

    #[inline]
    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        let woken = self.woken.as_ref();
        let Some(number) = woken.and_then(|woken| self.slab.take(head, exchange, woken)) else {
            tracing::error!("a request finds no slot: the application belongs to no worker");
            let _ = exchange.respond(&Answer::new(Status::SERVICE_UNAVAILABLE));
            return;
        };
        // Should the handler, or the first poll, panic, the slot is found and emptied.
        let begun = Begun { tasks: self, number, id: exchange.id() };
        let slot = &mut begun.tasks.slab.slots[number as usize];
        match content {
            Incoming::None => slot.line.state.borrow_mut().complete = true,
            Incoming::Whole(content) => {
                let mut state = slot.line.state.borrow_mut();
                state.arrived.extend_from_slice(content);
                state.complete = true;
            }
            Incoming::Follows { .. } => {}
        }
        let future = begun.tasks.handler.call(Call::new(slot.line.clone()));
        slot.future.set(Some(future));
        begun.tasks.drive(number, exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        let Some(number) = self.number(exchange) else { return };
        let waiting = {
            let mut state = self.state(number);
            state.credit = state.credit.saturating_sub(octets.len() as u64);
            state.arrived.extend_from_slice(octets);
            // Who waits for all has nothing to look at yet.
            if state.whole { None } else { state.reader.take() }
        };
        self.tell(number, waiting, exchange);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        let Some(number) = self.number(exchange) else { return };
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let pairs = fields.iter().map(|field| (text(field.name), text(field.value)));
        self.state(number).trailers = pairs.collect();
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        let Some(number) = self.number(exchange) else { return };
        let waiting = {
            let mut state = self.state(number);
            state.complete = true;
            state.reader.take()
        };
        self.tell(number, waiting, exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        let Some(number) = self.number(exchange) else { return };
        self.drive(number, exchange);
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
            slot.line.waker.look();
            match slot.open {
                Some(id) => return Some(id),
                None => self.poll_alone(number),
            }
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.slab.clock.next()
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(number) = self.number(exchange) {
            self.drive(number, exchange);
        }
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        if let Some(number) = self.by_exchange.remove(&id) {
            self.slab.abandon(number, why);
        }
    }
}

/// A request whose future has not been polled yet. When it has been, or has panicked, its slot can be
/// found by its exchange until that ends.
struct Begun<'a, H: AsyncHandler> {
    tasks: &'a mut Tasks<H>,
    number: u32,
    id: ExchangeId,
}

impl<H: AsyncHandler> Drop for Begun<'_, H> {
    #[inline]
    fn drop(&mut self) {
        // Another request cannot have got the slot meanwhile.
        if self.tasks.slab.slots[self.number as usize].open.is_some() {
            self.tasks.by_exchange.insert(self.id, self.number);
        }
    }
}

impl<H: AsyncHandler> fmt::Debug for Tasks<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("running", &self.running()).finish_non_exhaustive()
    }
}
