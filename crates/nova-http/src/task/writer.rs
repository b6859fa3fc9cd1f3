//! Writing content in a future.

use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;

use super::content::ContentError;
use super::line::{Line, Order, Pairs};
use super::reply::Reply;
use crate::remote::Lost;

/// Writes the content of an answer that was started. Dropped before [`Writer::finish`] it aborts the
/// answer: the client sees a reset and cannot take what it got for the whole.
#[must_use = "dropping it aborts the answer"]
pub struct Writer {
    line: Rc<Line>,
    finished: bool,
}

impl Writer {
    pub(super) fn new(line: Rc<Line>) -> Self {
        Self { line, finished: false }
    }

    /// Writes all of `octets`, waiting for room as often as needed.
    ///
    /// # Errors
    /// [`Lost`] if the exchange has ended.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), Lost> {
        write(&self.line, octets).await
    }

    /// Ends the answer.
    pub fn finish(self) -> Reply {
        self.finish_with(Pairs::new())
    }

    /// Ends the answer with a trailer section, which only chunked content has.
    pub fn finish_with(mut self, trailers: Pairs) -> Reply {
        self.finished = true;
        order(&self.line, Order::Finish(trailers));
        Reply::Written
    }

    /// Whether the client has gone, so that writing on is in vain.
    pub fn is_lost(&self) -> bool {
        self.line.state.borrow().ended
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            order(&self.line, Order::Abort);
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("finished", &self.finished).finish_non_exhaustive()
    }
}

/// Both directions of a tunnel. Dropped before [`TunnelEnds::finish`] it resets the connection.
#[must_use = "dropping it resets the connection"]
pub struct TunnelEnds {
    line: Rc<Line>,
    finished: bool,
}

impl TunnelEnds {
    pub(super) fn new(line: Rc<Line>) -> Self {
        Self { line, finished: false }
    }

    /// The next octets of the client; `None` when it has ended its direction.
    pub async fn read(&mut self) -> Option<Result<Bytes, ContentError>> {
        self.line.chunk().await
    }

    /// Writes all of `octets`, waiting for room as often as needed.
    ///
    /// # Errors
    /// [`Lost`] if the tunnel has ended.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), Lost> {
        write(&self.line, octets).await
    }

    /// Ends our direction, and the connection.
    pub fn finish(mut self) -> Reply {
        self.finished = true;
        order(&self.line, Order::Finish(Pairs::new()));
        Reply::Written
    }
}

impl Drop for TunnelEnds {
    fn drop(&mut self) {
        if !self.finished {
            order(&self.line, Order::Abort);
        }
    }
}

impl fmt::Debug for TunnelEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelEnds").field("finished", &self.finished).finish_non_exhaustive()
    }
}

/// Leaves an order for the worker.
pub(super) fn order(line: &Line, order: Order) {
    let mut state = line.state.borrow_mut();
    if !state.ended {
        state.orders.push_back(order);
        line.touch();
    }
}

async fn write(line: &Line, octets: &[u8]) -> Result<(), Lost> {
    let mut rest = octets;
    poll_fn(|cx| {
        let mut state = line.state.borrow_mut();
        if state.ended {
            return Poll::Ready(Err(Lost));
        }
        let count = state.room.min(rest.len());
        if count > 0 {
            let (now, later) = rest.split_at(count);
            rest = later;
            state.room -= count;
            match state.orders.back_mut() {
                Some(Order::Write(queued)) => queued.extend_from_slice(now),
                _ => state.orders.push_back(Order::Write(now.to_vec())),
            }
            line.touch();
        }
        if rest.is_empty() {
            return Poll::Ready(Ok(()));
        }
        state.writer = Some(cx.waker().clone());
        line.touch();
        Poll::Pending
    })
    .await
}
