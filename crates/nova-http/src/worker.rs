//! A worker: one thread's share of the server. [`Worker::turn`] is the table of contents.

mod accept;
mod end;
mod guest;
mod serve;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nova_http1::HeadReader;
use nova_http1::response::DateField;
use nova_io::{Driver, Key, ListenerId, Time, Wait};

use self::accept::Accepting;
use self::end::Stopping;
pub use self::guest::Released;
use crate::addresses::Addresses;
use crate::application::Application;
use crate::balance::Loads;
use crate::buffers::Buffers;
use crate::connection::Connection;
use crate::counters::Counters;
use crate::limits::Limits;
use crate::mailbox::{Mailbox, Message};
use crate::out::Out;
use crate::protocol::{Spares, Tools};
use crate::report::Report;
use crate::seen::{Hooks, Seen};
use crate::slots::Slots;
use crate::stack::Stack;
use crate::timers::Timers;

/// Room in the send buffer that a worker keeps between turns.
const SEND_BUFFER: usize = 64 * 1024;

/// Callbacks that hold a worker for longer than this keep its other clients waiting.
const SLOW_TURN: Duration = Duration::from_millis(100);

/// What a worker wants after a turn; whoever drives it must obey.
///
/// ```
/// use nova_http::Next;
/// use nova_io::{Time, Wait};
///
/// /// How the next turn is to wait; `None` if there is none.
/// fn wait(next: Next, now: Time) -> Option<Wait> {
///     match next {
///         Next::Again => Some(Wait::No),
///         Next::At(moment) => Some(Wait::AtMost(moment.since(now))),
///         Next::WhenWoken => Some(Wait::Forever),
///         Next::Done => None,
///     }
/// }
///
/// assert_eq!(wait(Next::Again, Time::ZERO), Some(Wait::No));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Work is left that no event will announce: turn again without waiting.
    Again,
    /// Turn again at this moment, or earlier if something happens.
    At(Time),
    /// Turn again when something happens.
    WhenWoken,
    /// The worker has stopped; there is nothing left to do.
    Done,
}

/// The mailbox of a worker that has this driver.
type MailboxOf<D> = Arc<Mailbox<<D as Driver>::Socket, <D as Driver>::Waker>>;

/// What a worker shares with its neighbours.
pub(crate) struct Neighbours<D: Driver> {
    pub(crate) loads: Loads,
    pub(crate) mailboxes: Box<[MailboxOf<D>]>,
    pub(crate) addresses: Addresses,
}

impl<D: Driver> fmt::Debug for Neighbours<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Neighbours").field("loads", &self.loads).finish_non_exhaustive()
    }
}

/// One thread's connections, with all that they share.
///
/// ```
/// use nova_http::testing::Bench;
/// use nova_http::{Answered, Limits, Next, Request, Response};
/// use nova_io::Wait;
/// use nova_io::sim::Network;
///
/// fn hello(_: &Request<'_>, response: Response<'_>) -> Answered {
///     response.send(b"hello")
/// }
///
/// let mut bench = Bench::http(Network::calm(), Limits::default(), hello);
/// let _client = bench.connect();
/// bench.settle();
/// let worker = bench.worker(0);
/// assert_eq!((worker.connections(), worker.spilled_bytes()), (1, 0));
/// // The connection is idle: there is nothing to do before its deadline.
/// assert!(matches!(worker.turn(Wait::No)?, Next::At(_)));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Worker<D: Driver, S: Stack, A> {
    me: usize,
    driver: D,
    stack: S,
    app: A,
    connections: Slots<Connection<S::Transport, S::Protocol>>,
    /// The clients' addresses, by slot.
    peers: Vec<Option<SocketAddr>>,
    /// By slot, the addresses that the connections were admitted by, where these are counted.
    admitted: HashMap<u32, Option<SocketAddr>>,
    /// Connections with work that no event will announce.
    ready: Vec<Key>,
    ready_now: Vec<Key>,
    /// What the current connection sends: plain octets, and sealed ones.
    out: Out,
    wire: Vec<u8>,
    buffers: Buffers,
    timers: Timers,
    tools: Tools,
    mail: Vec<Message<D::Socket>>,
    neighbours: Arc<Neighbours<D>>,
    listeners: Vec<ListenerId>,
    accepting: Accepting,
    /// The last accept has failed, and that has been logged.
    accept_was_failing: bool,
    stopping: Option<Stopping>,
    /// The application wants to be lent more exchanges than one turn has time for.
    tasks_left: bool,
}

/// Everything of the worker but its driver and its connections, for one connection's call.
macro_rules! cx {
    ($worker:ident, $now:expr, $key:expr, $unsent:expr) => {
        $crate::protocol::Cx {
            now: $now,
            key: $key,
            peer: $worker.peers.get($key.slot as usize).copied().flatten(),
            app: &mut $worker.app,
            out: &mut $worker.out,
            unsent: $unsent,
            tools: &mut $worker.tools,
        }
    };
}

use cx;

/// What a worker is made of beside its driver, its stack and its application.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) counters: Arc<Counters>,
    pub(crate) hooks: Hooks,
}

