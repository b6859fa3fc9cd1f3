//! What a worker counts, and whom it tells.

use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nova_io::{Key, Time};

use crate::counters::Counters;
use crate::failures::{Failed, OnFailure, Phase, Reason, Sampler};
use crate::observe::OnResponse;

/// Who wants to be told, by all workers of a server.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use nova_http::testing::Bench;
/// use nova_http::{Call, Failed, Hooks, Limits, OnFailure, PlainHttp, Tasks};
/// use nova_io::sim::Network;
///
/// let failures = Arc::new(AtomicU64::new(0));
/// let count = failures.clone();
/// let on_failure: OnFailure = Arc::new(move |_: &Failed| {
///     count.fetch_add(1, Ordering::Relaxed);
/// });
/// let hooks = Hooks { on_failure: Some(on_failure), ..Hooks::default() };
/// # async fn hello(_: Call) -> &'static str { "hello" }
/// let make = |_| (PlainHttp, Tasks::new(hello));
/// let mut bench = Bench::watched(Network::calm(), Limits::default(), hooks, 1, make);
/// let mut client = bench.connect();
/// client.write(b"GET / HTTP/1.1\r\n\r\n"); // Without Host.
/// bench.settle();
/// assert_eq!(failures.load(Ordering::Relaxed), 1);
/// ```
#[derive(Clone, Default)]
pub struct Hooks {
    /// About failures.
    pub on_failure: Option<OnFailure>,
    /// About answers.
    pub on_response: Option<OnResponse>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("on_failure", &self.on_failure.is_some())
            .field("on_response", &self.on_response.is_some())
            .finish()
    }
}

/// A worker's counters, hooks and sampled log.
///
/// ```
/// use nova_http::Cx;
///
/// /// A part of a protocol: whether it must remember requests until they are answered.
/// fn is_watched<A>(cx: &Cx<'_, A>) -> bool {
///     println!("{} requests until now", cx.tools.seen.counters.requests.get());
///     cx.tools.seen.hooks.on_response.is_some()
/// }
/// ```
#[derive(Debug)]
pub struct Seen {
    /// The worker's own number.
    worker: u16,
    /// The worker's counters.
    pub counters: Arc<Counters>,
    /// Who is told.
    pub hooks: Hooks,
    sampler: Sampler,
}

impl Seen {
    pub(crate) fn new(worker: u16, counters: Arc<Counters>, hooks: Hooks) -> Self {
        Self { worker, counters, hooks, sampler: Sampler::default() }
    }

    /// Counts a failure, tells the hook, and logs it, if not too many have been logged. Protocols
    /// call it through [`Cx::fail`](crate::Cx::fail).
    #[cold]
    pub fn fail(
        &self,
        now: Time,
        reason: Reason,
        phase: Phase,
        connection: Option<Key>,
        peer: Option<SocketAddr>,
    ) {
        let failed = Failed { reason, phase, worker: self.worker, connection, peer };
        self.counters.failures.add(reason, phase);
        self.sampler.log(now, &failed);
        if let Some(hook) = &self.hooks.on_failure {
            self.guard("on_failure", || hook(&failed));
        }
    }

    /// Calls what belongs to no open exchange; a panic of it is counted and logged, and goes no
    /// further.
    #[inline]
    pub(crate) fn guard(&self, what: &str, call: impl FnOnce()) {
        if !guard(what, call) {
            self.counters.callback_panics.add(1);
        }
    }
}

/// Calls what is not ours; a panic of it is logged and goes no further. Says whether all went well.
pub(crate) fn guard(what: &str, call: impl FnOnce()) -> bool {
    let well = catch_unwind(AssertUnwindSafe(call)).is_ok();
    if !well {
        tracing::error!(what, "a callback panicked");
    }
    well
}
