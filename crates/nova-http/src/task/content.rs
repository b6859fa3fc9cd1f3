//! Receiving content in a future.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::Reply;
use super::line::Line;
use crate::answer::Status;
use crate::exchange::Gone;

/// Credit that a reader of pieces has: about what one receive brings.
const WINDOW: u64 = 64 * 1024;

/// Credit of those who want everything: the protocol bounds content.
const EVERYTHING: u64 = u64::MAX / 2;

/// The content of a request cannot be had.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Bounds, Call, ContentError, Reply, Status};
///
/// async fn small(mut call: Call) -> Reply {
///     call.bound(Bounds { content_bytes: Some(4), ..Bounds::default() });
///     match call.content().await {
///         Ok(content) => content.len().to_string().into(),
///         Err(ContentError::TooLarge) => Status::CONTENT_TOO_LARGE.into(),
///         Err(error) => error.into(),
///     }
/// }
///
/// let app = App::new_async(small);
/// assert_eq!(app.post("/").content("1234").send().text(), "4");
/// assert_eq!(app.post("/").content("12345").send().status(), 413);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentError {
    /// The exchange has ended before the content was complete.
    Gone(Gone),
    /// The answer was complete before the content was, so that the rest is not received any more.
    Answered,
    /// It is more than the bound that was set for this request.
    TooLarge,
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(why) => write!(f, "the content did not arrive whole: {why:?}"),
            Self::Answered => f.write_str("the request is answered; its content is not received"),
            Self::TooLarge => f.write_str("the content is larger than this request may have it"),
        }
    }
}

impl std::error::Error for ContentError {}

impl From<ContentError> for Reply {
    /// 413 (Content Too Large), or 400 (Bad Request), which nobody will read.
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::TooLarge => Status::CONTENT_TOO_LARGE.into(),
            ContentError::Gone(_) | ContentError::Answered => Status::BAD_REQUEST.into(),
        }
    }
}

impl Line {
    /// The next piece of content; `None` after the last one.
    pub(super) async fn chunk(&self) -> Option<Result<Bytes, ContentError>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    fn poll_chunk(&self, cx: &Context<'_>) -> Poll<Option<Result<Bytes, ContentError>>> {
        {
            let mut state = self.state.borrow_mut();
            if let Some(error) = state.content_error() {
                return Poll::Ready(Some(Err(error)));
            }
            if !state.arrived.is_empty() {
                return Poll::Ready(Some(Ok(std::mem::take(&mut state.arrived).into())));
            }
            if state.complete {
                return Poll::Ready(None);
            }
            state.whole = false;
            state.wanted = WINDOW.saturating_sub(state.credit);
        }
        self.ask_for_more(cx);
        Poll::Pending
    }

    /// Waits for all of the content.
    pub(super) async fn content(&self) -> Result<Vec<u8>, ContentError> {
        poll_fn(|cx| self.poll_content(cx)).await
    }

    fn poll_content(&self, cx: &Context<'_>) -> Poll<Result<Vec<u8>, ContentError>> {
        {
            let mut state = self.state.borrow_mut();
            if let Some(error) = state.content_error() {
                return Poll::Ready(Err(error));
            }
            if state.complete {
                return Poll::Ready(Ok(std::mem::take(&mut state.arrived)));
            }
            state.whole = true;
            if !state.collecting {
                state.collecting = true;
                state.wanted = EVERYTHING;
            }
        }
        self.ask_for_more(cx);
        Poll::Pending
    }

    /// What comes next is a tunnel's, not the request's.
    pub(super) fn begin_anew(&self) {
        let mut state = self.state.borrow_mut();
        (state.arrived, state.trailers) = (Vec::new(), Vec::new());
        (state.complete, state.too_large) = (false, false);
        (state.whole, state.collecting) = (false, false);
        (state.credit, state.wanted) = (0, 0);
    }

    fn ask_for_more(&self, cx: &Context<'_>) {
        self.wait_as_reader(cx);
        if self.state.borrow().wanted > 0 {
            self.touch();
        }
    }
}
