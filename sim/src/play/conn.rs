//! A client's connection: what has been asked, sent, taken and answered, and when.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use ledger::Mark;
use nova_http::Failed;
use nova_io::sim::{Client as Socket, ClientState};

use super::reader::{Question, Reader};
use crate::story::{Client, Comes, Encoded, Pace, Request};

/// A request that awaits its answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) mark: Mark,
    pub(crate) request: Request,
    pub(crate) content: Vec<u8>,
    /// Where it begins in what the connection sends, where its head ends, and where it does.
    pub(crate) start: usize,
    pub(crate) head: usize,
    pub(crate) end: usize,
    /// When its first octet was written, the last of its head, and its last.
    pub(crate) began: Option<Duration>,
    pub(crate) headed: Option<Duration>,
    pub(crate) sent: Option<Duration>,
    /// 100 (Continue) has come.
    pub(crate) continued: bool,
    /// 103 has come.
    pub(crate) hinted: bool,
}

impl Asked {
    pub(crate) fn question(&self) -> Question {
        Question { head: self.request.head, old: self.request.old }
    }
}

/// How a connection has ended, as its client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The server has ended its stream.
    Ended,
    /// A reset has come.
    Reset,
    /// The client has left.
    Left,
}

/// What was said in a tunnel.
#[derive(Debug, Default)]
pub(crate) struct Tunnel {
    pub(crate) spoken: Vec<u8>,
    pub(crate) heard: usize,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) socket: Socket,
    /// The address that the server's socket sees.
    pub(crate) peer: SocketAddr,
    /// The address that a proxy has announced.
    pub(crate) source: Option<SocketAddr>,
    /// Octets that a proxy says first, and whether the server understands them.
    pub(crate) announcement: usize,
    pub(crate) garbled: bool,
    pub(crate) since: Duration,
    /// Everything that is to be sent, from the first octet on.
    pub(crate) stream: Vec<u8>,
    pub(crate) written: usize,
    /// The client does not write beyond this place of the stream.
    cut: Option<usize>,
    pace: Pace,
    /// Nothing is written before this moment.
    pub(crate) paused: Duration,
    /// The client waits here for 100 (Continue), until a moment.
    pub(crate) barriers: VecDeque<(usize, Mark)>,
    pub(crate) patience: Option<Duration>,
    pub(crate) asked: VecDeque<Asked>,
    pub(crate) answers: u32,
    pub(crate) reader: Reader,
    pub(crate) tunnel: Option<Tunnel>,
    /// An answer has announced the end.
    pub(crate) closes: bool,
    /// The client has asked for the end: what it has asked for last is the last.
    pub(crate) parting: bool,
    /// It has asked for something that the server refuses, or that its handler fails with.
    pub(crate) flawed: bool,
    pub(crate) fails: bool,
    /// The client has ended its direction.
    pub(crate) ended: bool,
    /// The network has failed under it, or is about to.
    pub(crate) broken: bool,
    /// It has written to a socket that the server had closed.
    pub(crate) overran: bool,
    pub(crate) over: Option<Over>,
    /// What the server says has failed.
    pub(crate) failures: Vec<Failed>,
    /// Failures that no answer has been matched with.
    pub(crate) unmatched: Vec<Failed>,
    /// When it has last written and taken octets.
    pub(crate) wrote: Duration,
    pub(crate) took: Duration,
    /// The same, as of the last moment when nobody had anything left to do.
    pub(crate) known_wrote: Duration,
    pub(crate) known_took: Duration,
    pub(crate) known_written: usize,
    /// Time has passed while it had something to read.
    pub(crate) lagged: bool,
    /// Requests that were answered before they had been read, as far as is known: where each ends, and
    /// when its head was complete. What is left of them is read and thrown away.
    pub(crate) early: Vec<(usize, Option<Duration>)>,
    /// Answers to HEAD, whose handlers may still be at work.
    pub(crate) past: Vec<(Mark, Option<Duration>)>,
    /// The first such moment since the client, or the server towards it, has done anything.
    pub(crate) quiet_since: Option<Duration>,
    /// The first one since a head is under way, since the server waits for room, and since it reads on
    /// after its last answer.
    pub(crate) head_since: Option<Duration>,
    pub(crate) room_since: Option<Duration>,
    pub(crate) read_on_since: Option<Duration>,
    /// What the server had sent, and its reset has erased.
    pub(crate) erased: Vec<u8>,
    /// What was said behind a request for a tunnel, before there was one.
    pub(crate) blurted: Vec<u8>,
}

