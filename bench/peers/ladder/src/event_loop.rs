//! The idea of the second rung: one thread waits for all connections at once (level-triggered epoll), and
//! no read or write waits for anybody.

use std::io::{self, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use bench_sys::epoll::{Epoll, Events, READABLE, WRITABLE};
use bench_sys::socket::accept_nonblocking;
use rustix::buffer::spare_capacity;

use crate::clock::Clock;
use crate::memory::{BUFFER, Memory};
use crate::service::{CONTENT_LIMIT, HEAD_LIMIT, Service, serve_all};

const LISTENER: u64 = u64::MAX;

/// Serves all connections, for ever.
///
/// # Errors
/// It cannot wait or accept any more.
pub fn serve<S: Service + Default, M: Memory>(listener: &TcpListener) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    let epoll = Epoll::new()?;
    epoll.add(listener.as_fd(), LISTENER, READABLE)?;
    let mut turn =
        Turn { epoll, service: S::default(), memory: M::default(), clock: Clock::default() };
    let mut events = Events::with_capacity(1024);
    // Indexed by descriptor: the kernel hands out the lowest free one, so the table stays dense.
    let mut connections: Vec<Option<Connection>> = Vec::new();
    loop {
        turn.epoll.wait(&mut events, -1)?;
        turn.clock.look();
        for (token, _) in events.iter() {
            if token == LISTENER {
                accept_all(listener, &turn.epoll, &mut connections)?;
                continue;
            }
            let place = &mut connections[token as usize];
            let Some(connection) = place else { continue };
            // An error ends the connection as a client does that leaves.
            if turn.ready(connection).unwrap_or(Fate::Close) == Fate::Close {
                *place = None;
            }
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    epoll: &Epoll,
    connections: &mut Vec<Option<Connection>>,
) -> io::Result<()> {
    loop {
        let stream = match accept_nonblocking(listener) {
            Ok(stream) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            // A connection that died in the queue is nobody's failure.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        let index = stream.as_raw_fd() as usize;
        if index >= connections.len() {
            connections.resize_with(index + 1, || None);
        }
        epoll.add(stream.as_fd(), index as u64, READABLE)?;
        connections[index] =
            Some(Connection { stream, inbox: None, unsent: Vec::new(), last: false });
    }
}

/// Whether a connection lives on.
#[derive(PartialEq, Eq)]
enum Fate {
    Keep,
    Close,
}

struct Connection {
    stream: TcpStream,
    /// The beginning of a request; nothing between requests.
    inbox: Option<Vec<u8>>,
    /// What a short write left. While there is any, nothing is received.
    unsent: Vec<u8>,
    /// It ends when all is sent.
    last: bool,
}

/// What the thread has.
struct Turn<S, M> {
    epoll: Epoll,
    service: S,
    memory: M,
    clock: Clock,
}

impl<S: Service, M: Memory> Turn<S, M> {
    /// Acts on one readiness: one read, and one write for all answers to it.
    #[inline]
    fn ready(&mut self, connection: &mut Connection) -> io::Result<Fate> {
        if !connection.unsent.is_empty() {
            return self.send_rest(connection);
        }
        let mut inbox = connection.inbox.take().unwrap_or_else(|| self.memory.buffer());
        inbox.reserve(BUFFER / 2);
        match rustix::io::read(&connection.stream, spare_capacity(&mut inbox)) {
            Ok(0) => return Ok(Fate::Close),
            Ok(_) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {
                connection.inbox = Some(inbox);
                return Ok(Fate::Keep);
            }
            Err(error) => return Err(error.into()),
        }
        let mut out = self.memory.buffer();
        let batch = serve_all(&mut self.service, &inbox, false, &self.clock, &mut out);
        connection.last = batch.last;
        if batch.consumed == inbox.len() {
            self.memory.take_back_buffer(inbox);
        } else if inbox.len() > HEAD_LIMIT + CONTENT_LIMIT {
            return Ok(Fate::Close);
        } else {
            inbox.drain(..batch.consumed);
            connection.inbox = Some(inbox);
        }
        let fate = if out.is_empty() { Ok(Fate::Keep) } else { self.send(connection, &out) };
        self.memory.take_back_buffer(out);
        fate
    }

    #[inline]
    fn send(&self, connection: &mut Connection, out: &[u8]) -> io::Result<Fate> {
        let sent = write(&mut connection.stream, out)?;
        if sent < out.len() {
            connection.unsent.extend_from_slice(&out[sent..]);
            return self.watch(connection, WRITABLE);
        }
        Ok(if connection.last { Fate::Close } else { Fate::Keep })
    }

    #[cold]
    fn send_rest(&self, connection: &mut Connection) -> io::Result<Fate> {
        let sent = write(&mut connection.stream, &connection.unsent)?;
        connection.unsent.drain(..sent);
        match (connection.unsent.is_empty(), connection.last) {
            (false, _) => Ok(Fate::Keep),
            (true, true) => Ok(Fate::Close),
            (true, false) => self.watch(connection, READABLE),
        }
    }

    fn watch(&self, connection: &Connection, interest: u32) -> io::Result<Fate> {
        let token = connection.stream.as_raw_fd() as u64;
        self.epoll.change(connection.stream.as_fd(), token, interest)?;
        Ok(Fate::Keep)
    }
}

/// As many octets as the kernel takes now.
#[inline]
fn write(stream: &mut TcpStream, octets: &[u8]) -> io::Result<usize> {
    match stream.write(octets) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(0)
        }
        result => result,
    }
}
