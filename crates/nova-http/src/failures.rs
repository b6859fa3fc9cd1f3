//! What went wrong with connections and exchanges: why, and how far they had come.
//!
//! One closed table, reason × phase. Each failure is counted in its cell, told to the hook of
//! [`Server::on_failure`](crate::Server::on_failure), and logged, but not more often than once in a
//! second for each reason and worker. An exchange counts once, for the first thing that goes wrong
//! with it: what the engine then does about it is not another failure.
//!
//! Not every reason can be met in every phase. These can (`tests/failures` provokes each of them, and
//! has the reasons why the others cannot):
//!
//! | reason         | accept | handshake | idle | head | content | handler | answer | tunnel | linger |
//! |----------------|:------:|:---------:|:----:|:----:|:-------:|:-------:|:------:|:------:|:------:|
//! | reset          |        |     ×     |  ×   |  ×   |    ×    |    ×    |   ×    |   ×    |   ×    |
//! | incomplete     |        |     ×     |      |  ×   |    ×    |         |   ×    |        |        |
//! | malformed      |        |           |      |  ×   |    ×    |         |   ×    |        |        |
//! | too-large      |        |           |      |  ×   |    ×    |         |   ×    |        |        |
//! | timed-out      |        |     ×     |      |  ×   |    ×    |    ×    |   ×    |   ×    |        |
//! | stalled        |        |           |      |      |         |         |   ×    |   ×    |        |
//! | panicked       |        |           |      |      |         |    ×    |   ×    |   ×    |        |
//! | unanswered     |        |           |      |      |         |    ×    |        |        |        |
//! | invalid-answer |        |           |      |      |         |    ×    |   ×    |        |        |
//! | broken-promise |        |           |      |      |         |         |   ×    |        |        |
//! | aborted        |        |           |      |      |         |    ×    |   ×    |   ×    |        |
//! | stopped        |        |           |      |  ×   |    ×    |    ×    |   ×    |   ×    |        |
//! | shed           |        |     ×     |  ×   |  ×   |    ×    |    ×    |   ×    |   ×    |        |
//! | crowded        |   ×    |           |      |      |         |         |        |        |        |
//! | unopened       |        |     ×     |      |      |         |         |        |        |        |
//!
//! That an idle connection's time is over is no failure, nor is a client that ends its stream between
//! two requests, or a stop that closes a connection on which nothing is owed.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nova_io::{Key, Time};

use crate::counters::Counter;
use crate::exchange::Gone;

macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in reports and metrics.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

closed! {
    /// Why something ended that should have gone on.
    ///
    /// ```
    /// use nova_http::Reason;
    ///
    /// assert_eq!(Reason::TimedOut.name(), "timed-out");
    /// assert!(Reason::ALL.iter().all(|reason| !reason.name().is_empty()));
    /// ```
    Reason {
        /// The client reset the connection, or the network did.
        Reset = "reset",
        /// The client ended its stream inside of a request.
        Incomplete = "incomplete",
        /// The client broke a rule of HTTP: 400, 417, 501 or 505.
        Malformed = "malformed",
        /// A bound on sizes was crossed: 413, 414 or 431.
        TooLarge = "too-large",
        /// A deadline passed: 408, or 503 where the application was late.
        TimedOut = "timed-out",
        /// The client took no octet of its answer.
        Stalled = "stalled",
        /// The application panicked.
        Panicked = "panicked",
        /// The application left a request without an answer: 500.
        Unanswered = "unanswered",
        /// The application gave an answer that HTTP does not allow; it was not sent.
        InvalidAnswer = "invalid-answer",
        /// The application has written less than it had promised.
        BrokenPromise = "broken-promise",
        /// The application gave up an answer.
        Aborted = "aborted",
        /// The server's stop cut it off.
        Stopped = "stopped",
        /// The worker's memory was needed for others.
        Shed = "shed",
        /// Too many connections from one address.
        Crowded = "crowded",
        /// The transport could not open what the client sent (TLS, a PROXY header).
        Unopened = "unopened",
    }
}

closed! {
    /// How far it had come.
    ///
    /// ```
    /// use nova_http::Phase;
    ///
    /// assert_eq!(Phase::Handshake.name(), "handshake");
    /// assert!(Phase::ALL.iter().all(|phase| !phase.name().is_empty()));
    /// ```
    Phase {
        /// Accepted, and nothing read.
        Accept = "accept",
        /// The transport's own beginning.
        Handshake = "handshake",
        /// Between requests, or before the first.
        Idle = "idle",
        /// Within a head.
        Head = "head",
        /// Within a request's content, for which the application is ready.
        Content = "content",
        /// The application is waited for, and nothing of its answer has left.
        Handler = "handler",
        /// The answer is under way: it is being made, or the client has not taken all of it.
        Answer = "answer",
        /// The connection is a tunnel.
        Tunnel = "tunnel",
        /// After the last answer, until the client has ended.
        Linger = "linger",
    }
}

/// One failure, as [`Server::on_failure`](crate::Server::on_failure) gets it.
///
/// ```
/// use nova_http::{Failed, Phase, Reason};
///
/// /// A line for a log.
/// fn line(failed: &Failed) -> String {
///     let peer = failed.peer.map_or("somebody".to_owned(), |peer| peer.ip().to_string());
///     format!("{peer}: {} in {}", failed.reason.name(), failed.phase.name())
/// }
///
/// let (reason, phase) = (Reason::Stalled, Phase::Answer);
/// let failed = Failed { reason, phase, worker: 0, connection: None, peer: None };
/// assert_eq!(line(&failed), "somebody: stalled in answer");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Failed {
    /// Why.
    pub reason: Reason,
    /// How far it had come.
    pub phase: Phase,
    /// The worker.
    pub worker: u16,
    /// The connection; it is not yet one in [`Phase::Accept`].
    pub connection: Option<Key>,
    /// The client.
    pub peer: Option<SocketAddr>,
}

