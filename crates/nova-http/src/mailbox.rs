//! How other threads reach a worker: sockets handed over, deferred answers, the order to stop.
//!
//! Bounded by what can be posted: an answer for each open exchange (in pieces, within its own bound), one socket for each accept of a
//! neighbour, one stop. A wake is sent only if the worker sleeps, so a thousand answers to a busy
//! worker cost no system call.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task;
use std::time::Duration;

use nova_io::Waker;

use crate::exchange::ExchangeId;
use crate::remote::{Late, Post};

/// Something for a worker.
#[derive(Debug)]
pub(crate) enum Message<S> {
    /// A connection accepted by a neighbour; it has been counted as this worker's.
    Adopt { socket: S, peer: Option<SocketAddr> },
    /// What another thread has to say in a deferred exchange.
    Late { id: ExchangeId, late: Late },
    /// Stop, and be done after this long at the latest.
    Stop { grace: Duration },
}

/// A worker's mailbox.
pub(crate) struct Mailbox<S, W> {
    messages: Mutex<Vec<Message<S>>>,
    /// How many messages there are: lets the worker look without the lock.
    count: AtomicUsize,
    /// The worker waits in the kernel, or is about to.
    asleep: AtomicBool,
    /// The application wants to be asked.
    nudge: AtomicBool,
    /// The worker has ended.
    closed: AtomicBool,
    waker: W,
    /// Who is to be woken instead, if the worker is a guest of somebody's loop.
    host: Mutex<Option<task::Waker>>,
}

impl<S, W: Waker> Mailbox<S, W> {
    pub(crate) fn new(waker: W) -> Self {
        Self {
            messages: Mutex::new(Vec::new()),
            count: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            nudge: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            waker,
            host: Mutex::new(None),
        }
    }

    /// Puts `message` in, and wakes the worker if it sleeps. Gives it back if the worker has ended.
    pub(crate) fn post(&self, message: Message<S>) -> Result<(), Message<S>> {
        {
            let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
            // Under the lock: whoever closes takes what is in.
            if self.closed.load(Ordering::Relaxed) {
                return Err(message);
            }
            messages.push(message);
            self.count.store(messages.len(), Ordering::SeqCst);
        }
        self.wake_sleeper();
        Ok(())
    }

    /// The worker has ended: nothing more is taken, and what is in is thrown away.
    pub(crate) fn close(&self) -> Vec<Message<S>> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.store(true, Ordering::Relaxed);
        self.count.store(0, Ordering::SeqCst);
        std::mem::take(&mut *messages)
    }

    fn wake_sleeper(&self) {
        // The worker first says that it sleeps and then counts; we first count and then ask whether
        // it sleeps. Both are sequentially consistent, so one of us sees the other.
        if !self.asleep.swap(false, Ordering::SeqCst) {
            return;
        }
        let host = self.host.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(host) = host {
            host.wake();
        } else if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a worker could not be woken");
        }
    }

    /// From now on `host` is woken instead of the driver. `false` if there is something to do already.
    #[cfg(all(feature = "tokio", unix))]
    pub(crate) fn sleeps_for(&self, host: &task::Waker) -> bool {
        {
            let mut known = self.host.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.as_ref().is_some_and(|known| known.will_wake(host)) {
                *known = Some(host.clone());
            }
        }
        // After the host is known: whoever has called before that is seen here.
        self.asleep.load(Ordering::SeqCst)
    }

    /// The worker is about to wait; `false` if it must not, because there is mail.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        if self.count.load(Ordering::SeqCst) == 0 && !self.nudge.load(Ordering::SeqCst) {
            return true;
        }
        self.asleep.store(false, Ordering::SeqCst);
        false
    }

    /// The worker has woken, and will ask its application what it wants.
    pub(crate) fn awake(&self) {
        self.asleep.store(false, Ordering::Relaxed);
        self.heard();
    }

    /// The worker asks its application after this, before it waits.
    #[inline]
    pub(crate) fn heard(&self) {
        if self.nudge.load(Ordering::SeqCst) {
            self.nudge.store(false, Ordering::SeqCst);
        }
    }

    /// Whether there is anything to take.
    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Swaps the messages into `into`, which must be empty; both keep their memory.
    pub(crate) fn take(&self, into: &mut Vec<Message<S>>) {
        if self.count.load(Ordering::SeqCst) > 0 {
            let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut *messages, into);
            self.count.store(0, Ordering::SeqCst);
        }
    }
}

impl<S: Send, W: Waker> Post for Mailbox<S, W> {
    fn post(&self, id: ExchangeId, late: Late) {
        // A worker that has ended has told all of its exchanges that they are gone.
        let _ = self.post(Message::Late { id, late });
    }

    fn wake(&self) {
        self.nudge.store(true, Ordering::SeqCst);
        self.wake_sleeper();
    }
}
