//! What a worker counts: written by its own thread only, read by any.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::failures::Failures;

/// One number with one writer: adding needs no locked instruction.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(crate) fn add(&self, count: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
    }

    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counters of one worker.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: Counter,)*
            /// What went wrong, by reason and phase.
            pub failures: Failures,
        }

        impl Counters {
            /// Every counter with its name, for reports.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name.get()),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Connections accepted by this worker's listener.
    accepted,
    /// Of these, the ones that were given to another worker.
    handed_over,
    /// Connections that this worker has served or serves.
    connections,
    /// Connections that have ended.
    closed,
    /// Times that accepting failed for want of descriptors or memory.
    accept_failures,
    /// Requests handed to the application.
    requests,
    /// Final answers, by class of status.
    answers_2xx,
    /// Final answers of 300 to 399.
    answers_3xx,
    /// Final answers of 400 to 499, refusals by the engine among them.
    answers_4xx,
    /// Final answers of 500 to 599.
    answers_5xx,
    /// Tunnels that the application has accepted.
    tunnels,
    /// Idle connections closed when their time was over.
    idle_expired,
    /// Turns of the worker. One that has nothing to do makes none.
    turns,
    /// Turns in which callbacks held the worker above a tenth of a second.
    slow_turns,
    /// Deferred answers that came for an exchange that was gone.
    late_answers,
    /// Octets received.
    octets_in,
    /// Octets sent.
    octets_out,
}

impl Counters {
    /// Counts a final answer.
    #[inline]
    pub(crate) fn answered(&self, status: u16) {
        match status / 100 {
            2 => self.answers_2xx.add(1),
            3 => self.answers_3xx.add(1),
            4 => self.answers_4xx.add(1),
            _ => self.answers_5xx.add(1),
        }
    }
}