/// What is told about failures.
///
/// ```
/// use std::sync::Arc;
///
/// use nova_http::{Failed, Hooks, OnFailure};
///
/// let tell: OnFailure = Arc::new(|failed: &Failed| eprintln!("{}", failed.reason.name()));
/// let hooks = Hooks { on_failure: Some(tell), ..Hooks::default() };
/// assert!(hooks.on_failure.is_some());
/// ```
pub type OnFailure = Arc<dyn Fn(&Failed) + Send + Sync>;

/// A number for each cell.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, Phase, Reason, Request, Response};
///
/// let app = App::new(|_: &Request<'_>, _: Response<'_>| -> Answered { panic!("a defect") });
/// assert_eq!(app.get("/").send().status(), 500);
///
/// let counters = app.counters();
/// assert_eq!(counters.failures.get(Reason::Panicked, Phase::Handler), 1);
/// assert_eq!(counters.failures.by_reason(Reason::Panicked), 1);
/// assert!(counters.failures.all().eq([(Reason::Panicked, Phase::Handler, 1)]));
/// ```
#[derive(Debug, Default)]
pub struct Failures {
    cells: [[Counter; Phase::ALL.len()]; Reason::ALL.len()],
}

impl Failures {
    /// How often this has happened.
    pub fn get(&self, reason: Reason, phase: Phase) -> u64 {
        self.cells[reason as usize][phase as usize].get()
    }

    /// How often this has happened, whatever the phase.
    pub fn by_reason(&self, reason: Reason) -> u64 {
        self.cells[reason as usize].iter().map(Counter::get).sum()
    }

    /// Every cell that is not zero.
    pub fn all(&self) -> impl Iterator<Item = (Reason, Phase, u64)> {
        let cells =
            Reason::ALL.iter().flat_map(|&reason| Phase::ALL.iter().map(move |&p| (reason, p)));
        cells
            .map(|(reason, phase)| (reason, phase, self.get(reason, phase)))
            .filter(|cell| cell.2 > 0)
    }

    pub(crate) fn add(&self, reason: Reason, phase: Phase) {
        self.cells[reason as usize][phase as usize].add(1);
    }

    /// Adds what `other` has counted.
    pub(crate) fn absorb(&self, other: &Self) {
        for (mine, theirs) in self.cells.iter().flatten().zip(other.cells.iter().flatten()) {
            mine.add(theirs.get());
        }
    }
}

/// The log's share of failures: one line in a second for each reason.
#[derive(Debug, Default)]
pub(crate) struct Sampler {
    last: [Cell<Option<Time>>; Reason::ALL.len()],
    left_out: [Cell<u64>; Reason::ALL.len()],
}

/// How far apart two lines about one reason are.
const APART: Duration = Duration::from_secs(1);

impl Sampler {
    /// Whether a line about `reason` may be written now, and for how many others it stands.
    fn due(&self, now: Time, reason: Reason) -> Option<u64> {
        let (last, left_out) = (&self.last[reason as usize], &self.left_out[reason as usize]);
        if last.get().is_some_and(|last| now < last + APART) {
            left_out.set(left_out.get() + 1);
            return None;
        }
        last.set(Some(now));
        Some(left_out.take())
    }

    pub(crate) fn log(&self, now: Time, failed: &Failed) {
        let Some(left_out) = self.due(now, failed.reason) else { return };
        let Failed { phase, worker, peer, .. } = failed;
        let (reason, phase) = (failed.reason.name(), phase.name());
        match failed.reason {
            Reason::Reset | Reason::Incomplete => {
                tracing::debug!(reason, phase, worker, ?peer, left_out, "a connection failed");
            }
            Reason::Panicked
            | Reason::Unanswered
            | Reason::InvalidAnswer
            | Reason::BrokenPromise => {
                tracing::error!(reason, phase, worker, ?peer, left_out, "an exchange failed");
            }
            _ => tracing::info!(reason, phase, worker, ?peer, left_out, "a connection failed"),
        }
    }
}

impl Reason {
    /// What an application is told.
    pub(crate) const fn gone(self) -> Gone {
        match self {
            Self::Incomplete => Gone::Incomplete,
            Self::Malformed | Self::TooLarge | Self::Crowded | Self::Unopened => Gone::Refused,
            Self::TimedOut | Self::Stalled => Gone::Expired,
            Self::Stopped => Gone::Stopped,
            Self::Shed => Gone::Shed,
            Self::Panicked
            | Self::Unanswered
            | Self::InvalidAnswer
            | Self::BrokenPromise
            | Self::Aborted => Gone::Aborted,
            Self::Reset => Gone::Reset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line for each reason and second, which says for how many others it stands.
    #[test]
    fn the_log_is_sampled() {
        let (sampler, start) = (Sampler::default(), Time::ZERO);
        assert_eq!(sampler.due(start, Reason::Reset), Some(0));
        for millisecond in 1..1_000 {
            let now = start + Duration::from_millis(millisecond);
            assert_eq!(sampler.due(now, Reason::Reset), None);
        }
        assert_eq!(
            sampler.due(start, Reason::Shed),
            Some(0),
            "another reason has lines of its own"
        );
        assert_eq!(sampler.due(start + APART, Reason::Reset), Some(999));
        assert_eq!(sampler.due(start + 2 * APART, Reason::Reset), Some(0));
    }
}
