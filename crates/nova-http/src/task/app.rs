//! The worker's end: futures in their slots.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use nova_http1::Fields;
use nova_io::Time;

use super::line::{Line, State};
use super::time::Clock;
use super::wake::{SlotWaker, Woken};
use super::{AsyncHandler, Call, Reply};
use crate::answer::{Answer, Status};
use crate::application::Application;
use crate::blocking::Pool;
use crate::by_exchange::ByExchange;
use crate::exchange::{Exchange, ExchangeError, ExchangeId, Gone};
use crate::remote::Post;
use crate::request::{Incoming, OwnedHead, RequestHead};

/// Memory of content that a slot keeps for its next request.
const KEPT_CONTENT: usize = 64 * 1024;

/// An [`AsyncHandler`] as an [`Application`].
pub struct Tasks<H: AsyncHandler> {
    handler: H,
    slots: Vec<Slot<H::Future>>,
    free: Vec<u32>,
    /// Slots of exchanges that have outlived their first poll.
    by_exchange: ByExchange<u32>,
    woken: Option<Arc<Woken>>,
    /// Woken slots that are to be looked at in this turn.
    due: Vec<u32>,
    clock: Clock,
    pool: Pool,
    connect: bool,
}

/// Where one future lives. The boxes stay, their tenants change.
struct Slot<F> {
    future: Pin<Box<Option<F>>>,
    line: Rc<Line>,
    waker: Waker,
    /// The exchange is open: the future is polled when it is lent.
    open: Option<ExchangeId>,
}

impl<H: AsyncHandler> Tasks<H> {
    /// An application that asks `handler`.
    pub fn new(handler: H) -> Self {
        Self::with_pool(handler, Pool::default())
    }

    pub(crate) fn with_pool(handler: H, pool: Pool) -> Self {
        Self {
            handler,
            slots: Vec::new(),
            free: Vec::new(),
            by_exchange: ByExchange::default(),
            woken: None,
            due: Vec::new(),
            clock: Clock::default(),
            pool,
            connect: false,
        }
    }

    /// The handler answers CONNECT, too.
    pub fn takes_connect(mut self, yes: bool) -> Self {
        self.connect = yes;
        self
    }

    /// How many futures there are.
    pub fn running(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// A free slot, with a line for this request.
    fn slot(&mut self, head: &RequestHead<'_>, exchange: &Exchange<'_>) -> Option<u32> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                let number = u32::try_from(self.slots.len()).ok()?;
                let waker = Arc::new(SlotWaker::new(number, self.woken.clone()?));
                self.slots.push(Slot {
                    future: Box::pin(None),
                    line: Rc::new(self.line(waker.clone())),
                    waker: waker.into(),
                    open: None,
                });
                number
            }
        };
        let slot = &mut self.slots[number as usize];
        if Rc::get_mut(&mut slot.line).is_none() {
            // An earlier tenant has left a piece of itself with somebody: that keeps the old line.
            let waker = slot.line.waker.clone();
            self.slots[number as usize].line = Rc::new(self.line(waker));
        }
        let slot = &mut self.slots[number as usize];
        if let Some(line) = Rc::get_mut(&mut slot.line) {
            line.head.copy_from(head);
            line.peer = exchange.peer().copied();
            line.id.set(Some(exchange.id()));
            line.state.get_mut().reset();
        }
        slot.open = Some(exchange.id());
        Some(number)
    }

    fn line(&self, waker: Arc<SlotWaker>) -> Line {
        Line {
            head: OwnedHead::default(),
            peer: None,
            id: None.into(),
            clock: self.clock.clone(),
            pool: self.pool.clone(),
            waker,
            state: State::default().into(),
        }
    }

    /// Polls the future in `number` and carries out what it wants; frees the slot if all is done.
    fn drive(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        let slot = &mut self.slots[number as usize];
        slot.line.state.borrow_mut().room = if exchange.ended() { 0 } else { exchange.room() };
        let reply = slot.poll();
        let mut outcome = slot.line.state.borrow_mut().carry_out(exchange);
        if outcome.is_ok()
            && let Some(reply) = reply
        {
            outcome = respond(reply, exchange);
        }
        if let Err(error) = outcome {
            tracing::error!(id = ?exchange.id(), %error, "a future's answer is not valid");
            exchange.abort();
        }
        if exchange.ended() {
            self.end(number, None);
        } else {
            exchange.promise();
        }
    }

    /// The exchange of `number` has ended. A future that goes on is polled without it.
    fn end(&mut self, number: u32, why: Option<Gone>) {
        let slot = &mut self.slots[number as usize];
        if let Some(id) = slot.open.take() {
            // Most have never been there: their futures were ready at once.
            if !self.by_exchange.is_empty() {
                self.by_exchange.remove(&id);
            }
        }
        {
            let mut state = slot.line.state.borrow_mut();
            state.ended = true;
            state.gone = why;
            state.orders.clear();
            state.wake_reader();
            state.wake_writer();
        }
        if why.is_some() {
            slot.future.set(None);
        }
        self.free_if_done(number);
    }

    fn free_if_done(&mut self, number: u32) {
        let slot = &mut self.slots[number as usize];
        if slot.open.is_none() && slot.future.is_none() {
            if let Ok(mut state) = slot.line.state.try_borrow_mut()
                && state.arrived.capacity() > KEPT_CONTENT
            {
                state.arrived = Vec::new();
            }
            self.free.push(number);
        }
    }

    fn number(&self, exchange: &Exchange<'_>) -> Option<u32> {
        self.by_exchange.get(&exchange.id()).copied()
    }
}

