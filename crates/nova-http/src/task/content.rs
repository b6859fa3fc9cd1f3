//! Receiving content in a future.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::line::Line;
use crate::answer::{OwnedAnswer, Status};
use crate::exchange::Gone;
use crate::task::Reply;

/// Credit that a reader of pieces has: about what one receive brings.
const WINDOW: u64 = 64 * 1024;

/// Content will never be complete: the exchange has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentError(pub Gone);

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the content did not arrive whole: {:?}", self.0)
    }
}

impl std::error::Error for ContentError {}

impl From<ContentError> for Reply {
    /// Nobody will read it.
    fn from(_: ContentError) -> Self {
        Self::Answer(OwnedAnswer::empty(Status::BAD_REQUEST))
    }
}

impl Line {
    /// The next piece of content; `None` after the last one.
    pub(super) async fn chunk(&self) -> Option<Result<Bytes, ContentError>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    fn poll_chunk(&self, cx: &Context<'_>) -> Poll<Option<Result<Bytes, ContentError>>> {
        let mut state = self.state.borrow_mut();
        if !state.at_hand().is_empty() {
            let piece = Bytes::copy_from_slice(state.at_hand());
            state.arrived.clear();
            state.taken = 0;
            return Poll::Ready(Some(Ok(piece)));
        }
        if state.complete {
            return Poll::Ready(None);
        }
        if let Some(gone) = state.gone {
            return Poll::Ready(Some(Err(ContentError(gone))));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        state.wanted = WINDOW.saturating_sub(state.credit);
        self.ask_for_more(&mut state, cx);
        Poll::Pending
    }

    /// Waits for all of the content.
    pub(super) async fn content(&self) -> Result<Vec<u8>, ContentError> {
        poll_fn(|cx| {
            let mut state = self.state.borrow_mut();
            if state.complete {
                let taken = std::mem::take(&mut state.taken);
                let mut content = std::mem::take(&mut state.arrived);
                content.drain(..taken);
                return Poll::Ready(Ok(content));
            }
            if let Some(gone) = state.gone {
                return Poll::Ready(Err(ContentError(gone)));
            }
            if state.credit < u64::MAX / 2 {
                // The protocol bounds content.
                state.wanted = u64::MAX / 2;
                state.collecting = true;
            }
            self.ask_for_more(&mut state, cx);
            Poll::Pending
        })
        .await
    }

    fn ask_for_more(&self, state: &mut super::line::State, cx: &Context<'_>) {
        state.reader = Some(cx.waker().clone());
        if state.wanted > 0 {
            self.touch();
        }
    }

    /// The worker is to look at the line, in case that it is another task that writes into it.
    pub(super) fn touch(&self) {
        std::task::Wake::wake_by_ref(&self.waker);
    }
}
