//! The worker carries out what a future wants.

use bytes::Bytes;
use std::task::Wake;

use nova_http1::Fields;

use super::line::{Line, Order, Pairs, State};
use crate::exchange::{Exchange, ExchangeError};

/// What is left to do after orders were carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// Whatever the future orders next.
    All,
    /// The engine has got the rest of the answer.
    ToEngine,
}

impl Line {
    /// Notes how much a poll may write.
    #[inline]
    pub(super) fn look_at_room(&self, exchange: &Exchange<'_>) {
        let mut state = self.state.borrow_mut();
        // What is queued goes first.
        state.room = if state.orders.is_empty() { exchange.room() } else { 0 };
    }

    /// Does what the future wants done, in its order, as far as there is room.
    pub(super) fn carry_out(&self, exchange: &mut Exchange<'_>) -> Result<Carried, ExchangeError> {
        loop {
            // Not in the condition of a `while let`, which would keep it borrowed.
            let order = self.state.borrow_mut().orders.pop_front();
            match order {
                None => break,
                Some(Order::Bound(bounds)) => exchange.bound(&bounds),
                Some(Order::Interim(status, fields)) => {
                    let sent = lend(&fields, |fields| exchange.interim(status, fields));
                    if let Err(error) = sent {
                        tracing::error!(%error, "an interim response cannot be sent");
                    }
                }
                Some(Order::Start(head)) => {
                    // Who reads and writes at once has not given an early answer.
                    self.grant(exchange);
                    head.lend(|head| exchange.start(head))?;
                }
                Some(Order::File(head, content)) => {
                    head.lend(|head| exchange.respond_file(head, content))?;
                    return Ok(Carried::ToEngine);
                }
                Some(Order::Tunnel(head)) => {
                    head.lend(|head| exchange.tunnel(head.status, head.fields))?;
                    // The connection becomes a tunnel after this call; what comes next is for that.
                    self.waker.wake_by_ref();
                    break;
                }
                Some(Order::Write(octets)) => {
                    if !self.write(octets, exchange)? {
                        break;
                    }
                }
                Some(Order::Share(piece)) => {
                    if !self.share(piece, exchange)? {
                        break;
                    }
                }
                Some(Order::Finish(trailers)) if trailers.is_empty() => exchange.finish()?,
                Some(Order::Finish(trailers)) => {
                    lend(&trailers, |fields| exchange.finish_with(fields))?;
                }
                Some(Order::Abort) => exchange.abort(),
            }
        }
        self.grant(exchange);
        self.look_for_room(exchange);
        Ok(Carried::All)
    }

    /// Grants the credit that is wanted.
    fn grant(&self, exchange: &mut Exchange<'_>) {
        let (collecting, wanted) = self.state.borrow_mut().take_wanted();
        if wanted > 0 {
            if collecting {
                exchange.collect();
            }
            exchange.grant(wanted);
        }
    }

    /// Writes; `false` if not all was taken. The rest is then first in the queue.
    fn write(
        &self,
        mut octets: Vec<u8>,
        exchange: &mut Exchange<'_>,
    ) -> Result<bool, ExchangeError> {
        let written = exchange.write(&octets)?.octets;
        let mut state = self.state.borrow_mut();
        octets.drain(..written);
        if octets.is_empty() {
            state.spare = octets;
            return Ok(true);
        }
        state.orders.push_front(Order::Write(octets));
        Ok(false)
    }

    /// Writes a shared piece; `false` if not all was taken. The rest is then first in the queue.
    fn share(&self, mut piece: Bytes, exchange: &mut Exchange<'_>) -> Result<bool, ExchangeError> {
        let written = exchange.write_shared(&piece)?.octets;
        let mut state = self.state.borrow_mut();
        state.shared = state.shared.saturating_sub(written);
        if written == piece.len() {
            return Ok(true);
        }
        state.orders.push_front(Order::Share(piece.split_off(written)));
        Ok(false)
    }

    /// Notes how much can be written. Whoever waits for room is woken, or the protocol is asked to
    /// tell when there is some.
    fn look_for_room(&self, exchange: &mut Exchange<'_>) {
        let room = exchange.room();
        let waiting = {
            let mut state = self.state.borrow_mut();
            state.room = if state.orders.is_empty() { room } else { 0 };
            match state.room {
                0 if state.writer.is_some() => None,
                0 => return,
                _ => state.writer.take(),
            }
        };
        match waiting {
            Some(writer) => writer.wake(),
            None if room == 0 => exchange.wait_for_room(),
            None => {}
        }
    }
}

impl State {
    fn take_wanted(&mut self) -> (bool, u64) {
        let wanted = std::mem::take(&mut self.wanted);
        self.credit = self.credit.saturating_add(wanted);
        (self.collecting, wanted)
    }
}

fn lend<R>(pairs: &Pairs, give: impl FnOnce(Fields<'_>) -> R) -> R {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    give(Fields::from_pairs(&pairs))
}
