//! Non-blocking connections that each have at most one request open, or one batch of pipelined requests.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bench_sys::epoll::{Epoll, Events, READABLE, WRITABLE};

use crate::answer::Answer;
use crate::progress::{Progress, Shape};
use crate::requests::Requests;

/// A fixed set of connections, the requests that they send in turn, and what the answers look like.
pub(crate) struct Connections<'a> {
    requests: Requests<'a>,
    /// The first answer is read in full and all others must be like it.
    shape: Shape,
    /// Requests in one write.
    depth: usize,
    slots: Vec<Slot<'a>>,
    epoll: Epoll,
    events: Events,
    ready: Vec<usize>,
    buffer: Vec<u8>,
}

struct Slot<'a> {
    stream: TcpStream,
    /// The open request or batch, or the last one.
    request: &'a [u8],
    /// Answers that are awaited.
    open: usize,
    /// Whether there ever was an answer.
    served: bool,
    /// When the open request was due; `None` if there is none.
    due: Option<Instant>,
    /// Octets of the open request that the kernel has taken.
    sent: usize,
    progress: Progress,
}

impl Slot<'_> {
    /// Whether the kernel has not taken all of the open request.
    fn unsent(&self) -> bool {
        self.sent < self.request.len()
    }
}

/// Answers that are complete.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    /// Whose they are.
    pub(crate) connection: usize,
    /// Time since they were due.
    pub(crate) latency: Duration,
    /// How many came at once.
    pub(crate) answers: u64,
    /// Whether the connection has nothing open now.
    pub(crate) free: bool,
}

/// How long to wait for an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wait {
    /// Not at all.
    No,
    /// At most so long, to the nanosecond.
    Exactly(Duration),
    /// At most so long, to the millisecond.
    About(Duration),
}

impl<'a> Connections<'a> {
    /// Opens `count` connections for the requests of a file, and learns from one more exchange, of the
    /// first of them, what all answers are like.
    pub(crate) fn open(
        address: SocketAddrV4,
        count: usize,
        requests: &'a [u8],
    ) -> anyhow::Result<Self> {
        let mut requests = Requests::of(requests)?;
        let shape = Shape::of(&learn(address, requests.take())?);
        Self::open_for(address, count, requests, shape, 1)
    }

    /// The same with `depth` requests in each write; `octets` must hold whole batches. `exact`: the
    /// content of all answers must be that of the first one.
    pub(crate) fn open_pipelined(
        address: SocketAddrV4,
        count: usize,
        octets: &'a [u8],
        depth: usize,
        exact: bool,
    ) -> anyhow::Result<Self> {
        let first = learn(address, Requests::of(octets)?.take())?;
        ensure!(depth == 1 || !first.chunked(), "answers in chunks are not pipelined");
        let shape = if exact { Shape::exactly(first)? } else { Shape::of(&first) };
        let requests = Requests::batched(octets, depth)?;
        Self::open_for(address, count, requests, shape, depth)
    }

    fn open_for(
        address: SocketAddrV4,
        count: usize,
        requests: Requests<'a>,
        shape: Shape,
        depth: usize,
    ) -> anyhow::Result<Self> {
        let epoll = Epoll::new()?;
        let mut slots = Vec::with_capacity(count);
        for index in 0..count {
            let stream = TcpStream::connect(address).context("connecting")?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll.add(stream.as_fd(), index as u64, READABLE)?;
            let progress = Progress::default();
            slots.push(Slot {
                stream,
                request: &[],
                open: 0,
                served: false,
                due: None,
                sent: 0,
                progress,
            });
        }
        Ok(Self {
            requests,
            shape,
            depth,
            slots,
            epoll,
            events: Events::with_capacity(count.max(1)),
            ready: Vec::with_capacity(count),
            buffer: vec![0; 64 * 1024],
        })
    }

