//! A worker: one thread's share of the server. [`Worker::turn`] is the table of contents.

mod accept;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use nova_http1::HeadReader;
use nova_http1::response::DateField;
use nova_io::{Close, Driver, Event, Failure, Key, ListenerId, Time, Wait};

use self::accept::Accepting;
use crate::application::Application;
use crate::balance::Loads;
use crate::buffers::Buffers;
use crate::connection::{Connection, Verdict};
use crate::counters::Counters;
use crate::exchange::Gone;
use crate::limits::Limits;
use crate::mailbox::{Mailbox, Message};
use crate::protocol::{Cx, Tools};
use crate::slots::Slots;
use crate::stack::Stack;
use crate::timers::Timers;

/// Room in the send buffer that a worker keeps between turns.
const SEND_BUFFER: usize = 64 * 1024;

/// What a worker wants after a turn; whoever drives it must obey.
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
}

impl<D: Driver> fmt::Debug for Neighbours<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Neighbours").field("loads", &self.loads).finish_non_exhaustive()
    }
}

/// One thread's connections, with all that they share.
pub struct Worker<D: Driver, S: Stack, A> {
    me: usize,
    driver: D,
    stack: S,
    app: A,
    connections: Slots<Connection<S::Transport, S::Protocol>>,
    /// Connections with work that no event will announce.
    ready: Vec<Key>,
    ready_now: Vec<Key>,
    /// What the current connection sends: plain octets, and sealed ones.
    out: Vec<u8>,
    wire: Vec<u8>,
    buffers: Buffers,
    timers: Timers,
    tools: Tools,
    mail: Vec<Message<D::Socket>>,
    neighbours: Arc<Neighbours<D>>,
    listeners: Vec<ListenerId>,
    accepting: Accepting,
    stopping: Option<Stopping>,
}

#[derive(Clone, Copy, Debug)]
struct Stopping {
    deadline: Time,
}

/// Everything of the worker but its driver and its connections, for one connection's call.
macro_rules! cx {
    ($worker:ident, $key:expr, $unsent:expr) => {
        Cx {
            now: $worker.driver.now(),
            key: $key,
            app: &mut $worker.app,
            out: &mut $worker.out,
            unsent: $unsent,
            tools: &mut $worker.tools,
        }
    };
}

impl<D: Driver, S: Stack, A: Application> Worker<D, S, A> {
    pub(crate) fn new(
        me: usize,
        driver: D,
        stack: S,
        app: A,
        limits: Limits,
        counters: Arc<Counters>,
        neighbours: Arc<Neighbours<D>>,
    ) -> Self {
        let tools = Tools {
            worker: u16::try_from(me).unwrap_or(u16::MAX),
            limits,
            counters,
            post: neighbours.mailboxes[me].clone(),
            date: DateField::new(driver.unix_seconds()),
            reader: HeadReader::new(),
        };
        Self {
            me,
            driver,
            stack,
            app,
            connections: Slots::default(),
            ready: Vec::new(),
            ready_now: Vec::new(),
            out: Vec::with_capacity(SEND_BUFFER),
            wire: Vec::new(),
            buffers: Buffers::default(),
            timers: Timers::default(),
            tools,
            mail: Vec::new(),
            neighbours,
            listeners: Vec::new(),
            accepting: Accepting::Yes,
            stopping: None,
        }
    }

    /// Starts accepting on `listener`.
    pub fn listen(&mut self, listener: D::Listener) -> io::Result<()> {
        let id = self.driver.listen(listener)?;
        self.listeners.push(id);
        Ok(())
    }

    /// Turns until the worker has been stopped.
    pub fn run(&mut self) -> io::Result<()> {
        let mut wait = Wait::No;
        loop {
            wait = match self.turn(wait)? {
                Next::Again => Wait::No,
                Next::At(moment) => Wait::AtMost(moment.since(self.driver.now())),
                Next::WhenWoken => Wait::Forever,
                Next::Done => return Ok(()),
            };
        }
    }