impl<F: Future<Output: Into<Reply>>> Slot<F> {
    /// Polls the future once; `Some` if it is done, and then it is gone.
    fn poll(&mut self) -> Option<Reply> {
        self.line.waker.look();
        let mut cx = Context::from_waker(&self.waker);
        match self.future.as_mut().as_pin_mut()?.poll(&mut cx) {
            Poll::Pending => None,
            Poll::Ready(reply) => {
                let reply = reply.into();
                self.future.set(None);
                Some(reply)
            }
        }
    }
}

/// Gives the answer of a future that is done.
fn respond(reply: Reply, exchange: &mut Exchange<'_>) -> Result<(), ExchangeError> {
    match reply {
        Reply::Answer(answer) => answer.lend(|answer| exchange.respond(answer)),
        Reply::Prepared(answer) => exchange.respond_prepared(&answer),
        Reply::Written => Ok(()),
    }
}

impl<H: AsyncHandler> Application for Tasks<H> {
    fn attach(&mut self, _worker: u16, post: &Arc<dyn Post>) {
        self.woken = Some(Arc::new(Woken::new(post.clone())));
    }

    fn takes_connect(&self) -> bool {
        self.connect
    }

    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        let Some(number) = self.slot(head, exchange) else {
            let answer = Answer::new(Status::SERVICE_UNAVAILABLE);
            let _ = exchange.respond(&answer);
            return;
        };
        let slot = &mut self.slots[number as usize];
        {
            let mut state = slot.line.state.borrow_mut();
            match content {
                Incoming::None => state.complete = true,
                Incoming::Whole(content) => {
                    state.arrived.extend_from_slice(content);
                    state.complete = true;
                }
                Incoming::Follows { .. } => {}
            }
        }
        let future = self.handler.call(Call::new(slot.line.clone()));
        slot.future.set(Some(future));
        // Before the first poll: should that panic, the slot is found and emptied.
        let id = exchange.id();
        self.drive_first(number, id, exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        let Some(number) = self.number(exchange) else { return };
        {
            let mut state = self.slots[number as usize].line.state.borrow_mut();
            state.credit = state.credit.saturating_sub(octets.len() as u64);
            state.arrived.extend_from_slice(octets);
            // It waits for all: there is nothing to look at yet.
            if state.collecting {
                return;
            }
            state.wake_reader();
        }
        self.drive(number, exchange);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        let Some(number) = self.number(exchange) else { return };
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let pairs = fields.iter().map(|field| (text(field.name), text(field.value)));
        self.slots[number as usize].line.state.borrow_mut().trailers = pairs.collect();
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        let Some(number) = self.number(exchange) else { return };
        {
            let mut state = self.slots[number as usize].line.state.borrow_mut();
            state.complete = true;
            state.wake_reader();
        }
        self.drive(number, exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.resume(exchange);
    }

    fn next_ready(&mut self, now: Time) -> Option<ExchangeId> {
        self.clock.tick(now);
        loop {
            let Some(number) = self.due.pop() else {
                let woken = self.woken.as_ref()?;
                woken.take(&mut self.due);
                if self.due.is_empty() {
                    return None;
                }
                self.due.reverse();
                continue;
            };
            let slot = self.slots.get_mut(number as usize)?;
            if let Some(id) = slot.open {
                return Some(id);
            }
            // The exchange has ended, and the future has more to do.
            if slot.future.is_some() {
                let polled = crate::seen::guard("future", || drop(slot.poll()));
                if !polled {
                    slot.future.set(None);
                }
                self.free_if_done(number);
            }
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.clock.next()
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(number) = self.number(exchange) {
            self.slots[number as usize].line.state.borrow_mut().room = exchange.room();
            self.slots[number as usize].line.state.borrow_mut().wake_writer();
            self.drive(number, exchange);
        }
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        if let Some(number) = self.by_exchange.get(&id).copied() {
            self.end(number, Some(why));
        }
    }
}

impl<H: AsyncHandler> Tasks<H> {
    /// The first poll. Whatever comes of it, the slot can be found by its exchange until that ends.
    fn drive_first(&mut self, number: u32, id: ExchangeId, exchange: &mut Exchange<'_>) {
        let panicked = Unwinding { tasks: self, number, id };
        panicked.tasks.drive(number, exchange);
        if panicked.tasks.slots[number as usize].open.is_some() {
            panicked.tasks.by_exchange.insert(id, number);
        }
        std::mem::forget(panicked);
    }
}

/// Files a slot whose first poll has panicked, so that `gone` finds it.
struct Unwinding<'a, H: AsyncHandler> {
    tasks: &'a mut Tasks<H>,
    number: u32,
    id: ExchangeId,
}

impl<H: AsyncHandler> Drop for Unwinding<'_, H> {
    fn drop(&mut self) {
        self.tasks.by_exchange.insert(self.id, self.number);
    }
}

impl<H: AsyncHandler> fmt::Debug for Tasks<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("running", &self.running()).finish_non_exhaustive()
    }
}
