//! What the application has written into its tunnel, on its way to the worker.
//!
//! As with [`Inflow`](crate::inflow::Inflow), the writer may be a task of another thread. The lock is
//! held for looks and copies only, never while somebody's waker runs.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// How much may wait here; about as much again is with the worker, and then the engine's own
/// `unsent_bytes` hold.
const ROOM: usize = 64 * 1024;

/// An empty buffer that is greater is given back: most tunnels are silent most of the time.
const KEPT: usize = 1024;

/// The direction to the client.
pub(super) struct Outlet {
    state: Mutex<State>,
    /// Has the worker look at the exchange.
    worker: Waker,
}

#[derive(Default)]
struct State {
    octets: Vec<u8>,
    /// The worker has been woken and has not looked yet.
    told: bool,
    /// The application has ended this direction.
    finished: bool,
    /// The exchange has ended.
    over: bool,
    writer: Option<Waker>,
}

/// What the worker has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Octets,
    Nothing,
    End,
}

impl Outlet {
    pub(super) fn new(worker: Waker) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), worker })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer's side: takes what there is room for.
    pub(super) fn poll_write(&self, cx: &Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        if octets.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let waker = cx.waker().clone();
        let mut state = self.state();
        if state.over || state.finished {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = octets.len().min(ROOM.saturating_sub(state.octets.len()));
        if count == 0 {
            let before = state.writer.replace(waker);
            drop(state);
            drop(before);
            return Poll::Pending;
        }
        state.octets.extend_from_slice(&octets[..count]);
        self.tell(state);
        Poll::Ready(Ok(count))
    }

    /// The writer's side: what was written is all.
    pub(super) fn finish(&self) {
        let mut state = self.state();
        if !std::mem::replace(&mut state.finished, true) && !state.over {
            self.tell(state);
        }
    }

    /// Wakes the worker once for all that it will find.
    fn tell(&self, mut state: MutexGuard<'_, State>) {
        let told = std::mem::replace(&mut state.told, true);
        drop(state);
        if !told {
            self.worker.wake_by_ref();
        }
    }

    /// The worker's side: puts what was written into `octets`, which are empty.
    pub(super) fn take(&self, octets: &mut Vec<u8>) -> Taken {
        if octets.capacity() > KEPT {
            *octets = Vec::new();
        }
        let mut state = self.state();
        state.told = false;
        if state.octets.is_empty() {
            return if state.finished { Taken::End } else { Taken::Nothing };
        }
        std::mem::swap(&mut state.octets, octets);
        let writer = state.writer.take();
        drop(state);
        if let Some(writer) = writer {
            writer.wake();
        }
        Taken::Octets
    }

    /// The worker's side: nothing is taken any more.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.over = true;
        let octets = std::mem::take(&mut state.octets);
        let writer = state.writer.take();
        drop(state);
        drop(octets);
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(outlet: &Outlet, octets: &[u8]) -> Poll<io::Result<usize>> {
        outlet.poll_write(&Context::from_waker(Waker::noop()), octets)
    }

    /// Room is bounded, and comes back when the worker takes what there is.
    #[test]
    fn a_writer_waits_for_room() {
        let outlet = Outlet::new(Waker::noop().clone());
        let much = vec![b'x'; ROOM + 1];
        assert!(matches!(write(&outlet, &much), Poll::Ready(Ok(ROOM))));
        assert!(write(&outlet, b"y").is_pending());
        let mut taken = Vec::new();
        assert_eq!(outlet.take(&mut taken), Taken::Octets);
        assert_eq!(taken.len(), ROOM);
        assert!(matches!(write(&outlet, b"y"), Poll::Ready(Ok(1))));
        outlet.finish();
        taken.clear();
        assert_eq!((outlet.take(&mut taken), &*taken), (Taken::Octets, &b"y"[..]));
        taken.clear();
        assert_eq!(outlet.take(&mut taken), Taken::End);
    }

    /// After the end of either side writing is an error, and never a wait.
    #[test]
    fn nothing_is_written_after_the_end() {
        let outlet = Outlet::new(Waker::noop().clone());
        outlet.end();
        assert!(matches!(write(&outlet, b"x"), Poll::Ready(Err(_))));
        let outlet = Outlet::new(Waker::noop().clone());
        outlet.finish();
        assert!(matches!(write(&outlet, b"x"), Poll::Ready(Err(_))));
    }
}