    /// Serves everything that has happened, after waiting for it as told. Returns what comes next;
    /// the wait of the next turn must follow it.
    pub fn turn(&mut self, wait: Wait) -> io::Result<Next> {
        self.driver.turn(wait)?;
        self.neighbours.mailboxes[self.me].awake();
        self.tools.date.update(self.driver.unix_seconds());
        self.serve_ready();
        self.serve_events();
        self.serve_mail();
        self.serve_deadlines();
        Ok(self.next())
    }

    /// Connections whose budget was used up in the last turn go on.
    fn serve_ready(&mut self) {
        std::mem::swap(&mut self.ready, &mut self.ready_now);
        while let Some(key) = self.ready_now.pop() {
            let Some(connection) = self.connections.get_mut(key) else { continue };
            connection.ready = false;
            let mut cx = cx!(self, key, connection.unsent());
            connection.resume(&mut cx, &mut self.buffers);
            self.finish(key, false);
        }
    }

    /// What the driver has: receive, drive, respond, flush.
    fn serve_events(&mut self) {
        let now = self.driver.now();
        while let Some(event) = self.driver.next() {
            match event {
                Event::Received(key, octets) => {
                    let Some(connection) = self.connections.get_mut(key) else { continue };
                    self.tools.counters.octets_in.add(octets.len() as u64);
                    let mut cx = Cx {
                        now,
                        key,
                        app: &mut self.app,
                        out: &mut self.out,
                        unsent: connection.unsent(),
                        tools: &mut self.tools,
                    };
                    let opened =
                        connection.receive(octets, &mut cx, &mut self.wire, &mut self.buffers);
                    self.finish(key, true);
                    if opened.is_err() {
                        self.close(key, Close::Orderly, Gone::Refused);
                    }
                }
                Event::Sent(key, _) => self.sent(key),
                Event::EndOfStream(key) => {
                    let Some(connection) = self.connections.get_mut(key) else { continue };
                    connection.end_of_stream();
                    self.finish(key, true);
                }
                Event::Failed(key, failure) => self.failed(key, failure),
                Event::Accepted { listener: _, socket, peer } => self.accepted(socket, peer),
                Event::AcceptFailed { listener: _, error } => self.accept_failed(&error),
                Event::Woken => {}
            }
        }
    }

    /// Sockets handed over by neighbours, deferred answers, the order to stop.
    fn serve_mail(&mut self) {
        let mut mail = std::mem::take(&mut self.mail);
        self.neighbours.mailboxes[self.me].take(&mut mail);
        for message in mail.drain(..) {
            match message {
                Message::Adopt { socket, peer } => self.adopt(socket, peer),
                Message::Answer { id, answer } => {
                    let key = id.connection;
                    let known = match self.connections.get_mut(key) {
                        Some(connection) => {
                            let mut cx = cx!(self, key, connection.unsent());
                            connection.answer(id.number, &answer, &mut cx, &mut self.buffers)
                        }
                        None => false,
                    };
                    if !known {
                        self.tools.counters.late_answers.add(1);
                    }
                    self.finish(key, false);
                }
                Message::Stop { grace } => self.stop(grace),
            }
        }
        self.mail = mail;
    }

    /// Deadlines that have passed, unless there is more to read: nobody is blamed for octets that
    /// have arrived and that we have not looked at.
    fn serve_deadlines(&mut self) {
        if self.driver.pending() {
            return;
        }
        let now = self.driver.now();
        while let Some(slot) = self.timers.pop(now) {
            let Some(key) = self.connections.key_of(slot) else { continue };
            let Some(connection) = self.connections.get_mut(key) else { continue };
            if connection.deadline() > now {
                self.file_deadline(key);
                continue;
            }
            let mut cx = cx!(self, key, connection.unsent());
            match connection.expire(&mut cx) {
                Verdict::Close(how, why) => self.close(key, how, why),
                Verdict::Keep | Verdict::Ready => self.finish(key, true),
            }
        }
        if matches!(self.accepting, Accepting::Failed(until) if until <= now) {
            self.accept_again();
        }
        if self.stopping.is_some_and(|stopping| stopping.deadline <= now) {
            for key in self.connections.keys() {
                self.close(key, Close::Reset, Gone::Stopped);
            }
        }
    }

