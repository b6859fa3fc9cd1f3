//! A worker for somebody else's loop, with a protocol of the host's own.
//!
//! [`Worker::turn`] with `Wait::No` is all that a host needs for requests to come; what it has to say
//! between turns it says here: to one connection at a time ([`Worker::visit`]), or by giving a
//! connection away ([`Worker::release`]) or taking one in ([`Worker::take_in`]).

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;

use nova_io::portable::Portable;
use nova_io::{Driver, Key, ListenerId};

use super::{Neighbours, Next, Settings, Worker, cx};
use crate::addresses::Addresses;
use crate::application::Application;
use crate::balance::Loads;
use crate::connection::Progress;
use crate::limits::Limits;
use crate::mailbox::Mailbox;
use crate::protocol::Cx;
use crate::stack::Stack;

/// Events that a turn of a guest begins with. Its host often serves them when the turn is over: the first
/// of many clients is not to wait until all have been read. [`Next::Again`] says that there are more.
const EVENTS: usize = 16;

/// A connection that has left its worker. Nothing of it is lost.
///
/// ```
/// use std::net::{TcpListener, TcpStream};
/// use std::io::Write;
///
/// use nova_http::{Buffered, Limits, PlainHttp, Request, Response, Worker};
/// use nova_io::Wait;
/// use nova_io::portable::Listener;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hello = |_: &Request<'_>, response: Response<'_>| response.send(b"hello");
/// let mut worker = Worker::guest(PlainHttp, Buffered::new(hello), Limits::default())?;
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let mut client = TcpStream::connect(listener.local_addr()?)?;
/// client.write_all(b"GET / HT")?;
/// worker.listen(Listener::from_std(listener)?)?;
/// let key = loop {
///     worker.turn(Wait::No)?;
///     if worker.spilled_bytes() > 0 {
///         break worker.keys()[0];
///     }
/// };
/// let left = worker.release(key).expect("a connection");
/// assert_eq!(left.unread, b"GET / HT");
/// assert_eq!(worker.connections(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Released<S> {
    /// The socket, open in both directions as far as the peer has left them open.
    pub socket: S,
    /// Octets that have been received and that the protocol has not consumed.
    pub unread: Vec<u8>,
    /// Octets that the protocol has written and that the system has not taken yet.
    pub unsent: Vec<u8>,
}

impl<S: Stack, A: Application> Worker<Portable, S, A> {
    /// A worker without neighbours, to be turned by its host: see [`Worker::turn`] and the example
    /// at [`Released`].
    ///
    /// # Errors
    /// What the system says: most likely that there are too many open files.
    pub fn guest(stack: S, app: A, limits: Limits) -> io::Result<Self> {
        let driver = Portable::with_events(EVENTS)?;
        let neighbours = Neighbours {
            loads: Loads::new(1),
            mailboxes: Box::new([Arc::new(Mailbox::new(driver.waker()))]),
            addresses: Addresses::new(limits.connections_per_address),
        };
        let settings = Settings { limits, ..Settings::default() };
        Ok(Self::new(0, driver, stack, app, settings, Arc::new(neighbours)))
    }
}

impl<D: Driver, S: Stack, A: Application> Worker<D, S, A> {
    /// Between turns: lends the protocol of a connection to `call`, sends what it has written, and
    /// lets it read on. `false` if there is no such connection (any more).
    pub fn visit(&mut self, key: Key, call: impl FnOnce(&mut S::Protocol, &mut Cx<'_, A>)) -> bool {
        let Some(connection) = self.connections.get_mut(key) else { return false };
        let mut cx = cx!(self, self.driver.read_clock(), key, connection.unsent());
        connection.visit(&mut cx, &mut self.buffers, call);
        self.finish(key, Progress::None);
        true
    }

    /// As [`Worker::visit`]; sends `lent` behind what `call` has written. What the system takes of it at
    /// once is not copied, and nothing of it is kept by reference.
    pub fn visit_lending(
        &mut self,
        key: Key,
        call: impl FnOnce(&mut S::Protocol, &mut Cx<'_, A>),
        lent: &[IoSlice<'_>],
    ) -> bool {
        let Some(connection) = self.connections.get_mut(key) else { return false };
        let mut cx = cx!(self, self.driver.read_clock(), key, connection.unsent());
        connection.visit(&mut cx, &mut self.buffers, call);
        let (driver, out, wire) = (&mut self.driver, &mut self.out, &mut self.wire);
        match connection.flush_lending(key, driver, out, lent, wire, &mut self.buffers) {
            Ok(sent) => self.tools.seen.counters.octets_out.add(sent as u64),
            Err(failure) => {
                self.out.clear();
                self.failed(key, failure);
                return true;
            }
        }
        self.finish(key, Progress::None);
        true
    }

    /// As the last [`Worker::turn`] has said, and what [`Worker::visit`] has changed since.
    pub fn next_turn(&self) -> Next {
        self.upcoming()
    }

    /// The protocol of a connection, to look at.
    pub fn protocol(&self, key: Key) -> Option<&S::Protocol> {
        self.connections.get(key).map(|connection| connection.protocol())
    }

    /// Octets that a connection has written and the system has not taken; `None` if there is no such
    /// connection (any more).
    pub fn unsent(&self, key: Key) -> Option<usize> {
        self.connections.get(key).map(|connection| connection.unsent())
    }

    /// Gives a connection away, unclosed. Its application is told nothing: it is the one who asks.
    pub fn release(&mut self, key: Key) -> Option<Released<D::Socket>> {
        let connection = self.connections.remove(key)?;
        let (unread, unsent) = connection.take_apart(&mut self.buffers);
        let socket = self.driver.release(key);
        self.forget(key);
        socket.map(|socket| Released { socket, unread, unsent })
    }

    /// Takes in a connection that was made elsewhere.
    pub fn take_in(&mut self, socket: D::Socket, peer: Option<SocketAddr>) {
        self.accepted(socket, peer);
    }

    /// Listens no more. The connections stay.
    pub fn unlisten(&mut self) {
        for listener in self.listeners.drain(..) {
            self.driver.unlisten(listener);
        }
    }

    /// The keys of all connections.
    pub fn keys(&self) -> Vec<Key> {
        self.connections.keys()
    }

    /// Where it listens.
    pub fn listeners(&self) -> &[ListenerId] {
        &self.listeners
    }
}
