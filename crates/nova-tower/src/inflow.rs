//! Content on its way from the worker to whoever has the request's body.
//!
//! The body may be given to another task or thread, so this is behind a lock, which is nearly always
//! free: the handler runs on the worker's own thread. The lock is held for looks only, never while
//! somebody's waker runs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::HeaderMap;
use nova_http::Gone;

/// How much a client may send ahead of its reader: about what one receive brings.
const WINDOW: u64 = 64 * 1024;

/// The content of one request.
pub(crate) struct Inflow {
    state: Mutex<State>,
    /// Has the worker look at the exchange.
    worker: Waker,
}

struct State {
    pieces: VecDeque<Bytes>,
    /// Octets in `pieces`.
    kept: u64,
    /// Octets of credit that the client has and has not used.
    credit: u64,
    /// Octets of credit that the worker is to grant.
    wanted: u64,
    /// The worker polls the handler's future, and looks afterwards anyway.
    attended: bool,
    trailers: Option<HeaderMap>,
    end: Option<Result<(), Cut>>,
    reader: Option<Waker>,
}

/// Why the content is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The exchange has ended before.
    Gone(Gone),
    /// The answer was complete before the content was.
    Answered,
}

/// What comes next.
pub(crate) enum Piece {
    Octets(Bytes),
    Trailers(HeaderMap),
    End,
}

impl State {
    /// Wants credit if half of the window is free, so that a client which sends on is never stopped by
    /// a reader that reads on. Says whether the worker has to be told.
    fn want(&mut self) -> bool {
        let free = WINDOW.saturating_sub(self.credit + self.kept);
        if self.end.is_some() || free < WINDOW / 2 {
            return false;
        }
        self.wanted = free;
        !self.attended
    }
}

impl Inflow {
    pub(crate) fn new(worker: Waker) -> Arc<Self> {
        let state = State {
            pieces: VecDeque::new(),
            kept: 0,
            credit: 0,
            wanted: 0,
            // It is made for a request that is just being looked at.
            attended: true,
            trailers: None,
            end: None,
            reader: None,
        };
        Arc::new(Self { state: Mutex::new(state), worker })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reader's side: the next piece, in order.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Result<Piece, Cut>> {
        let mut state = self.state();
        if let Some(piece) = state.pieces.pop_front() {
            state.kept -= piece.len() as u64;
            let ask = state.want();
            drop(state);
            if ask {
                self.worker.wake_by_ref();
            }
            return Poll::Ready(Ok(Piece::Octets(piece)));
        }
        if let Some(trailers) = state.trailers.take() {
            return Poll::Ready(Ok(Piece::Trailers(trailers)));
        }
        match state.end {
            Some(Ok(())) => return Poll::Ready(Ok(Piece::End)),
            Some(Err(cut)) => return Poll::Ready(Err(cut)),
            None => {}
        }
        let ask = state.want();
        let same = state.reader.as_ref().is_some_and(|reader| reader.will_wake(cx.waker()));
        drop(state);
        if !same {
            let waker = cx.waker().clone();
            let before = self.state().reader.replace(waker);
            drop(before);
            // On another thread than the worker's it may have come meanwhile.
            let state = self.state();
            if !state.pieces.is_empty() || state.trailers.is_some() || state.end.is_some() {
                drop(state);
                cx.waker().wake_by_ref();
            }
        }
        if ask {
            self.worker.wake_by_ref();
        }
        Poll::Pending
    }

    /// Whether everything has been read.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.state();
        state.pieces.is_empty() && state.trailers.is_none() && state.end == Some(Ok(()))
    }

    /// The worker's side: how much credit is to be granted. It looks again after the next poll only if
    /// that is `attended`.
    pub(crate) fn take_wanted(&self) -> u64 {
        let mut state = self.state();
        state.attended = false;
        let wanted = std::mem::take(&mut state.wanted);
        state.credit += wanted;
        wanted
    }

    /// The worker is about to poll the handler's future.
    pub(crate) fn attend(&self) {
        self.state().attended = true;
    }

    /// Content has arrived. Gives back who waits for it.
    pub(crate) fn push(&self, octets: &[u8]) -> Option<Waker> {
        let piece = Bytes::copy_from_slice(octets);
        let mut state = self.state();
        state.credit = state.credit.saturating_sub(octets.len() as u64);
        state.kept += octets.len() as u64;
        state.pieces.push_back(piece);
        state.reader.take()
    }

    /// The trailer section has arrived; the end follows.
    pub(crate) fn trailers(&self, trailers: HeaderMap) {
        self.state().trailers = Some(trailers);
    }

    /// Nothing more will come. Gives back who waits for it.
    pub(crate) fn end(&self, how: Result<(), Cut>) -> Option<Waker> {
        let mut state = self.state();
        if state.end.is_none() {
            state.end = Some(how);
        }
        state.reader.take()
    }
}