    /// What comes next. From here on the mailbox wakes the driver.
    fn next(&self) -> Next {
        if self.stopping.is_some() && self.connections.len() == 0 {
            return Next::Done;
        }
        let work = !self.ready.is_empty() || self.driver.pending();
        if work || !self.neighbours.mailboxes[self.me].fall_asleep() {
            return Next::Again;
        }
        let now = self.driver.now();
        let deadline = self.timers.wait(now).map(|wait| now + wait);
        let accept = match self.accepting {
            Accepting::Failed(until) => Some(until),
            Accepting::Yes | Accepting::Full => None,
        };
        let stop = self.stopping.map(|stopping| stopping.deadline);
        match [deadline, accept, stop].into_iter().flatten().min() {
            Some(moment) => Next::At(moment),
            None => Next::WhenWoken,
        }
    }

    /// After a connection has been served: flush, decide, file.
    #[inline]
    fn finish(&mut self, key: Key, progress: bool) {
        let Some(connection) = self.connections.get_mut(key) else {
            self.out.clear();
            return;
        };
        let mut cx = cx!(self, key, connection.unsent());
        connection.pass_end_on(&mut cx);
        let (driver, out, wire) = (&mut self.driver, &mut self.out, &mut self.wire);
        match connection.flush(key, driver, out, wire, &mut self.buffers) {
            Ok(sent) => self.tools.counters.octets_out.add(sent as u64),
            Err(failure) => return self.failed(key, failure),
        }
        let now = self.driver.now();
        match connection.settle(key, now, progress, &mut self.driver, &self.tools.limits) {
            Verdict::Keep => {}
            Verdict::Ready if connection.ready => {}
            Verdict::Ready => {
                connection.ready = true;
                self.ready.push(key);
            }
            Verdict::Close(how, why) => return self.close(key, how, why),
        }
        self.file_deadline(key);
    }

    #[inline]
    fn file_deadline(&mut self, key: Key) {
        if let Some(connection) = self.connections.get_mut(key)
            && connection.deadline() != Time::NEVER
        {
            self.timers.at_most(key.slot, connection.deadline());
        }
    }

    fn sent(&mut self, key: Key) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        match connection.send_spill(key, &mut self.driver, &mut self.buffers) {
            Ok(sent) => {
                self.tools.counters.octets_out.add(sent as u64);
                let mut cx = cx!(self, key, connection.unsent());
                connection.writable(&mut cx);
                self.finish(key, sent > 0);
            }
            Err(failure) => self.failed(key, failure),
        }
    }

    fn failed(&mut self, key: Key, failure: Failure) {
        tracing::debug!(?key, ?failure, "a connection died");
        self.tools.counters.resets.add(1);
        self.close(key, Close::Orderly, Gone::Reset);
    }

    fn stop(&mut self, grace: Duration) {
        let now = self.driver.now();
        for listener in self.listeners.drain(..) {
            self.driver.unlisten(listener);
        }
        self.stopping = Some(Stopping { deadline: now + grace });
        // An idle client may be sending right now: it has a quarter of the grace, one second at
        // most, to be answered with an announced close instead of a reset.
        let idle = now + (grace / 4).min(Duration::from_secs(1));
        for key in self.connections.keys() {
            if let Some(connection) = self.connections.get_mut(key) {
                connection.stop(idle);
                self.file_deadline(key);
            }
        }
    }

    fn close(&mut self, key: Key, how: Close, why: Gone) {
        let Some(connection) = self.connections.remove(key) else { return };
        if self.stopping.is_some() && why == Gone::Stopped && connection.busy() {
            tracing::warn!(?key, "the stop's deadline cut a connection off");
        }
        let mut cx = cx!(self, key, 0);
        connection.close(why, &mut cx, &mut self.buffers);
        self.out.clear();
        self.wire.clear();
        self.driver.close(key, how);
        self.timers.remove(key.slot);
        self.neighbours.loads.ended(self.me);
        self.tools.counters.closed.add(1);
        self.app.closed(key);
        if self.accepting != Accepting::Yes {
            self.accept_again();
        }
    }

    /// How many connections the worker has.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Octets of spill buffers that connections hold: unfinished heads, answers not taken.
    pub fn spilled_bytes(&self) -> usize {
        self.buffers.lent()
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
