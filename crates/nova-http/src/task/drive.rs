//! One poll, and what becomes of its exchange.

use std::cell::RefMut;
use std::rc::Rc;
use std::task::Waker;

use super::carry::Carried;
use super::line::{Ended, State};
use super::{AsyncHandler, Reply, Tasks};
use crate::exchange::{Exchange, ExchangeError};
use crate::remote::Late;
use crate::seen::guard;

impl<H: AsyncHandler> Tasks<H> {
    /// Polls the future in `number` and carries out what it wants; frees the slot if all is done.
    #[inline]
    pub(super) fn drive(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        self.slab.slots[number as usize].line.look_at_room(exchange);
        self.poll(number, exchange);
    }

    #[inline]
    pub(super) fn poll(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        let slot = &mut self.slab.slots[number as usize];
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
                exchange.abort();
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
    pub(super) fn end(&mut self, number: u32, ended: Ended) {
        // Most have never been there: their futures were ready at once.
        if !self.by_exchange.is_empty()
            && let Some(id) = self.slab.slots[number as usize].open
        {
            self.by_exchange.remove(&id);
        }
        self.slab.end(number, ended);
    }

    pub(super) fn number(&self, exchange: &Exchange<'_>) -> Option<u32> {
        self.by_exchange.get(&exchange.id()).copied()
    }

    pub(super) fn state(&self, number: u32) -> RefMut<'_, State> {
        self.slab.slots[number as usize].line.state.borrow_mut()
    }

    /// What `waiting` has waited for has come: the handler's future is polled, another task woken.
    pub(super) fn tell(
        &mut self,
        number: u32,
        waiting: Option<Waker>,
        exchange: &mut Exchange<'_>,
    ) {
        match waiting {
            Some(waker) if waker.will_wake(&self.slab.slots[number as usize].waker) => {
                self.drive(number, exchange);
            }
            Some(waker) => waker.wake(),
            None => {}
        }
    }

    /// Polls a future whose exchange has ended.
    pub(super) fn poll_alone(&mut self, number: u32) {
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