impl Conn {
    pub(crate) fn new(socket: Socket, client: &Client, now: Duration) -> Self {
        let peer = socket.local_addr();
        let (announcement, source) = client.announced(peer.port());
        Self {
            source,
            announcement: announcement.len(),
            garbled: client.comes == Comes::Garbled,
            socket,
            peer,
            since: now,
            stream: announcement.into_bytes(),
            written: 0,
            cut: None,
            pace: Pace::AtOnce,
            paused: Duration::ZERO,
            barriers: VecDeque::new(),
            patience: None,
            asked: VecDeque::new(),
            answers: 0,
            reader: Reader::default(),
            tunnel: None,
            closes: false,
            parting: false,
            flawed: false,
            fails: false,
            ended: false,
            broken: false,
            overran: false,
            over: None,
            failures: Vec::new(),
            unmatched: Vec::new(),
            wrote: now,
            took: now,
            known_wrote: now,
            known_took: now,
            known_written: 0,
            lagged: false,
            early: Vec::new(),
            past: Vec::new(),
            quiet_since: None,
            head_since: None,
            room_since: None,
            read_on_since: None,
            erased: Vec::new(),
            blurted: Vec::new(),
        }
    }

    /// Puts a request behind what is to be sent.
    pub(crate) fn ask(&mut self, mark: Mark, request: &Request, encoded: Encoded) {
        self.parting |= request.closes() || request.act.is_tunnel();
        self.flawed |= request.flaw.is_some();
        // A tunnel that is asked for behind other requests may come too early.
        self.fails |= request.act.fails() || (request.act.is_tunnel() && !self.asked.is_empty());
        let start = self.stream.len();
        let head = start + encoded.head;
        self.stream.extend_from_slice(&encoded.octets);
        if request.expects {
            self.barriers.push_back((head, mark));
        }
        self.asked.push_back(Asked {
            mark,
            request: request.clone(),
            content: encoded.content,
            start,
            head,
            end: self.stream.len(),
            began: None,
            headed: None,
            sent: None,
            continued: false,
            hinted: false,
        });
    }

    pub(crate) fn set_pace(&mut self, pace: Pace, cut: Option<usize>) {
        self.pace = pace;
        if let Some(cut) = cut {
            self.cut = Some(self.written + cut);
        }
    }

    /// Octets of the tunnel that have been written.
    pub(crate) fn said(&self, tunnel: &Tunnel) -> usize {
        self.written.saturating_sub(self.stream.len() - tunnel.spoken.len())
    }

    /// Whether the server knows the client by this address.
    pub(crate) fn is(&self, peer: Option<SocketAddr>) -> bool {
        peer == Some(self.peer) || (peer.is_some() && peer == self.source)
    }

    /// Whether anything can still be sent and answered.
    pub(crate) fn is_alive(&self) -> bool {
        self.over.is_none() && !self.closes && !self.broken
    }

    /// Whether the stream is cut short on purpose, and that place is reached.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.is_some_and(|cut| self.written >= cut)
    }

    /// How many octets may be written now, whatever the time.
    pub(crate) fn writable(&self) -> usize {
        if !self.is_alive() || self.ended {
            return 0;
        }
        let barrier = self.barriers.front().map_or(usize::MAX, |(at, _)| *at);
        self.stream
            .len()
            .min(barrier)
            .min(self.cut.unwrap_or(usize::MAX))
            .saturating_sub(self.written)
    }

    /// Whether it stands before a barrier.
    pub(crate) fn waits_for_continue(&self) -> bool {
        self.is_alive() && self.barriers.front().is_some_and(|(at, _)| *at == self.written)
    }

    /// Writes what its pace allows, and says how much that was.
    pub(crate) fn write(&mut self, now: Duration) -> usize {
        let most = match self.pace {
            Pace::AtOnce => usize::MAX,
            Pace::Pieces(most) => most,
            Pace::Drips(most, pause) => {
                self.paused = now + pause;
                most
            }
        };
        let count = self.writable().min(most.max(1));
        let octets = &self.stream[self.written..self.written + count];
        self.socket.write(octets);
        self.written += count;
        self.wrote = now;
        for asked in &mut self.asked {
            let at = |place: usize| (self.written >= place).then_some(now);
            asked.began = asked.began.or_else(|| at(asked.start + 1));
            asked.headed = asked.headed.or_else(|| at(asked.head));
            asked.sent = asked.sent.or_else(|| at(asked.end));
        }
        count
    }

    /// Takes octets; the last of them changed, if a test wants that.
    pub(crate) fn take(&mut self, now: Duration, meddle: bool) -> Vec<u8> {
        let mut octets = self.socket.read();
        if let (true, Some(last)) = (meddle, octets.last_mut()) {
            *last ^= 1;
        }
        if !octets.is_empty() {
            self.took = now;
            self.reader.push(&octets);
        }
        octets
    }

    /// How the server has ended it, if it has, and all before that has been read.
    pub(crate) fn look(&self) -> Option<Over> {
        match self.socket.state() {
            ClientState::Open => None,
            ClientState::Ended => Some(Over::Ended),
            ClientState::Reset => Some(Over::Reset),
        }
    }

    /// Goes on without waiting for 100 (Continue).
    pub(crate) fn pass_barrier(&mut self) {
        self.barriers.pop_front();
        self.patience = None;
    }
}
