//! The driver for every system that `mio` knows: epoll, kqueue, IOCP.
//!
//! These systems speak of *readiness*; the contract speaks of *completions*. The translation is to
//! do the read here, into one buffer that belongs to the driver, and to lend the result. In the
//! steady state a request costs one `recv`, one `send` and a share of one wait, and no allocation.
//!
//! # What edge-triggered readiness asks of us
//! `mio` tells about a *change* to readable once. Whoever does not read until the system says
//! "would block" must remember that there may be more, because nobody will say so again:
//! - a read that filled the buffer leaves its connection on the driver's *ready list*; the next
//!   turn serves it without sleeping ([`Driver::pending`] is true until then);
//! - readiness that arrives while receiving is paused is kept in the connection's entry, and
//!   resuming puts it on the ready list. Pausing and resuming cost no system call;
//! - a connection is read from before it is registered, in the turn in which it comes, and registered
//!   when the turn's events are over: registering tells of everything that is there by then;
//! - a short read means "drained" on epoll and kqueue (epoll(7), "Questions and answers"), unless
//!   the event said that the peer had closed: then the driver reads on, a turn later, until it has
//!   seen the end. On other systems it reads until "would block".
//!
//! # Unix sockets
//! Their connections behave like TCP's, with two differences. They know no reset: a client that goes
//! is an end (or, if it left octets unread, a failure), and [`Close::Reset`] is an end for the client
//! unless it left us octets unread, too. And a client that passes descriptors along with its octets
//! makes reads short, so what it sends after them may wait for what it sends next; the descriptors
//! are closed by the kernel.
//!
//! # Where things are
//! `receive.rs` turns readiness into completions, `accept.rs` takes connections from listeners,
//! `listen.rs` makes these as `options.rs` says, `file.rs` knows when a Unix socket's file may go,
//! `transfer.rs` moves octets, `token.rs` says whom an event is about, `clock.rs` reads the time once in a turn.

mod accept;
mod alarm;
mod clock;
mod endpoint;
#[cfg(unix)]
mod file;
mod listen;
mod options;
mod receive;
mod socket;
mod token;
mod transfer;
mod waker;

use std::io;
use std::mem;
use std::time::Duration;

use mio::{Interest, Token};

use crate::slots::Slots;
use crate::{Close, Driver, Event, Failure, Key, ListenerId, Time, Wait};
use accept::{Acceptor, Acceptors};
use alarm::Alarm;
use clock::Clock;
use receive::{Connection, Step};
use token::Who;

pub use endpoint::Endpoint;
pub use listen::Listener;
pub use options::{Keepalive, ListenOptions};
pub use socket::Socket;
pub use waker::Waker;

/// Size of the receive buffer that [`Portable::new`] makes, in octets. Large enough that an ordinary
/// upload arrives in one piece and need not be collected, small enough to stay in the processor's
/// second cache; small requests touch only its beginning.
pub const RECEIVE_BUFFER: usize = 128 * 1024;

/// How many readiness events one wait may bring, if nothing else is said. More stay in the kernel for the
/// next turn.
const EVENTS: usize = 1024;

/// Whether a receive or send that moved less than it was asked to proves that the socket has no
/// more octets, or no more room, and that the system will tell when this changes.
const SHORT_MEANS_DRAINED: bool = cfg!(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly",
));

// An idle connection costs an entry of 20 octets, and nothing else above the kernel.
#[cfg(all(target_os = "linux", not(debug_assertions)))]
const _: () = assert!(Slots::<Connection>::ENTRY <= 20);

/// Moves octets of TCP and Unix stream sockets through the operating system's readiness interface.
///
/// Waits are rounded *up* to whole milliseconds, which is what the systems below take; long ones may
/// end early, with no event.
///
/// ```
/// use nova_io::portable::{ListenOptions, Listener, Portable};
/// use nova_io::{Driver, Event, Key, Wait};
///
/// # fn main() -> std::io::Result<()> {
/// let mut driver = Portable::new()?;
/// let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &ListenOptions::default())?;
/// let client = std::net::TcpStream::connect(listener.local_addr()?)?;
/// driver.listen(listener)?;
/// driver.turn(Wait::Forever)?;
/// let Some(Event::Accepted { socket, .. }) = driver.next() else { panic!("a client waits") };
/// driver.adopt(Key::new(0, 0), socket)?;
/// # drop(client);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Portable {
    poll: mio::Poll,
    events: mio::Events,
    /// How many a wait may bring.
    most: usize,
    waker: Waker,
    clock: Clock,
    alarm: Alarm,
    buffer: Box<[u8]>,
    connections: Slots<Connection>,
    acceptors: Acceptors,
    /// Connections with something to look at in this turn, from `cursor` on.
    work: Vec<Key>,
    cursor: usize,
    /// Connections that have come in this turn.
    unwatched: Vec<Key>,
    /// The ready list: connections to look at in the next turn whatever the system says.
    later: Vec<Key>,
    woken: bool,
    /// The last wait has brought as many events as it could: there may be more.
    full: bool,
}