impl<D: Driver, S: Stack, A: Application> Worker<D, S, A> {
    pub(crate) fn new(
        me: usize,
        driver: D,
        stack: S,
        mut app: A,
        settings: Settings,
        neighbours: Arc<Neighbours<D>>,
    ) -> Self {
        let worker = u16::try_from(me).unwrap_or(u16::MAX);
        let tools = Tools {
            worker,
            limits: settings.limits,
            seen: Seen::new(worker, settings.counters, settings.hooks),
            post: neighbours.mailboxes[me].clone(),
            date: DateField::new(driver.unix_seconds()),
            reader: HeadReader::new(),
            spares: Spares::default(),
        };
        app.attach(worker, &tools.post);
        Self {
            me,
            driver,
            stack,
            app,
            connections: Slots::default(),
            peers: Vec::new(),
            admitted: HashMap::new(),
            ready: Vec::new(),
            ready_now: Vec::new(),
            out: Out::with_capacity(SEND_BUFFER),
            wire: Vec::new(),
            buffers: Buffers::default(),
            timers: Timers::default(),
            tools,
            mail: Vec::new(),
            neighbours,
            listeners: Vec::new(),
            accepting: Accepting::Yes,
            accept_was_failing: false,
            stopping: None,
            tasks_left: false,
        }
    }

    /// Starts accepting on `listener`.
    pub fn listen(&mut self, listener: D::Listener) -> io::Result<()> {
        let id = self.driver.listen(listener)?;
        self.listeners.push(id);
        Ok(())
    }

    /// Turns until the worker has been stopped, and says what the stop has cost.
    pub fn run(&mut self) -> io::Result<Report> {
        let mut wait = Wait::No;
        loop {
            wait = match self.turn(wait)? {
                Next::Again => Wait::No,
                Next::At(moment) => Wait::AtMost(moment.since(self.driver.now())),
                Next::WhenWoken => Wait::Forever,
                Next::Done => return Ok(self.report()),
            };
        }
    }

    /// Serves everything that has happened, after waiting for it as told. Returns what comes next;
    /// the wait of the next turn must follow it.
    pub fn turn(&mut self, wait: Wait) -> io::Result<Next> {
        self.driver.turn(wait)?;
        self.tools.seen.counters.turns.add(1);
        self.neighbours.mailboxes[self.me].awake();
        self.tools.date.update(self.driver.unix_seconds());
        self.app.turn(self.driver.now());
        self.serve_ready();
        self.serve_events();
        self.serve_mail();
        self.serve_tasks();
        self.serve_deadlines();
        self.keep_within_memory();
        self.look_at_the_clock();
        Ok(self.next())
    }

    /// A turn that has taken long has kept every other client of this worker waiting.
    fn look_at_the_clock(&self) {
        let took = self.driver.read_clock().since(self.driver.now());
        if took > SLOW_TURN {
            self.tools.seen.counters.slow_turns.add(1);
            tracing::warn!(
                worker = self.me,
                milliseconds = took.as_millis() as u64,
                "handlers have held their worker: what waits or computes for long belongs into \
                 `blocking`, `defer` or a future"
            );
        }
    }

    /// What comes next. From here on the mailbox wakes the driver.
    fn next(&self) -> Next {
        if self.stopping.is_some() && self.connections.len() == 0 {
            self.close_mailbox();
            return Next::Done;
        }
        let next = self.upcoming();
        if next == Next::Again || !self.neighbours.mailboxes[self.me].fall_asleep() {
            return Next::Again;
        }
        next
    }

    /// What comes next if nothing happens.
    fn upcoming(&self) -> Next {
        if !self.ready.is_empty() || self.tasks_left || self.driver.pending() {
            return Next::Again;
        }
        let now = self.driver.now();
        let mut moment = self.timers.wait(now).map_or(Time::NEVER, |wait| now + wait);
        if let Accepting::Failed(until) = self.accepting {
            moment = moment.min(until);
        }
        if let Some(stopping) = &self.stopping {
            moment = moment.min(stopping.deadline);
        }
        if let Some(until) = self.app.deadline() {
            moment = moment.min(until);
        }
        if moment == Time::NEVER { Next::WhenWoken } else { Next::At(moment) }
    }

    /// Between turns: the host's task, to be woken instead of the driver. `false` if the worker is to
    /// turn at once.
    #[cfg(all(feature = "tokio", unix))]
    pub(crate) fn sleeps_for(&self, host: &std::task::Waker) -> bool {
        self.neighbours.mailboxes[self.me].sleeps_for(host)
    }

    /// How many connections the worker has.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Octets that connections hold: unfinished heads, collected content, answers not taken.
    pub fn spilled_bytes(&self) -> usize {
        self.buffers.used()
    }

    pub(crate) fn app(&self) -> &A {
        &self.app
    }

    /// How many connections await a deadline.
    pub(crate) fn timers_filed(&self) -> usize {
        self.timers.filed()
    }

    /// The driver, for a host that must watch its descriptor.
    pub fn driver(&self) -> &D {
        &self.driver
    }

    /// The application.
    pub fn application(&mut self) -> &mut A {
        &mut self.app
    }
}

impl<D: Driver, S: Stack, A> fmt::Debug for Worker<D, S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("me", &self.me)
            .field("connections", &self.connections.len())
            .field("accepting", &self.accepting)
            .field("stopping", &self.stopping)
            .finish_non_exhaustive()
    }
}
