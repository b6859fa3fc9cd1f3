//! Whoever takes long: each thread says which input it is at, and somebody looks now and then. An
//! input costs one store for it, and no look at a clock.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Whoever takes so long will not come back.
const FOREVER: Duration = Duration::from_secs(30);

/// No input.
const RESTING: u64 = u64::MAX;

/// What one thread is at.
#[derive(Debug)]
pub struct Slot {
    index: AtomicU64,
    suspects: Mutex<Vec<u64>>,
    longest: Duration,
}

impl Slot {
    /// No input may take longer.
    pub(super) const fn longest(&self) -> Duration {
        self.longest
    }

    /// Whether its thread is at none of a block's inputs; it may look at a suspect again.
    pub fn is_resting(&self) -> bool {
        self.index.load(Ordering::Relaxed) == RESTING
    }

    /// Whether some input seemed to take long.
    pub fn has_suspects(&self) -> bool {
        self.suspects.lock().is_ok_and(|suspects| !suspects.is_empty())
    }

    #[inline]
    pub(super) fn now(&self, index: u64) {
        self.index.store(index, Ordering::Relaxed);
    }

    pub(super) fn rest(&self) {
        self.now(RESTING);
    }

    fn suspect(&self, index: u64) {
        let Ok(mut suspects) = self.suspects.lock() else { return };
        if suspects.last() != Some(&index) {
            suspects.push(index);
        }
    }

    /// The inputs that seemed to take long; they are forgotten.
    pub(super) fn suspects(&self) -> Vec<u64> {
        self.suspects.lock().map(|mut suspects| std::mem::take(&mut *suspects)).unwrap_or_default()
    }
}

/// Who looks.
#[derive(Debug)]
pub struct Watch {
    slots: Vec<Slot>,
    over: AtomicBool,
}

impl Watch {
    /// Over so many threads, of whose inputs none may take longer than `longest`.
    pub fn new(threads: usize, longest: Duration) -> Self {
        let slot = || Slot { index: AtomicU64::new(RESTING), suspects: Mutex::default(), longest };
        Self { slots: (0..threads).map(|_| slot()).collect(), over: AtomicBool::new(false) }
    }

    /// The slot of a thread.
    ///
    /// # Panics
    /// There is no such thread.
    pub fn slot(&self, thread: usize) -> &Slot {
        &self.slots[thread]
    }

    /// Ends [`Watch::run`].
    pub fn stop(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Looks until it is stopped. A thread that does not come back cannot be ended: the process is.
    pub fn run(&self) {
        let mut seen = vec![(RESTING, Instant::now()); self.slots.len()];
        while !self.over.load(Ordering::Relaxed) {
            let longest = self.slots.iter().map(Slot::longest).min().unwrap_or(FOREVER);
            std::thread::sleep(longest / 10);
            for (slot, (last, since)) in self.slots.iter().zip(&mut seen) {
                let index = slot.index.load(Ordering::Relaxed);
                if index != *last {
                    (*last, *since) = (index, Instant::now());
                } else if index != RESTING && since.elapsed() > FOREVER {
                    eprintln!("input {index} of the block that was begun last never ends");
                    std::process::exit(3);
                } else if index != RESTING && since.elapsed() > slot.longest.mul_f32(0.8) {
                    slot.suspect(index);
                }
            }
        }
    }
}