    /// Sends the next request, which was due at `due`, on the connection `index`, which must have none open.
    pub(crate) fn send(&mut self, index: usize, due: Instant) -> anyhow::Result<()> {
        let slot = &mut self.slots[index];
        ensure!(slot.due.is_none(), "one request at a time");
        slot.request = self.requests.take();
        (slot.due, slot.sent, slot.progress) = (Some(due), 0, Progress::default());
        slot.open = self.depth;
        self.send_on(index)?;
        if self.slots[index].unsent() {
            self.watch(index, READABLE | WRITABLE)?;
        }
        Ok(())
    }

    /// Sends as much of the open request as the kernel takes.
    fn send_on(&mut self, index: usize) -> anyhow::Result<()> {
        let slot = &mut self.slots[index];
        while slot.unsent() {
            match slot.stream.write(&slot.request[slot.sent..]) {
                Ok(sent) => slot.sent += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("sending a request"),
            }
        }
        Ok(())
    }

    fn watch(&self, index: usize, interest: u32) -> anyhow::Result<()> {
        Ok(self.epoll.change(self.slots[index].stream.as_fd(), index as u64, interest)?)
    }

    /// How many connections have never got an answer.
    pub(crate) fn never_served(&self) -> usize {
        self.slots.iter().filter(|slot| !slot.served).count()
    }

    /// How many of those that have once got an answer wait for one now.
    pub(crate) fn still_waiting(&self) -> usize {
        self.slots.iter().filter(|slot| slot.served && slot.due.is_some()).count()
    }

    /// Waits and calls `done` with each connection that has complete answers now.
    pub(crate) fn receive(
        &mut self,
        wait: Wait,
        mut done: impl FnMut(Answered) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match wait {
            Wait::No => self.epoll.wait(&mut self.events, 0)?,
            Wait::Exactly(limit) => self.epoll.wait_for(&mut self.events, limit)?,
            Wait::About(limit) => self.epoll.wait(&mut self.events, limit.as_millis() as i32)?,
        }
        self.ready.clear();
        self.ready.extend(self.events.iter().map(|(token, _)| token as usize));
        for at in 0..self.ready.len() {
            let index = self.ready[at];
            let slot = &mut self.slots[index];
            if slot.due.is_some() && slot.unsent() {
                self.send_on(index)?;
                if !self.slots[index].unsent() {
                    self.watch(index, READABLE)?;
                }
            }
            let slot = &mut self.slots[index];
            let received = match slot.stream.read(&mut self.buffer) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error).context("receiving an answer"),
            };
            let Some(due) = slot.due else { bail!("octets came without a request") };
            let answers = slot.progress.take(&self.shape, &self.buffer[..received], slot.open)?;
            if answers > 0 {
                slot.open -= answers;
                slot.served = true;
                let free = slot.open == 0;
                if free {
                    ensure!(!slot.unsent(), "an answer came before its request");
                    slot.due = None;
                }
                let (latency, answers) = (due.elapsed(), answers as u64);
                done(Answered { connection: index, latency, answers, free })?;
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
    let status = &answer.status_line;
    ensure!(status.starts_with("HTTP/1.1 200 "), "answered {status}");
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    /// A request that the kernel does not take at once arrives whole, and its answer is counted once.
    #[test]
    fn long_requests_arrive_whole() -> anyhow::Result<()> {
        let mut request =
            format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", 16 << 20).into_bytes();
        let head = request.len();
        request.resize(head + (16 << 20), b'x');
        let length = request.len();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let SocketAddr::V4(address) = listener.local_addr()? else { unreachable!("IPv4") };
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut all = vec![0; length];
                if stream.read_exact(&mut all).is_ok()
                    && all[head..].iter().all(|octet| *octet == b'x')
                {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
                }
            }
        });
        let mut clients = Connections::open(address, 1, &request)?;
        clients.send(0, Instant::now())?;
        let mut answered = 0;
        let end = Instant::now() + Duration::from_secs(30);
        while answered == 0 && Instant::now() < end {
            clients.receive(Wait::About(Duration::from_millis(100)), |now| {
                answered += now.answers;
                Ok(())
            })?;
        }
        assert_eq!(answered, 1);
        Ok(())
    }
}
