//! What a worker counts: written by its own thread only, read by any.

use std::sync::atomic::{AtomicU64, Ordering};

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
    /// Messages that the engine refused before an application saw the rest of them.
    refused,
    /// Connections closed because a deadline passed, idle ones not counted.
    expired,
    /// Idle connections closed when their time was over.
    idle_expired,
    /// Connections that the peer or the network reset.
    resets,
    /// Callbacks of the application that panicked.
    panics,
    /// Exchanges that the application left without an answer.
    unanswered,
    /// Answers that the application gave and that HTTP does not allow.
    invalid_answers,
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
