//! Blocking work, awaited.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::reply::Reply;
use crate::answer::Status;
use crate::blocking::Pool;

/// Blocking work has no result.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Call, OwnedAnswer, Reply, Status, WorkError};
///
/// async fn answer(call: Call) -> Reply {
///     match call.blocking(|| "41".parse::<u32>().map_or(0, |number| number + 1)).await {
///         Ok(number) => number.to_string().into(),
///         Err(WorkError::Full) => {
///             OwnedAnswer::new(Status::SERVICE_UNAVAILABLE, "come again later").into()
///         }
///         Err(error) => error.into(),
///     }
/// }
///
/// assert_eq!(App::new_async(answer).get("/").send().text(), "42");
/// ```
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
    /// 503 (Service Unavailable), or 500, which is then counted as a panic.
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Full => Status::SERVICE_UNAVAILABLE.into(),
            WorkError::Panicked => Self::Panicked,
        }
    }
}

/// Work on another thread. Made by [`Call::blocking`](super::Call::blocking). Dropped before a thread
/// has taken it up, it is not done at all.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Call, Work, WorkError};
///
/// async fn sum(call: Call) -> Result<String, WorkError> {
///     // At the same time, on two threads.
///     let small: Work<u64> = call.blocking(|| (0..500).sum());
///     let large: Work<u64> = call.blocking(|| (500..1_000).sum());
///     Ok((small.await? + large.await?).to_string())
/// }
///
/// assert_eq!(App::new_async(sum).get("/").send().text(), "499500");
/// ```
#[must_use = "its result comes only to those who await it"]
pub struct Work<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T>(Mutex<State<T>>);

enum State<T> {
    Waiting(Option<Waker>),
    Done(Option<Result<T, WorkError>>),
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the result, and wakes whoever awaits it: not under the lock, since a waker may do anything.
    fn done(&self, result: Result<T, WorkError>) {
        let before = std::mem::replace(&mut *self.lock(), State::Done(Some(result)));
        if let State::Waiting(Some(waker)) = before {
            waker.wake();
        }
    }
}

impl<T: Send + 'static> Work<T> {
    pub(super) fn begin(pool: &Pool, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let shared = Arc::new(Shared(Mutex::new(State::Waiting(None))));
        let weak = Arc::downgrade(&shared);
        let taken = pool.spawn(move || {
            if weak.strong_count() == 0 {
                return; // Nobody awaits it.
            }
            let result = catch_unwind(AssertUnwindSafe(work)).map_err(|_| WorkError::Panicked);
            if let Some(shared) = weak.upgrade() {
                shared.done(result);
            }
        });
        if !taken {
            shared.done(Err(WorkError::Full));
        }
        Self { shared }
    }
}

impl<T> Future for Work<T> {
    type Output = Result<T, WorkError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = cx.waker().clone();
        let mut state = self.shared.lock();
        let before = match &mut *state {
            State::Waiting(before) => before.replace(waker),
            State::Done(result) => {
                return Poll::Ready(result.take().unwrap_or(Err(WorkError::Panicked)));
            }
        };
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl<T> fmt::Debug for Work<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}