impl Portable {
    /// A driver with a receive buffer of [`RECEIVE_BUFFER`] octets.
    ///
    /// # Errors
    /// What the system says when it has no descriptor or memory left for a poll.
    pub fn new() -> io::Result<Self> {
        Self::with_receive_buffer(RECEIVE_BUFFER)
    }

    /// A driver with a receive buffer of `octets` (at least one).
    ///
    /// # Errors
    /// As [`Portable::new`].
    pub fn with_receive_buffer(octets: usize) -> io::Result<Self> {
        Self::with(octets, EVENTS)
    }

    /// A driver whose waits bring at most so many events (at least one). Who does not serve in the turn
    /// itself, but after it, serves the first sooner so.
    ///
    /// # Errors
    /// As [`Portable::new`].
    pub fn with_events(events: usize) -> io::Result<Self> {
        Self::with(RECEIVE_BUFFER, events)
    }

    fn with(octets: usize, events: usize) -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let waker = Waker::new(poll.registry(), Token(Who::Waker.to_token()))?;
        let alarm = Alarm::new(poll.registry(), Token(Who::Alarm.to_token()))?;
        Ok(Self {
            poll,
            events: mio::Events::with_capacity(events.max(1)),
            most: events.max(1),
            waker,
            clock: Clock::new(),
            alarm,
            buffer: vec![0; octets.max(1)].into_boxed_slice(),
            connections: Slots::default(),
            acceptors: Acceptors::default(),
            work: Vec::new(),
            cursor: 0,
            unwatched: Vec::new(),
            later: Vec::new(),
            woken: false,
            full: false,
        })
    }

    /// The socket of a connection, for questions and options; it stays the driver's.
    #[cfg(unix)]
    pub fn socket(&self, key: Key) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.connections.get(key).map(|connection| connection.descriptor())
    }

    /// Registers the connections that have come in this turn and are still there. Most of those that
    /// serve one request are not, and have cost the system two calls less.
    fn watch_new(&mut self) -> Option<Event<'_, Socket>> {
        while let Some(key) = self.unwatched.pop() {
            if let Some(connection) = self.connections.get_mut(key)
                && let Err(error) = connection.watch(key, self.poll.registry())
            {
                return Some(Event::Failed(key, Failure::from(&error)));
            }
        }
        None
    }

    /// Sorts the system's readiness events into the entries they are about.
    fn gather(&mut self) {
        let mut count = 0;
        for event in &self.events {
            count += 1;
            match Who::from_token(event.token().0) {
                Who::Connection(key) => {
                    // An event for a former tenant of the slot finds nobody.
                    if let Some(connection) = self.connections.get_mut(key)
                        && connection.note(event)
                        && !mem::replace(&mut connection.queued, true)
                    {
                        self.work.push(key);
                    }
                }
                Who::Listener(id) => self.acceptors.note(id),
                Who::Waker => {
                    self.waker.acknowledge();
                    self.woken = true;
                }
                Who::Alarm => self.alarm.gone_off(),
            }
        }
        self.full = count == self.most;
    }
}

impl Driver for Portable {
    type Socket = Socket;
    type Listener = Listener;
    type Waker = Waker;

    fn now(&self) -> Time {
        self.clock.now()
    }

    fn read_clock(&self) -> Time {
        self.clock.read()
    }

    fn unix_seconds(&self) -> u64 {
        self.clock.unix_seconds()
    }

    fn waker(&self) -> Waker {
        self.waker.clone()
    }

