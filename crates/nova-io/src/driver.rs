//! The Driver contract: what a worker may expect of whatever moves its octets.
//!
//! A worker drives it like this, and no other way:
//!
//! ```text
//! loop {
//!     driver.turn(wait)?;                     // at most one wait in the kernel
//!     while let Some(event) = driver.next() { // a lending iterator: one event at a time
//!         …look at the event, write answers into the worker's own buffer…
//!         driver.send(key, &answers)          // before the next `next()`
//!     }
//! }
//! ```
//!
//! # Who owns which octets until when
//! [`Event::Received`] lends a part of the driver's receive buffer until the next call of any
//! method of the driver. It is mutable, so that TLS can open records and WebSocket can unmask in
//! place. [`Driver::send`] copies or sends what it takes and never keeps the caller's slice.
//!
//! # What the caller may rely on
//! - After [`Driver::close`] or [`Driver::release`] of a key no further event names it, and a
//!   completion that was under way for it never reaches a later tenant of the same slot.
//! - [`Event::EndOfStream`] and [`Event::Failed`] come at most once for a key, after all octets
//!   that arrived before them, and nothing but [`Event::Sent`] (and, after `EndOfStream`, a
//!   `Failed`) follows them.
//! - A reset is told even while receiving is paused; it then overtakes octets that were not wanted.
//! - A driver is fair: one turn lends at most one buffer for each connection.
//!
//! # What the caller must put up with
//! - `want_receive(key, false)` may still be followed by up to one buffer of `Received` and by
//!   `EndOfStream` (io_uring cannot take a completion back).
//! - A turn may end with no event at all.
//! - `Sent` may come when nothing was waited for.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use crate::{Key, Time};

/// How long a turn may wait in the kernel for the first event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Look and return: the worker is a guest of somebody else's loop, or has work left.
    No,
    /// At most this long. Drivers round up, never down: an early wake would spin. A wait of seconds
    /// may now and then end early, with no event.
    AtMost(Duration),
    /// Until something happens.
    Forever,
}

/// Names a listener of a driver, in the order of [`Driver::listen`], from zero.
pub type ListenerId = usize;

/// What happened to a socket, or to the driver itself.
#[derive(Debug)]
pub enum Event<'a, S> {
    /// A connection has been accepted. It is not registered yet: [`Driver::adopt`] it, here or in
    /// another worker, or drop it, which closes it.
    Accepted {
        /// Where it came in.
        listener: ListenerId,
        /// The socket; nothing has been read from it.
        socket: S,
        /// The client's address; `None` where there is none (Unix sockets).
        peer: Option<SocketAddr>,
    },
    /// Accepting failed in a way that will not go away by itself (no descriptors, no memory). The
    /// driver has paused the listener; [`Driver::accept`] resumes it.
    AcceptFailed {
        /// Which listener.
        listener: ListenerId,
        /// What the kernel said.
        error: io::Error,
    },
    /// Octets have arrived: never empty; lent until the next call of a method of the driver.
    Received(Key, &'a mut [u8]),
    /// The peer will send nothing more. It may still read.
    EndOfStream(Key),
    /// There is room to send again after [`Driver::send`] took less than it was given. The number
    /// says how many octets that the driver had taken earlier have left since the last `Sent`
    /// (zero for drivers that keep nothing).
    Sent(Key, usize),
    /// The connection is dead in both directions. The key stays taken until [`Driver::close`].
    Failed(Key, Failure),
    /// A [`Waker`] was used since the last turn, once or many times.
    Woken,
}

/// Why a connection died under us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The peer reset it (ECONNRESET), or had gone when we sent (EPIPE).
    Reset,
    /// The network gave up on the peer (ETIMEDOUT, unreachable host).
    TimedOut,
    /// Anything else.
    Other(io::ErrorKind),
}

impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected => Self::Reset,
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => Self::TimedOut,
            kind => Self::Other(kind),
        }
    }
}

