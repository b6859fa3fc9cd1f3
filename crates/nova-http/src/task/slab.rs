//! Futures in their slots.
//!
//! A slot is taken for each request and used again: its box, its line and its waker stay, so that a
//! request in the steady state allocates nothing. There are as many as there were futures at once.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::line::{Ended, Line};
use super::reply::Reply;
use super::time::Clock;
use super::wake::{SlotWaker, Woken};
use crate::blocking::Pool;
use crate::exchange::{Exchange, ExchangeId, Gone};
use crate::request::{Incoming, OwnedHead, RequestHead};
use crate::seen::guard;

/// Where one future lives.
pub(super) struct Slot<F> {
    pub(super) future: Pin<Box<Option<F>>>,
    pub(super) line: Rc<Line>,
    pub(super) waker: Waker,
    /// The exchange is open: the future is polled when it is lent.
    pub(super) open: Option<ExchangeId>,
}

/// All slots of a worker.
pub(super) struct Slab<F> {
    pub(super) slots: Vec<Slot<F>>,
    free: Vec<u32>,
    pub(super) clock: Clock,
    pool: Pool,
}

impl<F> Slab<F> {
    pub(super) fn new(pool: Pool) -> Self {
        Self { slots: Vec::new(), free: Vec::new(), clock: Clock::default(), pool }
    }

    /// How many futures there are.
    pub(super) fn running(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// A free slot, with a line for this request.
    #[inline]
    pub(super) fn take(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &Exchange<'_>,
        woken: &Arc<Woken>,
    ) -> Option<u32> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => self.grow(exchange.id(), woken)?,
        };
        let slot = &mut self.slots[number as usize];
        if Rc::get_mut(&mut slot.line).is_none() {
            // An earlier tenant has left a piece of itself with somebody: that keeps the old line.
            let waker = slot.line.waker.clone();
            slot.line = Rc::new(line(exchange.id(), &self.clock, &self.pool, waker));
        }
        if let Some(line) = Rc::get_mut(&mut slot.line) {
            line.head.copy_from(head);
            line.peer = exchange.peer().copied();
            line.id = exchange.id();
            line.attended.set(false);
            line.left_behind.set(false);
            let state = line.state.get_mut();
            state.reset();
            state.room = exchange.room();
            match content {
                Incoming::None => state.complete = true,
                Incoming::Whole(content) => {
                    state.arrived.extend_from_slice(content);
                    state.complete = true;
                }
                Incoming::Follows { .. } => {}
            }
        }
        slot.open = Some(exchange.id());
        Some(number)
    }

    #[cold]
    fn grow(&mut self, id: ExchangeId, woken: &Arc<Woken>) -> Option<u32> {
        let number = u32::try_from(self.slots.len()).ok()?;
        let waker = Arc::new(SlotWaker::new(number, woken.clone()));
        self.slots.push(Slot {
            future: Box::pin(None),
            line: Rc::new(line(id, &self.clock, &self.pool, waker.clone())),
            waker: waker.into(),
            open: None,
        });
        Some(number)
    }

    /// The exchange of `number` has ended, which its future learns, if it goes on.
    #[inline]
    pub(super) fn end(&mut self, number: u32, ended: Ended) {
        let slot = &mut self.slots[number as usize];
        slot.open = None;
        let mut state = slot.line.state.borrow_mut();
        state.ended = Some(ended);
        let used = !state.orders.is_empty() || state.reader.is_some() || state.writer.is_some();
        drop(state);
        if used {
            slot.line.let_go();
        }
        self.free_if_done(number);
    }

    /// The exchange of `number` has ended too early: its future is dropped.
    pub(super) fn abandon(&mut self, number: u32, why: Gone) {
        // First, so that a future that is dropped finds its exchange ended.
        self.slots[number as usize].line.state.borrow_mut().ended = Some(Ended::Gone(why));
        self.slots[number as usize].discard();
        self.end(number, Ended::Gone(why));
    }

    /// To be called once, when either the exchange or the future has ended last.
    #[inline]
    pub(super) fn free_if_done(&mut self, number: u32) {
        let slot = &mut self.slots[number as usize];
        if slot.open.is_none() && slot.future.is_none() {
            slot.line.shrink();
            self.free.push(number);
        }
    }
}

fn line(id: ExchangeId, clock: &Clock, pool: &Pool, waker: Arc<SlotWaker>) -> Line {
    Line {
        head: OwnedHead::default(),
        peer: None,
        id,
        clock: clock.clone(),
        pool: pool.clone(),
        waker,
        attended: false.into(),
        left_behind: false.into(),
        state: Default::default(),
    }
}

impl<F> Slot<F> {
    /// Drops the future. A panic of its drop goes no further.
    pub(super) fn discard(&mut self) {
        if self.future.is_some() {
            guard("drop of a future", || self.future.set(None));
        }
    }
}

impl<F: Future<Output: Into<Reply>>> Slot<F> {
    /// Polls the future once; `Some` if it is done, and then it is gone.
    #[inline]
    pub(super) fn poll(&mut self) -> Option<Reply> {
        let Self { future, line, waker, open } = self;
        let future = future.as_mut();
        // A look without a future would be one too, and there is none to poll.
        line.waker.look();
        let attention = Attention::begin(line, open.is_some());
        let mut cx = Context::from_waker(waker);
        let mut future = future;
        let reply = match future.as_mut().as_pin_mut()?.poll(&mut cx) {
            Poll::Pending => return None,
            Poll::Ready(reply) => reply.into(),
        };
        future.set(None);
        drop(attention);
        Some(reply)
    }
}

/// While a future is polled its worker attends to it, and knows what time it is. Ends with a panic,
/// too.
struct Attention<'a> {
    line: &'a Line,
    before: bool,
}

impl<'a> Attention<'a> {
    #[inline]
    fn begin(line: &'a Line, open: bool) -> Self {
        line.attended.set(open);
        Self { line, before: line.clock.turning(true) }
    }
}

impl Drop for Attention<'_> {
    #[inline]
    fn drop(&mut self) {
        self.line.attended.set(false);
        self.line.clock.turning(self.before);
    }
}

impl<F> Drop for Slab<F> {
    fn drop(&mut self) {
        // Futures that have outlived all connections; a panic of one must not keep the others.
        self.slots.iter_mut().for_each(Slot::discard);
    }
}
