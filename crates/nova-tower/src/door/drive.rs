//! One poll of a request, and what becomes of its exchange.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use http::Response;
use nova_http::{Answer, Exchange, Status};

use super::Door;
use crate::answer::{self, Progress, Unsendable};
use crate::app::{BoxError, Instance};
use crate::inflow::Cut;
use crate::slot::{Stage, StagePlace};

impl<I: Instance> Door<I> {
    /// Polls whatever answers the request in `number`, and does what comes of it.
    #[inline]
    pub(super) fn drive(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        let slot = &mut self.slab.slots[number as usize];
        slot.wakes.look();
        if let Some(inflow) = &slot.inflow {
            inflow.attend();
        }
        let mut cx = Context::from_waker(&slot.waker);
        let response = match slot.stage.as_mut().project() {
            // There is no future, but there may be what it has accepted.
            #[cfg(feature = "upgrade")]
            StagePlace::Empty => return self.go_on_upgraded(number, exchange),
            #[cfg(not(feature = "upgrade"))]
            StagePlace::Empty => return,
            StagePlace::Waiting { .. } => return self.admit(number, exchange),
            StagePlace::Calling { future } => match future.poll(&mut cx) {
                Poll::Ready(response) => Some(response),
                Poll::Pending => {
                    slot.grant(exchange);
                    return exchange.promise();
                }
            },
            StagePlace::Sending { .. } => None,
        };
        match response {
            Some(Ok(response)) => self.answer(number, response, exchange),
            Some(Err(error)) => self.failed(number, &error.into(), exchange),
            None => {
                let StagePlace::Sending { content } = slot.stage.as_mut().project() else { return };
                let outcome = answer::go_on(content, &mut slot.outflow, &mut cx, exchange);
                self.settle(number, outcome, exchange);
            }
        }
    }

    #[inline]
    fn answer(&mut self, number: u32, response: Response<I::Content>, exchange: &mut Exchange<'_>) {
        #[cfg(feature = "upgrade")]
        let Some(response) = self.accept_upgrade(number, response, exchange) else { return };
        let slot = &mut self.slab.slots[number as usize];
        // Who reads and writes at once has not given an early answer.
        slot.grant(exchange);
        if let Some(inflow) = &slot.inflow {
            inflow.attend();
        }
        let (parts, content) = response.into_parts();
        slot.stage.set(Stage::Sending { content });
        let StagePlace::Sending { content } = slot.stage.as_mut().project() else { return };
        let mut cx = Context::from_waker(&slot.waker);
        let outflow = &mut slot.outflow;
        let outcome =
            answer::begin(&parts, content, slot.asked_for_head, outflow, &mut cx, exchange);
        self.heads.give_back(parts.headers);
        self.settle(number, outcome, exchange);
    }

    #[inline]
    fn settle(
        &mut self,
        number: u32,
        outcome: Result<Progress, Unsendable>,
        exchange: &mut Exchange<'_>,
    ) {
        match outcome {
            Ok(Progress::Ended) => self.end(number),
            Ok(Progress::GoesOn) => self.slab.slots[number as usize].grant(exchange),
            Err(why) => self.unsendable(number, &why, exchange),
        }
    }

    #[cold]
    pub(super) fn unsendable(
        &mut self,
        number: u32,
        why: &Unsendable,
        exchange: &mut Exchange<'_>,
    ) {
        let id = exchange.id();
        match why {
            Unsendable::Engine(error) => tracing::error!(?id, %error, "a response is not valid"),
            Unsendable::Body(error) => {
                tracing::error!(?id, %error, "the body of a response failed")
            }
            Unsendable::Status(status) => {
                tracing::error!(?id, %status, "a response has a status that is not final");
            }
        }
        self.give_up(number, exchange);
    }

    #[cold]
    pub(super) fn failed(&mut self, number: u32, error: &BoxError, exchange: &mut Exchange<'_>) {
        tracing::error!(id = ?exchange.id(), %error, "a service failed");
        self.give_up(number, exchange);
    }

    /// 500, or a reset if a part of an answer has left.
    fn give_up(&mut self, number: u32, exchange: &mut Exchange<'_>) {
        if exchange.respond(&Answer::new(Status::INTERNAL_SERVER_ERROR)).is_err() {
            exchange.abort();
        }
        self.end(number);
    }

    /// The exchange of `number` has got its answer.
    #[inline]
    pub(super) fn end(&mut self, number: u32) {
        // Most have never been there: their futures were ready at once.
        if !self.by_exchange.is_empty()
            && let Some(id) = self.slab.slots[number as usize].open
        {
            self.by_exchange.remove(&id);
        }
        self.slab.end(number, Cut::Answered);
    }

    /// What `reader` has waited for has come: the handler's future is polled, another task woken.
    pub(super) fn tell(&mut self, number: u32, reader: Option<Waker>, exchange: &mut Exchange<'_>) {
        match reader {
            Some(waker) if waker.will_wake(&self.slab.slots[number as usize].waker) => {
                self.drive(number, exchange);
            }
            Some(waker) => waker.wake(),
            None => {}
        }
    }
}