/// How to end a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Close the socket; octets that the kernel has taken are still delivered.
    Orderly,
    /// Make sure that the peer sees a reset (SO_LINGER 0): the answer it got was cut short.
    Reset,
}

/// Wakes a driver that waits in [`Driver::turn`], from any thread.
pub trait Waker: Clone + Send + Sync + 'static {
    /// Makes the current or the next turn return with [`Event::Woken`]. Many wakes may be one event.
    fn wake(&self) -> io::Result<()>;
}

/// Moves the octets of one worker's sockets. See the module's text for the rules of use.
pub trait Driver {
    /// A connected socket that belongs to no driver; it can be sent to another thread's.
    /// Dropping it closes the connection.
    type Socket: Send + 'static;
    /// A bound, listening socket.
    type Listener;
    /// Wakes this driver from other threads.
    type Waker: Waker;

    /// The moment of the last turn (after its wait), or of the driver's making before the first.
    fn now(&self) -> Time;

    /// The moment right now, for whoever wants to know how long something in this turn has taken.
    fn read_clock(&self) -> Time {
        self.now()
    }

    /// Seconds since 1970-01-01T00:00:00Z at the last turn, for the `Date` field.
    fn unix_seconds(&self) -> u64;

    /// A handle that wakes this driver.
    fn waker(&self) -> Self::Waker;

    /// Waits as told (not at all while work is left from the last turn: see [`Driver::pending`])
    /// and gathers what has happened.
    fn turn(&mut self, wait: Wait) -> io::Result<()>;

    /// The next thing that happened in this turn.
    fn next(&mut self) -> Option<Event<'_, Self::Socket>>;

    /// Whether the next turn would find work without waiting (a receive stopped by fairness, a
    /// listener with a rest). A guest must not sleep while this is so.
    fn pending(&self) -> bool;

    /// Whether octets of `key` may have arrived that no event has told of yet.
    fn unread(&self, key: Key) -> bool;

    /// Starts accepting on `listener`.
    fn listen(&mut self, listener: Self::Listener) -> io::Result<ListenerId>;

    /// Pauses or resumes accepting. Clients wait in the kernel's queue meanwhile.
    fn accept(&mut self, listener: ListenerId, on: bool);

    /// Stops accepting for good and closes the listener.
    fn unlisten(&mut self, listener: ListenerId);

    /// Takes a socket in under the caller's `key` and starts receiving. The slot must be free.
    /// On error the socket is closed.
    fn adopt(&mut self, key: Key, socket: Self::Socket) -> io::Result<()>;

    /// Gives a socket out of the driver, unclosed; `None` if the key is unknown. Octets that have
    /// been received but not lent yet are not lost: they stay with the socket.
    fn release(&mut self, key: Key) -> Option<Self::Socket>;

    /// Whether to receive: back-pressure. On after [`Driver::adopt`].
    fn want_receive(&mut self, key: Key, on: bool);

    /// Sends from the front of `octets` and says how many it took. Fewer than all means that there
    /// is no more room; [`Event::Sent`] tells when to go on. An error means the connection is dead;
    /// no [`Event::Failed`] follows it.
    fn send(&mut self, key: Key, octets: &[u8]) -> Result<usize, Failure>;

    /// As [`Driver::send`] for octets that do not lie in a row, in as few calls as the system allows.
    fn send_pieces(&mut self, key: Key, pieces: &[IoSlice<'_>]) -> Result<usize, Failure> {
        let mut taken = 0;
        for piece in pieces {
            let sent = self.send(key, piece)?;
            taken += sent;
            if sent < piece.len() {
                break;
            }
        }
        Ok(taken)
    }

    /// Ends our direction (FIN) once everything sent has left; receiving goes on.
    fn shutdown(&mut self, key: Key);

    /// Ends the connection and frees the key. Unknown keys are ignored.
    fn close(&mut self, key: Key, how: Close);

    /// What a host's loop must watch for readability when this driver is a guest. `None` where
    /// there is no such thing.
    #[cfg(unix)]
    fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>>;
}
