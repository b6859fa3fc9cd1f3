//! Which futures are to be polled.
//!
//! A waker may be used from any thread; it puts the number of its slot on the worker's list, once
//! until the worker has looked, and wakes the worker if that sleeps. A waker of an earlier tenant of
//! the slot causes one poll too many, which futures allow.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

use crate::remote::Post;

/// The slots of one worker whose futures were woken.
pub(super) struct Woken {
    slots: Mutex<Vec<u32>>,
    /// Whether there are any: lets the worker look without the lock.
    any: AtomicBool,
    post: Arc<dyn Post>,
}

impl Woken {
    pub(super) fn new(post: Arc<dyn Post>) -> Self {
        Self { slots: Mutex::new(Vec::new()), any: AtomicBool::new(false), post }
    }

    fn add(&self, slot: u32) {
        {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.push(slot);
            // Sequentially consistent, as the nudge that follows is: a worker that takes the nudge
            // away sees this afterwards.
            self.any.store(true, Ordering::SeqCst);
        }
        // After the list, so that a worker that hears of it finds it there.
        self.post.wake();
    }

    /// Swaps the list into `into`, which must be empty; both keep their memory. `false` if there is
    /// nothing on it.
    pub(super) fn take(&self, into: &mut Vec<u32>) -> bool {
        if !self.any.load(Ordering::SeqCst) {
            return false;
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *slots, into);
        self.any.store(false, Ordering::Relaxed);
        true
    }
}

/// Wakes the future in one slot.
pub(super) struct SlotWaker {
    slot: u32,
    /// On the list already.
    listed: AtomicBool,
    woken: Arc<Woken>,
}

impl SlotWaker {
    pub(super) fn new(slot: u32, woken: Arc<Woken>) -> Self {
        Self { slot, listed: AtomicBool::new(false), woken }
    }

    /// The worker is about to poll: what happens from now on is news, and what has happened before is
    /// seen by the poll.
    pub(super) fn look(&self) {
        // Whoever finds it false lists the slot anew, so the first look may be a cheap one.
        if self.listed.load(Ordering::Relaxed) {
            self.listed.swap(false, Ordering::AcqRel);
        }
    }
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.listed.swap(true, Ordering::AcqRel) {
            self.woken.add(self.slot);
        }
    }
}
