//! Waiting for a moment, on the worker's own clock: real time, or a simulation's.

use std::cell::{Cell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nova_io::Time;

/// The clock of a worker. Clones are the same clock; it cannot leave its worker's thread.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shared: Rc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    now: Cell<Time>,
    waiting: RefCell<BinaryHeap<Reverse<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    at: Time,
    waker: Waker,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}

impl Clock {
    /// The moment of the worker's turn.
    pub fn now(&self) -> Time {
        self.shared.now.get()
    }

    /// A future that is ready after `span`.
    pub fn sleep(&self, span: Duration) -> Sleep {
        Sleep { until: self.now() + span, registered: false, clock: self.clone() }
    }

    /// Time has come to `now`: wakes whoever has waited for it.
    pub(super) fn tick(&self, now: Time) {
        self.shared.now.set(now);
        let mut waiting = self.shared.waiting.borrow_mut();
        while waiting.peek().is_some_and(|Reverse(entry)| entry.at <= now) {
            if let Some(Reverse(entry)) = waiting.pop() {
                entry.waker.wake();
            }
        }
    }

    /// When the next one is to be woken.
    pub(super) fn next(&self) -> Option<Time> {
        self.shared.waiting.borrow().peek().map(|Reverse(entry)| entry.at)
    }
}

/// Waits for a moment. Made by [`Clock::sleep`] or [`Call::sleep`](super::Call::sleep).
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Sleep {
    until: Time,
    registered: bool,
    clock: Clock,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.until {
            return Poll::Ready(());
        }
        // Polled early again it registers no second time: the waker of a slot stays the same.
        if !std::mem::replace(&mut self.registered, true) {
            let entry = Entry { at: self.until, waker: cx.waker().clone() };
            self.clock.shared.waiting.borrow_mut().push(Reverse(entry));
        }
        Poll::Pending
    }
}