    fn turn(&mut self, wait: Wait) -> io::Result<()> {
        let timeout = if self.pending() {
            Some(Duration::ZERO)
        } else {
            match wait {
                Wait::No => Some(Duration::ZERO),
                Wait::AtMost(time) => self.alarm.limit(self.clock.now(), time)?,
                Wait::Forever => None,
            }
        };
        self.work.drain(..self.cursor);
        self.cursor = 0;
        self.work.append(&mut self.later);
        self.acceptors.refill();
        let waited = self.poll.poll(&mut self.events, timeout);
        self.clock.tick();
        match waited {
            Ok(()) => self.gather(),
            // A signal ended the wait. The caller looks at its deadlines and comes back.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.full = false,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn next(&mut self) -> Option<Event<'_, Socket>> {
        if mem::take(&mut self.woken) {
            return Some(Event::Woken);
        }
        while let Some(&key) = self.work.get(self.cursor) {
            let Some(connection) = self.connections.get_mut(key) else {
                self.cursor += 1;
                continue;
            };
            let step = connection.step(&mut self.buffer);
            if step == Step::Room {
                // The same connection may have received something, too: look again.
                return Some(Event::Sent(key, 0));
            }
            self.cursor += 1;
            connection.queued = connection.unfinished();
            if connection.queued {
                self.later.push(key);
            }
            match step {
                Step::Received(n) => return Some(Event::Received(key, &mut self.buffer[..n])),
                Step::Ended => return Some(Event::EndOfStream(key)),
                Step::Failed(why) => return Some(Event::Failed(key, why)),
                Step::Room | Step::Nothing => {}
            }
        }
        if let Some(event) = self.acceptors.next() {
            return Some(event);
        }
        self.watch_new()
    }

    fn pending(&self) -> bool {
        self.full
            || !self.later.is_empty()
            || self.cursor < self.work.len()
            || self.woken
            || !self.unwatched.is_empty()
            || self.acceptors.pending()
    }

    fn unread(&self, key: Key) -> bool {
        // A wait that brought as many events as it could has left others in the kernel.
        self.full || self.connections.get(key).is_some_and(|connection| connection.queued)
    }

    fn listen(&mut self, mut listener: Listener) -> io::Result<ListenerId> {
        let id = self.acceptors.next_id();
        let token = Token(Who::Listener(id).to_token());
        self.poll.registry().register(listener.source(), token, Interest::READABLE)?;
        self.acceptors.add(Acceptor::new(listener));
        Ok(id)
    }

    fn accept(&mut self, listener: ListenerId, on: bool) {
        self.acceptors.accept(listener, on);
    }

    fn unlisten(&mut self, listener: ListenerId) {
        if let Some(mut listener) = self.acceptors.remove(listener) {
            // The descriptor may have been duplicated; then closing ours would not end its events.
            let _ = self.poll.registry().deregister(listener.source());
        }
    }

    fn adopt(&mut self, key: Key, socket: Socket) -> io::Result<()> {
        let vacancy = self.connections.vacancy(key)?;
        let mut connection = Connection::new(socket.into_mio());
        if !SHORT_MEANS_DRAINED {
            connection.watch(key, self.poll.registry())?;
        }
        vacancy.fill(connection);
        // Looked at in this turn: a client's first octets are often there already.
        self.work.push(key);
        self.unwatched.push(key);
        Ok(())
    }

    fn release(&mut self, key: Key) -> Option<Socket> {
        let mut stream = self.connections.take(key)?.into_stream();
        // Nothing is held above the kernel: octets not yet lent are still in the socket, and
        // registering it elsewhere reports them anew.
        let _ = self.poll.registry().deregister(&mut stream);
        Some(Socket::from_mio(stream))
    }

    fn want_receive(&mut self, key: Key, on: bool) {
        if let Some(connection) = self.connections.get_mut(key)
            && connection.want_receive(on)
            && !mem::replace(&mut connection.queued, true)
        {
            self.later.push(key);
        }
    }

    fn send(&mut self, key: Key, octets: &[u8]) -> Result<usize, Failure> {
        match self.connections.get_mut(key) {
            Some(connection) => connection.send(key, octets, self.poll.registry()),
            None => Err(Failure::Other(io::ErrorKind::NotFound)),
        }
    }

    #[cfg(unix)]
    fn send_pieces(&mut self, key: Key, pieces: &[io::IoSlice<'_>]) -> Result<usize, Failure> {
        match self.connections.get_mut(key) {
            Some(connection) => connection.send_pieces(key, pieces, self.poll.registry()),
            None => Err(Failure::Other(io::ErrorKind::NotFound)),
        }
    }

    fn shutdown(&mut self, key: Key) {
        if let Some(connection) = self.connections.get_mut(key) {
            connection.shutdown();
        }
    }

    fn close(&mut self, key: Key, how: Close) {
        if let Some(connection) = self.connections.take(key) {
            connection.close(how);
        }
    }

    #[cfg(unix)]
    #[expect(unsafe_code, reason = "mio lends its descriptor only as a number")]
    fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        let raw = std::os::fd::AsRawFd::as_raw_fd(&self.poll);
        // SAFETY: the poll owns this descriptor, and lives as long as what is lent here.
        Some(unsafe { std::os::fd::BorrowedFd::borrow_raw(raw) })
    }
}
