//! One connection: receive, count, send; what a short send leaves waits its turn.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;

use bench_sys::epoll::{Epoll, READABLE, WRITABLE};

use crate::answer::{Answers, BATCH};
use crate::heads::{HeadEnds, Tail};

/// Whether the connection lives on.
#[derive(PartialEq, Eq)]
pub(crate) enum Fate {
    Keep,
    Close,
}

/// A connection and what it is owed.
pub(crate) struct Connection {
    stream: TcpStream,
    tail: Tail,
    /// What a short send left. While there is any, nothing is received.
    unsent: Vec<u8>,
    answered: bool,
}

impl Connection {
    /// Takes over an accepted, non-blocking stream.
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, tail: Tail::default(), unsent: Vec::new(), answered: false }
    }

    /// Whether an answer has been sent, whole.
    pub(crate) fn has_answered(&self) -> bool {
        self.answered && self.unsent.is_empty()
    }

    /// Acts on one readiness.
    #[inline]
    pub(crate) fn ready(
        &mut self,
        epoll: &Epoll,
        token: u64,
        buffer: &mut [u8],
        find: &impl HeadEnds,
        answers: &Answers,
    ) -> Fate {
        if !self.unsent.is_empty() {
            return self.send_rest(epoll, token);
        }
        let received = match self.stream.read(buffer) {
            Ok(0) => return Fate::Close,
            Ok(received) => received,
            Err(error) if may_try_again(error.kind()) => return Fate::Keep,
            Err(_) => return Fate::Close,
        };
        let mut owed = self.tail.count(find, &buffer[..received]);
        self.answered |= owed > 0;
        while owed > 0 {
            let now = owed.min(BATCH);
            if self.send(epoll, token, answers.octets(now)) == Fate::Close {
                return Fate::Close;
            }
            owed -= now;
        }
        Fate::Keep
    }

    /// Sends, or queues behind what is queued already.
    #[inline]
    fn send(&mut self, epoll: &Epoll, token: u64, octets: &[u8]) -> Fate {
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(octets);
            return Fate::Keep;
        }
        let sent = match self.stream.write(octets) {
            Ok(sent) => sent,
            Err(error) if may_try_again(error.kind()) => 0,
            Err(_) => return Fate::Close,
        };
        if sent == octets.len() {
            return Fate::Keep;
        }
        self.unsent.extend_from_slice(&octets[sent..]);
        self.watch(epoll, token, WRITABLE)
    }

    #[cold]
    fn send_rest(&mut self, epoll: &Epoll, token: u64) -> Fate {
        match self.stream.write(&self.unsent) {
            Ok(sent) => drop(self.unsent.drain(..sent)),
            Err(error) if may_try_again(error.kind()) => {}
            Err(_) => return Fate::Close,
        }
        if !self.unsent.is_empty() {
            return Fate::Keep;
        }
        self.unsent = Vec::new();
        self.watch(epoll, token, READABLE)
    }

    fn watch(&self, epoll: &Epoll, token: u64, interest: u32) -> Fate {
        match epoll.change(self.stream.as_fd(), token, interest) {
            Ok(()) => Fate::Keep,
            Err(_) => Fate::Close,
        }
    }
}

fn may_try_again(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
