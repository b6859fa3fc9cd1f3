//! Which futures are to be polled.
//!
//! A waker may be used from any thread; it puts the number of its slot on the worker's list, once
//! until the worker has looked, and wakes the worker if that sleeps. A waker of an earlier tenant of
//! the slot causes one poll too many, which futures allow.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

use crate::remote::Post;

/// The slots of one worker whose futures were woken: for applications that poll futures themselves.
///
/// ```
/// use std::sync::Arc;
/// use std::task::Waker;
///
/// use nova_http::{ExchangeId, Late, Post, SlotWaker, Woken};
///
/// /// A worker that never sleeps.
/// struct Awake;
///
/// impl Post for Awake {
///     fn post(&self, _: ExchangeId, _: Late) {}
///
///     fn wake(&self) {}
/// }
///
/// let woken = Arc::new(Woken::new(Arc::new(Awake)));
/// let slot = Arc::new(SlotWaker::new(7, woken.clone()));
/// let waker = Waker::from(slot.clone());
/// waker.wake_by_ref();
/// waker.wake_by_ref(); // It is on the list already.
///
/// let mut due = Vec::new();
/// assert!(woken.take(&mut due));
/// assert_eq!(due, [7]);
/// slot.look(); // From now on it can be listed anew.
/// assert!(!woken.take(&mut Vec::new()));
/// ```
pub struct Woken {
    slots: Mutex<Vec<u32>>,
    /// Whether there are any: lets the worker look without the lock.
    any: AtomicBool,
    post: Arc<dyn Post>,
}

impl Woken {
    /// Nothing is woken yet; `post` wakes the worker, as [`attach`](crate::Application::attach) has
    /// said.
    pub fn new(post: Arc<dyn Post>) -> Self {
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

    /// Swaps the list, the first woken first, into `into`, which must be empty; both keep their
    /// memory. `false` if there is nothing on it.
    pub fn take(&self, into: &mut Vec<u32>) -> bool {
        if !self.any.load(Ordering::SeqCst) {
            return false;
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *slots, into);
        self.any.store(false, Ordering::Relaxed);
        true
    }
}

impl fmt::Debug for Woken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Woken").field("any", &self.any).finish_non_exhaustive()
    }
}

/// Wakes the future in one slot: see [`Woken`].
#[derive(Debug)]
pub struct SlotWaker {
    slot: u32,
    /// On the list already.
    listed: AtomicBool,
    woken: Arc<Woken>,
}

impl SlotWaker {
    /// The waker of the future in `slot`.
    pub fn new(slot: u32, woken: Arc<Woken>) -> Self {
        Self { slot, listed: AtomicBool::new(false), woken }
    }

    /// The worker is about to poll: what happens from now on is news, and what has happened before is
    /// seen by the poll.
    pub fn look(&self) {
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
