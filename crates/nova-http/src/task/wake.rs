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
    post: Arc<dyn Post>,
}

impl Woken {
    pub(super) fn new(post: Arc<dyn Post>) -> Self {
        Self { slots: Mutex::new(Vec::new()), post }
    }

    /// Swaps the list into `into`, which must be empty; both keep their memory.
    pub(super) fn take(&self, into: &mut Vec<u32>) {
        std::mem::swap(&mut *self.slots.lock().unwrap_or_else(PoisonError::into_inner), into);
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

    /// The worker is about to poll: what happens from now on is news.
    pub(super) fn look(&self) {
        self.listed.store(false, Ordering::SeqCst);
    }
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.listed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.woken.slots.lock().unwrap_or_else(PoisonError::into_inner).push(self.slot);
        self.woken.post.wake();
    }
}
