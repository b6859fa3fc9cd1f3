//! Work that blocks, on threads of its own.
//!
//! One bounded pool for all workers of a server: [`Limits::blocking_threads`](crate::Limits) threads,
//! started when needed and ended when idle, and a queue of
//! [`Limits::blocking_queue`](crate::Limits). What comes when both are full is answered with 503 at
//! once, so that a slow disk or database cannot make a server's memory grow.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, thread};

use crate::answer::{OwnedAnswer, Status};
use crate::limits::Limits;
use crate::remote::Responder;
use crate::seen::guard;

/// An idle thread ends after this long.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// The pool. Clones are the same pool.
#[derive(Clone)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    threads: usize,
    queue: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Threads that live, and of these the ones that have a job in hand.
    threads: usize,
    working: usize,
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(&Limits::default())
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("threads", &self.shared.threads).finish_non_exhaustive()
    }
}

impl Pool {
    pub(crate) fn new(limits: &Limits) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            threads: limits.blocking_threads.max(1),
            queue: limits.blocking_queue,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Has `work` done on one of the threads and its answer sent.
    pub(crate) fn run(
        &self,
        responder: Responder,
        work: impl FnOnce() -> OwnedAnswer + Send + 'static,
    ) {
        // Outside of the job, so that it can still answer if the job is not taken.
        let responder = Arc::new(Mutex::new(Some(responder)));
        let take = |responder: &Mutex<Option<Responder>>| {
            responder.lock().unwrap_or_else(PoisonError::into_inner).take()
        };
        let theirs = responder.clone();
        let taken = self.spawn(move || {
            let Some(responder) = take(&theirs) else { return };
            if responder.is_gone() {
                return; // Nobody waits: the work is not done for nothing.
            }
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(answer) => drop(responder.respond(answer)),
                Err(_) => responder.panicked(),
            }
        });
        if !taken && let Some(responder) = take(&responder) {
            let _ = responder.respond(OwnedAnswer::empty(Status::SERVICE_UNAVAILABLE));
        }
    }

    /// Has `job` done on one of the threads; `false` if they and the queue are full.
    pub(crate) fn spawn(&self, job: impl FnOnce() + Send + 'static) -> bool {
        let mut state = self.shared.lock();
        let (most, under_way) = (self.shared.threads, state.jobs.len() + state.working);
        // Threads that have been started count as if they had begun: each takes a job off the queue.
        if under_way >= state.threads && state.threads < most {
            self.start_thread(&mut state);
        }
        // If the system gives us no more threads, those that there are must do.
        if state.threads == 0 || under_way >= state.threads.saturating_add(self.shared.queue) {
            drop(state);
            tracing::warn!("blocking work is refused: all threads and the queue are full");
            return false;
        }
        state.jobs.push_back(Box::new(job));
        drop(state);
        self.shared.work.notify_one();
        true
    }

    fn start_thread(&self, state: &mut State) {
        let shared = self.shared.clone();
        let builder = thread::Builder::new().name("nova-blocking".into());
        match builder.spawn(move || shared.work()) {
            Ok(_) => state.threads += 1,
            Err(error) => {
                tracing::error!(%error, "a thread for blocking work could not be started");
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.working += 1;
                drop(state);
                // What it is made of may panic when it is dropped: that must not cost the thread.
                guard("blocking work", job);
                state = self.lock();
                state.working -= 1;
                continue;
            }
            let (woken, waited) =
                self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if waited.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }
}
