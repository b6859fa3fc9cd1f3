//! What a future and its worker say to each other about one exchange.
//!
//! The line's state is borrowed only for looks at it: never while somebody else's code runs, be it a
//! waker, the drop of one (which may drop a whole task), or the exchange.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use bytes::Bytes;

use super::content::ContentError;
use super::time::Clock;
use super::wake::SlotWaker;
use crate::answer::{OwnedStreamed, Status};
use crate::blocking::Pool;
use crate::exchange::{Bounds, ExchangeId, Gone};
use crate::file::FileContent;
use crate::request::OwnedHead;

/// Memory of content that a line keeps for its next request.
const KEPT_CONTENT: usize = 4 * 1024;

/// Owned field lines.
pub(super) type Pairs = Vec<(String, String)>;

/// One exchange, between its future and its worker. Used again for later ones.
pub(super) struct Line {
    pub(super) head: OwnedHead,
    pub(super) peer: Option<SocketAddr>,
    pub(super) id: ExchangeId,
    pub(super) clock: Clock,
    pub(super) pool: Pool,
    pub(super) waker: Arc<SlotWaker>,
    /// The worker polls the handler's future, and looks at the line afterwards anyway.
    pub(super) attended: Cell<bool>,
    /// The handler's future is done, and the exchange is not: somebody else has the rest of it.
    pub(super) left_behind: Cell<bool>,
    pub(super) state: RefCell<State>,
}

/// What is under way on a line.
#[derive(Default)]
pub(super) struct State {
    /// Content that has arrived and was not taken.
    pub(super) arrived: Vec<u8>,
    /// All of the content has arrived.
    pub(super) complete: bool,
    /// What has arrived with the head is more than the future then allowed.
    pub(super) too_large: bool,
    pub(super) trailers: Pairs,
    /// Octets of credit granted and not used.
    pub(super) credit: u64,
    /// Octets of credit to be granted.
    pub(super) wanted: u64,
    /// Whoever reads waits for all of the content.
    pub(super) whole: bool,
    /// The content is kept until the answer is given.
    pub(super) collecting: bool,
    /// Octets that the exchange takes now, less what is queued here.
    pub(super) room: usize,
    /// Octets of shared pieces that are queued here.
    pub(super) shared: usize,
    /// What is to be done, in order.
    pub(super) orders: VecDeque<Order>,
    /// An emptied buffer for the next write.
    pub(super) spare: Vec<u8>,
    /// How it has ended.
    pub(super) ended: Option<Ended>,
    /// Who waits for content, or for room; it may be another task than the handler's.
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

/// How an exchange has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its answer is complete, or is left to the engine.
    Answered,
    /// Before that.
    Gone(Gone),
}

/// What a future wants done to its exchange.
pub(super) enum Order {
    Bound(Bounds),
    Interim(Status, Pairs),
    Start(OwnedStreamed),
    File(OwnedStreamed, FileContent),
    Tunnel(OwnedStreamed),
    Write(Vec<u8>),
    Share(Bytes),
    Finish(Pairs),
    Abort,
}

impl State {
    /// Forgets everything but its memory. Field by field, and looking first: for most requests nothing
    /// has been used.
    #[inline]
    pub(super) fn reset(&mut self) {
        self.arrived.clear();
        if !self.trailers.is_empty() {
            self.trailers.clear();
        }
        if !self.orders.is_empty() {
            self.orders.clear();
        }
        if self.reader.is_some() || self.writer.is_some() {
            (self.reader, self.writer) = (None, None);
        }
        (self.complete, self.too_large, self.whole, self.collecting) = (false, false, false, false);
        (self.credit, self.wanted, self.room, self.shared) = (0, 0, 0, 0);
        self.ended = None;
    }

    /// Whether the worker has something to do for it.
    #[inline]
    pub(super) fn wants_something(&self) -> bool {
        !self.orders.is_empty() || self.wanted > 0 || self.writer.is_some()
    }

    /// Why nothing more of the content will come, if so.
    pub(super) fn content_error(&self) -> Option<ContentError> {
        if self.too_large {
            return Some(ContentError::TooLarge);
        }
        match self.ended {
            Some(Ended::Gone(why)) => Some(ContentError::Gone(why)),
            Some(Ended::Answered) if !self.complete => Some(ContentError::Answered),
            Some(Ended::Answered) | None => None,
        }
    }
}

impl Line {
    /// Leaves an order for the worker.
    pub(super) fn order(&self, order: Order) {
        {
            let mut state = self.state.borrow_mut();
            if state.ended.is_some() {
                return;
            }
            state.orders.push_back(order);
        }
        self.touch();
    }

    /// The worker is to look at the line, in case that it is another task that writes into it.
    pub(super) fn touch(&self) {
        if !self.attended.get() {
            self.waker.wake_by_ref();
        }
    }

    /// The exchange has ended: what was to be done is forgotten, and whoever waits is woken.
    #[cold]
    pub(super) fn let_go(&self) {
        let (orders, reader, writer) = {
            let mut state = self.state.borrow_mut();
            (std::mem::take(&mut state.orders), state.reader.take(), state.writer.take())
        };
        drop(orders);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    /// Gives back what is more than the next request will need.
    #[inline]
    pub(super) fn shrink(&self) {
        let mut state = self.state.borrow_mut();
        if state.arrived.capacity() > KEPT_CONTENT {
            state.arrived = Vec::new();
        }
        if state.spare.capacity() > KEPT_CONTENT {
            state.spare = Vec::new();
        }
    }

    /// From now on `cx` is who waits for content.
    pub(super) fn wait_as_reader(&self, cx: &Context<'_>) {
        self.wait(cx, |state| &mut state.reader);
    }

    /// From now on `cx` is who waits for room.
    pub(super) fn wait_as_writer(&self, cx: &Context<'_>) {
        self.wait(cx, |state| &mut state.writer);
    }

    fn wait(&self, cx: &Context<'_>, who: fn(&mut State) -> &mut Option<Waker>) {
        let same = |waker: &Waker| waker.will_wake(cx.waker());
        if who(&mut self.state.borrow_mut()).as_ref().is_some_and(same) {
            return;
        }
        let waker = cx.waker().clone();
        let before = who(&mut self.state.borrow_mut()).replace(waker);
        drop(before);
    }
}
