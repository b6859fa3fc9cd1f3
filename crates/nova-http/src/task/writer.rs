//! Writing content in a future.

use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;

use super::line::{Line, Order, Pairs};
use super::reply::Reply;
use crate::out::SHARED_AT_ONCE;
use crate::remote::Lost;

/// Writes the content of an answer that was started. Dropped before [`Writer::finish`] it aborts the
/// answer: the client sees a reset and cannot take what it got for the whole.
///
/// It may go to another task of the worker's thread, and go on there when the handler's future has
/// answered [`Reply::Written`].
///
/// ```
/// use nova_http::{Call, Lost, OwnedStreamed, Reply, Status};
///
/// async fn count(mut call: Call) -> Result<Reply, Lost> {
///     let head = OwnedStreamed::new(Status::OK).field("content-type", "text/plain");
///     let mut writer = call.start(head);
///     for number in 0..1_000_000 {
///         // No faster than the client reads.
///         writer.write(format!("{number}\n").as_bytes()).await?;
///     }
///     Ok(writer.finish())
/// }
/// # fn takes(_: impl nova_http::AsyncHandler) {}
/// # takes(count);
/// ```
#[must_use = "dropping it aborts the answer"]
pub struct Writer {
    line: Rc<Line>,
    finished: bool,
}

impl Writer {
    pub(super) fn new(line: Rc<Line>) -> Self {
        Self { line, finished: false }
    }

    /// Writes all of `octets`, waiting for room as often as needed. Dropped halfway, it has written
    /// a part of them.
    ///
    /// # Errors
    /// [`Lost`] if the exchange has ended.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), Lost> {
        write(&self.line, octets).await
    }

    /// As [`Writer::write`], of octets that have other owners, too: large pieces are not copied, but
    /// held until they have left.
    ///
    /// # Errors
    /// [`Lost`] if the exchange has ended.
    pub async fn write_shared(&mut self, octets: Bytes) -> Result<(), Lost> {
        share(&self.line, octets).await
    }

    /// Ends the answer.
    pub fn finish(self) -> Reply {
        self.finish_with(&[])
    }

    /// Ends the answer with a trailer section, which only chunked content has.
    pub fn finish_with(mut self, trailers: &[(&str, &str)]) -> Reply {
        self.finished = true;
        self.line.order(Order::Finish(owned(trailers)));
        Reply::Written
    }

    /// Whether the exchange has ended, so that writing on is in vain.
    pub fn is_lost(&self) -> bool {
        self.line.state.borrow().ended.is_some()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            self.line.order(Order::Abort);
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("finished", &self.finished).finish_non_exhaustive()
    }
}

/// Field lines that outlive the callback.
pub(super) fn owned(fields: &[(&str, &str)]) -> Pairs {
    fields.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

/// Writes all of `octets`, by reference: pieces are queued as long as they leave in one call.
async fn share(line: &Line, octets: Bytes) -> Result<(), Lost> {
    let mut octets = Some(octets);
    poll_fn(|cx| {
        let taken = {
            let mut state = line.state.borrow_mut();
            if state.ended.is_some() {
                return Poll::Ready(Err(Lost));
            }
            let room = state.room > 0 && state.shared < SHARED_AT_ONCE;
            match octets.take_if(|_| room) {
                Some(piece) => {
                    state.shared += piece.len();
                    state.orders.push_back(Order::Share(piece));
                    true
                }
                None => false,
            }
        };
        if !taken {
            line.wait_as_writer(cx);
        }
        line.touch();
        if taken { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

/// Writes all of `octets`.
pub(super) async fn write(line: &Line, octets: &[u8]) -> Result<(), Lost> {
    let mut rest = octets;
    poll_fn(|cx| {
        let taken = {
            let mut state = line.state.borrow_mut();
            if state.ended.is_some() {
                return Poll::Ready(Err(Lost));
            }
            let count = state.room.min(rest.len());
            state.room -= count;
            if count > 0 {
                if let Some(Order::Write(queued)) = state.orders.back_mut() {
                    queued.extend_from_slice(&rest[..count]);
                } else {
                    let mut queued = std::mem::take(&mut state.spare);
                    queued.extend_from_slice(&rest[..count]);
                    state.orders.push_back(Order::Write(queued));
                }
            }
            count
        };
        rest = &rest[taken..];
        let waits = !rest.is_empty();
        if waits {
            line.wait_as_writer(cx);
        }
        if taken > 0 || waits {
            line.touch();
        }
        if waits { Poll::Pending } else { Poll::Ready(Ok(())) }
    })
    .await
}
