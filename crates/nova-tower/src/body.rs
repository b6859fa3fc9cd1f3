//! The content of a request, as its handler reads it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use nova_http::Gone;

use crate::inflow::{Cut, Inflow, Piece};

/// The content of a request.
///
/// What has come with the head is here at once, and then the length is known. Otherwise the client sends
/// on only as the body is read: not more than about 64 KiB lie here meanwhile. Nothing is asked for
/// before the first poll, and a client that waits for 100 (Continue) gets it then. A trailer section is
/// the last frame.
///
/// It is `Send`, and may be read on another task or thread: credit for more goes back to the worker from
/// there. It lasts as long as its exchange. When that ends, or is answered before all has come, whoever
/// reads gets what has come and then a [`BodyError`].
///
/// ```
/// use http_body_util::BodyExt;
/// use nova_tower::{Body, BodyError};
///
/// async fn octets(mut body: Body) -> Result<usize, BodyError> {
///     let mut count = 0;
///     while let Some(frame) = body.frame().await {
///         count += frame?.data_ref().map_or(0, bytes::Bytes::len);
///     }
///     Ok(count)
/// }
/// ```
#[derive(Default)]
pub struct Body {
    content: Content,
}

#[derive(Default)]
enum Content {
    /// Nothing, or nothing any more.
    #[default]
    Over,
    /// All of it.
    Whole(Bytes),
    /// It comes piece by piece.
    Follows {
        inflow: Arc<Inflow>,
        /// Octets that were not read yet, if the client has said how many there will be.
        left: Option<u64>,
    },
}

impl Body {
    /// No content.
    pub const fn empty() -> Self {
        Self { content: Content::Over }
    }

    /// Content that is at hand.
    pub(crate) fn whole(octets: Bytes) -> Self {
        Self { content: if octets.is_empty() { Content::Over } else { Content::Whole(octets) } }
    }

    /// Content that comes through `inflow`.
    pub(crate) fn follows(inflow: Arc<Inflow>, length: Option<u64>) -> Self {
        Self { content: Content::Follows { inflow, left: length } }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let (inflow, left) = match &mut self.content {
            Content::Over => return Poll::Ready(None),
            Content::Whole(octets) => {
                let octets = std::mem::take(octets);
                self.content = Content::Over;
                return Poll::Ready(Some(Ok(Frame::data(octets))));
            }
            Content::Follows { inflow, left } => (inflow, left),
        };
        let next = match std::task::ready!(inflow.poll(cx)) {
            Ok(Piece::Octets(octets)) => {
                *left = left.map(|left| left.saturating_sub(octets.len() as u64));
                return Poll::Ready(Some(Ok(Frame::data(octets))));
            }
            Ok(Piece::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Ok(Piece::End) => None,
            Err(cut) => Some(Err(BodyError(cut))),
        };
        self.content = Content::Over;
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Over => true,
            Content::Whole(_) => false,
            Content::Follows { inflow, .. } => inflow.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Over => SizeHint::with_exact(0),
            Content::Whole(octets) => SizeHint::with_exact(octets.len() as u64),
            Content::Follows { left: Some(left), .. } => SizeHint::with_exact(*left),
            Content::Follows { left: None, .. } => SizeHint::default(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.content {
            Content::Over => "over",
            Content::Whole(_) => "whole",
            Content::Follows { .. } => "follows",
        };
        f.debug_tuple("Body").field(&state).finish()
    }
}

/// The content of a request did not arrive whole.
///
/// ```
/// use nova_tower::BodyError;
///
/// fn log(error: &BodyError) {
///     match error.gone() {
///         Some(why) => println!("the exchange has ended: {why:?}"),
///         None => println!("the request has been answered already"),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyError(Cut);

impl BodyError {
    /// Why the exchange has ended; `None` if the answer was complete before the content was, so that the
    /// rest is not received any more.
    pub fn gone(&self) -> Option<Gone> {
        match self.0 {
            Cut::Gone(why) => Some(why),
            Cut::Answered => None,
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Cut::Gone(why) => write!(f, "the content of the request did not arrive whole: {why:?}"),
            Cut::Answered => f.write_str(
                "the request has been answered: the rest of its content is not received",
            ),
        }
    }
}

impl std::error::Error for BodyError {}
