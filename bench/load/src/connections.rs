//! Non-blocking connections that each have at most one request open.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bench_sys::epoll::{Epoll, Events, READABLE};

use crate::answer::Answer;

const START: &[u8] = b"HTTP/1.1 200 ";

/// A fixed set of connections, one request for all of them, and the length its answer has.
pub(crate) struct Connections<'a> {
    request: &'a [u8],
    /// Octets of one answer. The first answer is read in full and all others must be as long: an
    /// answer has a fixed length because a date has.
    answer: usize,
    slots: Vec<Slot>,
    epoll: Epoll,
    events: Events,
    ready: Vec<usize>,
    buffer: Vec<u8>,
}

struct Slot {
    stream: TcpStream,
    /// When the open request was due; `None` if there is none.
    due: Option<Instant>,
    received: usize,
}

impl<'a> Connections<'a> {
    /// Opens `count` connections and learns from one more exchange how long an answer is.
    pub(crate) fn open(
        address: SocketAddrV4,
        count: usize,
        request: &'a [u8],
    ) -> anyhow::Result<Self> {
        let answer = learn(address, request)?.octets;
        let epoll = Epoll::new()?;
        let mut slots = Vec::with_capacity(count);
        for index in 0..count {
            let stream = TcpStream::connect(address).context("connecting")?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll.add(stream.as_fd(), index as u64, READABLE)?;
            slots.push(Slot { stream, due: None, received: 0 });
        }
        Ok(Self {
            request,
            answer,
            slots,
            epoll,
            events: Events::with_capacity(count.max(1)),
            ready: Vec::with_capacity(count),
            buffer: vec![0; 64 * 1024],
        })
    }

    /// Sends a request that was due at `due` on the connection `index`, which must have none open.
    pub(crate) fn send(&mut self, index: usize, due: Instant) -> anyhow::Result<()> {
        let slot = &mut self.slots[index];
        ensure!(slot.due.is_none(), "one request at a time");
        // A request is far smaller than an empty send buffer; a short write would be a broken run.
        let sent = slot.stream.write(self.request).context("sending a request")?;
        ensure!(sent == self.request.len(), "a request of {sent} octets was cut by the kernel");
        (slot.due, slot.received) = (Some(due), 0);
        Ok(())
    }

    /// Waits up to `timeout_ms` and calls `done` with each connection whose answer is now complete,
    /// and the time since its request was due.
    pub(crate) fn receive(
        &mut self,
        timeout_ms: i32,
        mut done: impl FnMut(usize, Duration) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.epoll.wait(&mut self.events, timeout_ms)?;
        self.ready.clear();
        self.ready.extend(self.events.iter().map(|(token, _)| token as usize));
        for &index in &self.ready {
            let slot = &mut self.slots[index];
            let received = match slot.stream.read(&mut self.buffer) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error).context("receiving an answer"),
            };
            let Some(due) = slot.due else { bail!("octets came without a request") };
            let start = &START[slot.received.min(START.len())..];
            let seen = start.len().min(received);
            ensure!(self.buffer[..seen] == start[..seen], "an answer is not a 200");
            slot.received += received;
            ensure!(slot.received <= self.answer, "an answer is longer than the first one");
            if slot.received == self.answer {
                slot.due = None;
                done(index, due.elapsed())?;
            }
        }
        Ok(())
    }
}

/// One exchange on a connection of its own.
pub(crate) fn learn(address: SocketAddrV4, request: &[u8]) -> anyhow::Result<Answer> {
    let mut stream = TcpStream::connect(address).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request)?;
    let answer = Answer::read(&mut BufReader::new(stream))?;
    ensure!(answer.status_line.as_bytes().starts_with(START), "answered {}", answer.status_line);
    Ok(answer)
}
