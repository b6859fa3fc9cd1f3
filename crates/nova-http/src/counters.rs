//! What a worker counts: written by its own thread only, read by any.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::failures::Failures;

/// One number with one writer: adding needs no locked instruction.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Request, Response};
///
/// let app = App::new(|_: &Request<'_>, response: Response<'_>| response.send(b"hello"));
/// app.get("/").send();
/// assert_eq!(app.counters().requests.get(), 1);
/// ```
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
        /// The counters of one worker, or of all of them
        /// ([`Handle::total`](crate::Handle::total)).
        ///
        /// Each request ends in one of the answers, in `answers_cut`, in `tunnels`, or without an
        /// answer because its client has left; requests that were refused before the application saw
        /// them count among the answers only.
        ///
        /// ```
        /// use nova_http::testing::App;
        /// use nova_http::{Counters, Request, Response};
        ///
        /// let app = App::new(|_: &Request<'_>, response: Response<'_>| response.send(b"hello"));
        /// app.get("/").send();
        /// app.get("/").send();
        /// let counters = app.counters();
        /// assert_eq!((counters.connections.get(), counters.answers_2xx.get()), (1, 2));
        /// for (name, count) in counters.all() {
        ///     println!("{name} {count}");
        /// }
        /// let total = Counters::sum([&*counters]); // of all workers
        /// assert_eq!(total.requests.get(), 2);
        /// ```
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

            /// Adds what `other` has counted.
            fn absorb(&self, other: &Self) {
                $(self.$name.add(other.$name.get());)*
                self.failures.absorb(&other.failures);
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
    /// Answers that were cut short after their head had left: the client saw a reset.
    answers_cut,
    /// Interim answers: 100 (Continue) by the engine, others by the application.
    answers_1xx,
    /// Tunnels that the application has accepted.
    tunnels,
    /// Idle connections closed when their time was over.
    idle_expired,
    /// Panics of callbacks that belong to no open exchange (`connected`, `gone`, `closed`) and of
    /// hooks; those of exchanges are failures.
    callback_panics,
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
    /// The sum of what several workers have counted so far; it does not change any more.
    pub fn sum<'a>(workers: impl IntoIterator<Item = &'a Self>) -> Self {
        let total = Self::default();
        workers.into_iter().for_each(|worker| total.absorb(worker));
        total
    }

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
