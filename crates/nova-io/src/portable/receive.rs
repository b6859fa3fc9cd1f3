//! One connection: what readiness means for it, and what completion comes of that.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::SHORT_MEANS_DRAINED;
use super::token::Who;
use super::transfer;
use crate::{Close, Failure, Key};

/// What looking at a connection brought to light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There is room to send again.
    Room,
    /// So many octets are in the buffer now.
    Received(usize),
    /// The peer will send no more.
    Ended,
    /// The connection died.
    Failed(Failure),
    /// Nothing to tell.
    Nothing,
}

/// How far the peer's direction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Octets may come.
    Open,
    /// The end has been told; only a reset can follow.
    Ended,
    /// The death has been told; nothing follows.
    Dead,
}

/// A registered socket and what is known about its readiness.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    life: Life,
    /// The kernel may hold octets, or an end, that we have not fetched.
    readable: bool,
    /// An event said that the end is in the kernel's queue: a short read does not mean drained.
    closing: bool,
    /// An event said that the kernel holds an error.
    broken: bool,
    /// The caller does not want to receive.
    paused: bool,
    /// A send came up short: a `Sent` is owed as soon as there is room.
    short: bool,
    /// There is room since the last short send.
    room: bool,
    /// We are registered.
    watched: bool,
    /// We are registered for room, too. Asked for at the first short send and kept: the kernel
    /// speaks up only after a short send, so keeping it costs nothing.
    watches_room: bool,
    /// The key is on a list of the driver's.
    pub(super) queued: bool,
}

impl Connection {
    #[cfg(unix)]
    pub(super) fn descriptor(&self) -> std::os::fd::BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(&self.stream)
    }

    pub(super) const fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            life: Life::Open,
            // Nobody has looked yet.
            readable: true,
            closing: false,
            broken: false,
            paused: false,
            short: false,
            room: false,
            watched: false,
            watches_room: false,
            queued: true,
        }
    }

    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Remembers what an event says; true if there is something to do about it now.
    pub(super) fn note(&mut self, event: &Event) -> bool {
        let (broken, closed) = (event.is_error(), event.is_read_closed());
        self.readable |= event.is_readable() || closed || broken;
        self.closing |= closed || broken;
        self.broken |= broken;
        self.room |= self.short && (event.is_writable() || event.is_write_closed() || broken);
        self.room || self.broken || self.unfinished()
    }

    /// Whether octets may be waiting that the caller wants.
    pub(super) fn unfinished(&self) -> bool {
        self.readable && !self.paused && self.life == Life::Open
    }

    /// Pauses or resumes; true if resuming uncovered something to do.
    pub(super) fn want_receive(&mut self, on: bool) -> bool {
        self.paused = !on;
        self.unfinished()
    }

    /// Does the next thing that readiness allows. At most one buffer is read.
    pub(super) fn step(&mut self, buffer: &mut [u8]) -> Step {
        if self.life == Life::Dead {
            return Step::Nothing;
        }
        if self.room {
            self.room = false;
            self.short = false;
            return Step::Room;
        }
        if self.broken
            && (self.paused || self.life == Life::Ended)
            && let Ok(Some(error)) = self.stream.take_error()
        {
            // Nobody will read it off this socket, but whoever works for this client should know
            // that it has gone. Octets that were not wanted yet are gone with it.
            return self.fail(&error);
        }
        self.broken = false;
        if self.unfinished() { self.receive(buffer) } else { Step::Nothing }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Step {
        loop {
            match transfer::receive(&mut self.stream, buffer) {
                Ok(0) => {
                    self.life = Life::Ended;
                    return Step::Ended;
                }
                Ok(n) => {
                    let drained = n < buffer.len() && SHORT_MEANS_DRAINED && !self.closing;
                    self.readable = !drained;
                    return Step::Received(n);
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => {
                        self.readable = false;
                        self.closing = false;
                        return Step::Nothing;
                    }
                    _ => return self.fail(&error),
                },
            }
        }
    }

    fn fail(&mut self, error: &io::Error) -> Step {
        self.life = Life::Dead;
        Step::Failed(Failure::from(error))
    }

    /// Sends from the front of `octets`; on a short send asks to hear about room.
    pub(super) fn send(
        &mut self,
        key: Key,
        octets: &[u8],
        registry: &Registry,
    ) -> Result<usize, Failure> {
        let mut taken = 0;
        while taken < octets.len() {
            match transfer::send(&mut self.stream, &octets[taken..]) {
                Ok(n) => {
                    taken += n;
                    if SHORT_MEANS_DRAINED && taken < octets.len() {
                        break;
                    }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => break,
                    _ => return Err(self.give_up(&error)),
                },
            }
        }
        if taken < octets.len() {
            self.await_room(key, registry).map_err(|error| self.give_up(&error))?;
        }
        Ok(taken)
    }

    /// As `send`, for octets that do not lie in a row: one call, and what it leaves waits for room.
    #[cfg(unix)]
    pub(super) fn send_pieces(
        &mut self,
        key: Key,
        pieces: &[io::IoSlice<'_>],
        registry: &Registry,
    ) -> Result<usize, Failure> {
        let total: usize = pieces.iter().map(|piece| piece.len()).sum();
        let taken = loop {
            match transfer::send_pieces(&mut self.stream, pieces) {
                Ok(n) => break n,
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => break 0,
                    _ => return Err(self.give_up(&error)),
                },
            }
        };
        if taken < total {
            self.await_room(key, registry).map_err(|error| self.give_up(&error))?;
        }
        Ok(taken)
    }

    fn await_room(&mut self, key: Key, registry: &Registry) -> io::Result<()> {
        self.short = true;
        self.room = false;
        if !self.watches_room {
            let token = Token(Who::Connection(key).to_token());
            let interest = Interest::READABLE | Interest::WRITABLE;
            match self.watched {
                true => registry.reregister(&mut self.stream, token, interest)?,
                false => registry.register(&mut self.stream, token, interest)?,
            }
            (self.watched, self.watches_room) = (true, true);
        }
        Ok(())
    }

    /// Registers the connection, if it is not.
    pub(super) fn watch(&mut self, key: Key, registry: &Registry) -> io::Result<()> {
        if !self.watched {
            let token = Token(Who::Connection(key).to_token());
            registry.register(&mut self.stream, token, Interest::READABLE)?;
            self.watched = true;
        }
        Ok(())
    }

    /// The caller learns of this death from `send`; no event follows.
    fn give_up(&mut self, error: &io::Error) -> Failure {
        self.life = Life::Dead;
        Failure::from(error)
    }

    pub(super) fn shutdown(&self) {
        // Fails only if the connection is gone already, which its next event tells better.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    pub(super) fn close(self, how: Close) {
        if how == Close::Reset {
            // With a linger time of zero, closing discards what is queued and sends RST.
            let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        }
        // Closing the last descriptor of a socket ends its registration, without a call for it.
        drop(self.stream);
    }
}
