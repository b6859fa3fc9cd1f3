//! Blocking work, awaited.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::reply::Reply;
use crate::answer::Status;
use crate::blocking::Pool;

/// Blocking work has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkError {
    /// All threads and the queue are full.
    Full,
    /// It has panicked.
    Panicked,
}

impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "all threads for blocking work, and their queue, are full",
            Self::Panicked => "the blocking work has panicked",
        })
    }
}

impl std::error::Error for WorkError {}

impl From<WorkError> for Reply {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Full => Status::SERVICE_UNAVAILABLE.into(),
            WorkError::Panicked => Status::INTERNAL_SERVER_ERROR.into(),
        }
    }
}

/// Work on another thread. Made by [`Call::blocking`](super::Call::blocking). Dropped, it is not
/// begun, if it has not been.
#[must_use = "its result comes only to those who await it"]
pub struct Work<T> {
    shared: Arc<Mutex<Shared<T>>>,
}

enum Shared<T> {
    Waiting(Option<Waker>),
    Done(Option<Result<T, WorkError>>),
}

impl<T: Send + 'static> Work<T> {
    pub(super) fn begin(pool: &Pool, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let shared = Arc::new(Mutex::new(Shared::Waiting(None)));
        let weak = Arc::downgrade(&shared);
        let taken = pool.spawn(move || {
            if weak.strong_count() == 0 {
                return; // Nobody awaits it.
            }
            let result = catch_unwind(AssertUnwindSafe(work)).map_err(|_| WorkError::Panicked);
            if let Some(shared) = weak.upgrade() {
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let before = std::mem::replace(&mut *shared, Shared::Done(Some(result)));
                if let Shared::Waiting(Some(waker)) = before {
                    waker.wake();
                }
            }
        });
        if !taken {
            let full = Shared::Done(Some(Err(WorkError::Full)));
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = full;
        }
        Self { shared }
    }
}

impl<T> Future for Work<T> {
    type Output = Result<T, WorkError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *shared {
            Shared::Waiting(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            Shared::Done(result) => Poll::Ready(result.take().unwrap_or(Err(WorkError::Panicked))),
        }
    }
}

impl<T> fmt::Debug for Work<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}
