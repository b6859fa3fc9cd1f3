//! What a future and its worker say to each other about one exchange.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;

use nova_http1::Fields;

use super::time::Clock;
use super::wake::SlotWaker;
use crate::answer::{OwnedStreamed, Status};
use crate::blocking::Pool;
use crate::exchange::{Bounds, Exchange, ExchangeError, ExchangeId, Gone};
use crate::file::FileContent;
use crate::request::OwnedHead;

/// Owned field lines.
pub(super) type Pairs = Vec<(String, String)>;

/// One exchange, between its future and its worker. Used again for later ones.
pub(super) struct Line {
    pub(super) head: OwnedHead,
    pub(super) peer: Option<SocketAddr>,
    pub(super) id: Cell<Option<ExchangeId>>,
    pub(super) clock: Clock,
    pub(super) pool: Pool,
    pub(super) waker: Arc<SlotWaker>,
    pub(super) state: RefCell<State>,
}

/// What is under way on a line.
#[derive(Default)]
pub(super) struct State {
    /// Content that has arrived and was not taken; the first `taken` octets were.
    pub(super) arrived: Vec<u8>,
    pub(super) taken: usize,
    /// All of the content has arrived.
    pub(super) complete: bool,
    pub(super) trailers: Pairs,
    /// Octets of credit granted and not used.
    pub(super) credit: u64,
    /// Octets of credit to be granted.
    pub(super) wanted: u64,
    /// The content is kept until the answer is given.
    pub(super) collecting: bool,
    /// Octets that the exchange takes now, less what is queued here.
    pub(super) room: usize,
    /// What is to be done, in order.
    pub(super) orders: VecDeque<Order>,
    /// Why the exchange has ended early.
    pub(super) gone: Option<Gone>,
    /// It has ended, one way or the other.
    pub(super) ended: bool,
    /// The future waits for content, or for room; it may be another task than the handler's.
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

/// What a future wants done to its exchange.
pub(super) enum Order {
    Bound(Bounds),
    Interim(Status, Pairs),
    Start(OwnedStreamed),
    File(OwnedStreamed, FileContent),
    Tunnel(OwnedStreamed),
    Write(Vec<u8>),
    Finish(Pairs),
    Abort,
}

impl State {
    /// Forgets everything but its memory.
    pub(super) fn reset(&mut self) {
        let (mut arrived, mut orders) =
            (std::mem::take(&mut self.arrived), std::mem::take(&mut self.orders));
        arrived.clear();
        orders.clear();
        *self = Self { arrived, orders, ..Self::default() };
    }

    /// Content that was not taken.
    pub(super) fn at_hand(&self) -> &[u8] {
        &self.arrived[self.taken..]
    }

    pub(super) fn wake_reader(&mut self) {
        if let Some(waker) = self.reader.take() {
            waker.wake();
        }
    }

    pub(super) fn wake_writer(&mut self) {
        if let Some(waker) = self.writer.take() {
            waker.wake();
        }
    }

    /// Does what the future wants done.
    pub(super) fn carry_out(&mut self, exchange: &mut Exchange<'_>) -> Result<(), ExchangeError> {
        while let Some(order) = self.orders.pop_front() {
            match order {
                Order::Bound(bounds) => exchange.bound(&bounds),
                Order::Interim(status, fields) => {
                    lend(&fields, |fields| exchange.interim(status, fields))?;
                }
                Order::Start(head) => head.lend(|head| exchange.start(head))?,
                Order::File(head, content) => {
                    head.lend(|head| exchange.respond_file(head, content))?;
                }
                Order::Tunnel(head) => {
                    head.lend(|head| exchange.tunnel(head.status, head.fields))?;
                }
                Order::Write(octets) => {
                    let written = exchange.write(&octets)?.octets;
                    if written < octets.len() {
                        self.orders.push_front(Order::Write(octets[written..].to_vec()));
                        break;
                    }
                }
                Order::Finish(trailers) if trailers.is_empty() => exchange.finish()?,
                Order::Finish(trailers) => lend(&trailers, |fields| exchange.finish_with(fields))?,
                Order::Abort => exchange.abort(),
            }
        }
        if self.collecting {
            exchange.collect();
        }
        let wanted = std::mem::take(&mut self.wanted);
        if wanted > 0 {
            self.credit = self.credit.saturating_add(wanted);
            exchange.grant(wanted);
        }
        self.look_for_room(exchange);
        Ok(())
    }

    /// Notes how much can be written, and asks to be told if that is nothing.
    fn look_for_room(&mut self, exchange: &mut Exchange<'_>) {
        self.room = if self.orders.is_empty() { exchange.room() } else { 0 };
        if self.writer.is_some() {
            if self.room > 0 { self.wake_writer() } else { exchange.wait_for_room() }
        }
    }
}

fn lend<R>(pairs: &Pairs, give: impl FnOnce(Fields<'_>) -> R) -> R {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    give(Fields::from_pairs(&pairs))
}
