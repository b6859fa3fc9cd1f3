//! The content of a service's answers, as bodies of many kinds.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use http_body::{Frame, SizeHint};
use nova_http::Bytes;
use tokio::sync::mpsc::Receiver;

use crate::play::books::{Books, Life, Wait, burst};

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body.
pub(crate) struct Sheet {
    pieces: VecDeque<Bytes>,
    /// What somebody else sends.
    elsewhere: Option<(Receiver<Bytes>, Wait)>,
    /// How much is left, as it says itself.
    length: Option<usize>,
    /// Whether it has to be asked twice for everything.
    hesitates: bool,
    asked: bool,
    then: Then,
    /// Bursts when it is dropped.
    _bomb: Option<Bomb>,
    _life: Life,
}

/// What comes behind the pieces.
pub(super) enum Then {
    /// It is known that nothing does.
    End,
    /// Nothing, as it turns out when it is asked.
    Nothing,
    /// A trailer section.
    Trailers(HeaderMap),
    /// An error.
    Fail,
    /// A panic.
    Burst,
}

impl Sheet {
    /// `content` in one piece, whose length is known.
    pub(super) fn whole(content: Bytes, life: Life) -> Self {
        let length = Some(content.len());
        Self { length, then: Then::End, ..Self::pieces(content, usize::MAX, life) }
    }

    /// `content` in pieces of so many octets.
    pub(super) fn pieces(mut content: Bytes, piece: usize, life: Life) -> Self {
        let mut pieces = VecDeque::new();
        while !content.is_empty() {
            pieces.push_back(content.split_to(piece.clamp(1, content.len())));
        }
        Self {
            pieces,
            elsewhere: None,
            length: None,
            hesitates: false,
            asked: false,
            then: Then::Nothing,
            _bomb: None,
            _life: life,
        }
    }

    /// What comes through a channel.
    pub(super) fn from_elsewhere(
        from: Receiver<Bytes>,
        wait: Wait,
        then: Then,
        life: Life,
    ) -> Self {
        Self { elsewhere: Some((from, wait)), then, ..Self::pieces(Bytes::new(), 1, life) }
    }

    /// The same, saying that it has so many octets.
    pub(super) fn saying(self, length: usize) -> Self {
        Self { length: Some(length), ..self }
    }

    /// The same, which is not ready whenever it is asked for the first time.
    pub(super) fn hesitating(self) -> Self {
        Self { hesitates: true, ..self }
    }

    /// The same with another end.
    pub(super) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }

    /// The same, whose drop panics.
    pub(super) fn with_bomb(self, books: Rc<Books>) -> Self {
        Self { _bomb: Some(Bomb(books)), ..self }
    }
}

impl http_body::Body for Sheet {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if this.hesitates {
            this.asked = !this.asked;
            if this.asked {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        let next = match &mut this.elsewhere {
            Some((from, _)) => ready!(from.poll_recv(cx)),
            None => this.pieces.pop_front(),
        };
        if let Some(piece) = next {
            this.length = this.length.map(|left| left.saturating_sub(piece.len()));
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        Poll::Ready(match std::mem::replace(&mut this.then, Then::End) {
            Then::End | Then::Nothing => None,
            Then::Trailers(fields) => Some(Ok(Frame::trailers(fields))),
            Then::Fail => Some(Err("on purpose".into())),
            Then::Burst => burst(),
        })
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.then, Then::End) && self.pieces.is_empty() && self.elsewhere.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, |left| SizeHint::with_exact(left as u64))
    }
}

struct Bomb(Rc<Books>);

impl Drop for Bomb {
    fn drop(&mut self) {
        // Not when the play was broken off, and its server falls apart.
        if self.0.is_right() && !std::thread::panicking() {
            burst();
        }
    }
}
