//! What the door reads: its own files, on connections of a worker over the simulated network.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{Application, Exchange, Incoming, Key, Limits, Opening, Plain, RequestHead, Stack};
use nova_io::sim::{Client, Network};

use crate::napi::Words;
use crate::protocol::NodeHttp;
use crate::queue::{About, Heard, Line, Queue, flag, inbox};
use crate::reading::{Ending, Head, Reading, Saw};

/// Whoever reads octets that come in pieces.
pub trait Reads {
    /// What is read on a new connection.
    fn read(&mut self, pieces: &[&[u8]]) -> Reading;
}

/// An engine of the door, without the JavaScript above it.
#[derive(Debug)]
pub struct Door {
    bench: Bench<Connections, Silent>,
    queue: Rc<Queue>,
    inbox: Words,
    /// Heads that JavaScript would have templates of.
    templates: HashMap<u32, (Head, bool)>,
}

impl Door {
    /// An engine for Node's `maxHeaderSize`.
    pub fn new(head_bytes: u32) -> Self {
        let queue = Rc::<Queue>::default();
        queue.set_head_bytes(head_bytes);
        let limits = Limits {
            message: crate::limits::of_messages(head_bytes),
            idle: Duration::MAX,
            head: Duration::MAX,
            content_silence: Duration::MAX,
            write_stall: Duration::MAX,
            ..Limits::default()
        };
        let shared = queue.clone();
        let bench =
            Bench::new(Network::calm(), limits, 1, |_| (Connections(shared.clone()), Silent));
        let inbox = Words::new(inbox::FIRST + 8 * inbox::EACH);
        Self { bench, queue, inbox, templates: HashMap::new() }
    }

    /// Lets everything happen that a piece brings, and notes it.
    fn listen(&mut self, sent: usize, reading: &mut Reading) {
        loop {
            self.bench.settle();
            if self.queue.is_empty() {
                return;
            }
            while !self.queue.is_empty() {
                for event in 1..=self.queue.fill(&self.inbox) {
                    // As JavaScript does: it has begun with so many, and asks for what it is at.
                    self.inbox.set(inbox::BEGUN, event);
                    if let Some((key, heard)) = self.queue.take(&self.inbox) {
                        self.note(key, heard, sent, reading);
                    }
                }
            }
            self.queue.clear();
        }
    }

    fn note(&mut self, key: Key, heard: Heard, sent: usize, reading: &mut Reading) {
        match heard {
            Heard::Request { octets, lines, about, keep } => {
                let parts =
                    |all: &[u8]| self.queue.lines_at(&lines, |lines| head(all, lines, about));
                let head = self.queue.octets(&octets, parts);
                let whole = about.flags & flag::CONTENT == 0;
                if let Some(id) = keep {
                    self.templates.insert(id, (head.clone(), whole));
                }
                self.begin(key, head, whole, sent, reading);
            }
            Heard::Known { id } => {
                let (head, whole) = self.templates[&id].clone();
                self.begin(key, head, whole, sent, reading);
            }
            Heard::Content(octets) => self.queue.octets(&octets, |octets| reading.content(octets)),
            Heard::Trailers { octets, lines } => {
                let parts = |all: &[u8]| self.queue.lines_at(&lines, |lines| pairs(all, lines));
                reading.saw.push(Saw::Trailers(self.queue.octets(&octets, parts)));
            }
            Heard::End => reading.saw.push(Saw::End),
            Heard::Unusual(_) => reading.ending = Ending::HandedOver,
            Heard::Fault { fault, .. } if reading.ending == Ending::Over => {
                reading.ending = Ending::Fault(format!("{fault:?}"));
            }
            Heard::PeerEnd { whole: false } if reading.ending == Ending::Over => {
                reading.ending = Ending::Unfinished(String::new());
            }
            _ => {}
        }
    }

    /// A request begins; who wants to leave HTTP is let go with CONNECT, and not with an upgrade.
    fn begin(&mut self, key: Key, head: Head, whole: bool, sent: usize, reading: &mut Reading) {
        let (leaves, connects) = (head.upgrade, head.method == b"CONNECT");
        reading.saw.push(Saw::Head(head));
        if whole {
            reading.saw.push(Saw::End);
        }
        if connects {
            let released = self.bench.worker(0).release(key);
            let unread = released.map_or(0, |released| released.unread.len());
            reading.ending = Ending::Left(sent - unread);
        } else if leaves {
            self.bench.worker(0).visit(key, |protocol, _| protocol.go_on());
        }
    }
}

impl Reads for Door {
    fn read(&mut self, pieces: &[&[u8]]) -> Reading {
        let mut reading = Reading::default();
        let mut client: Client = self.bench.connect();
        let mut sent = 0;
        for piece in pieces {
            client.write(piece);
            sent += piece.len();
            self.listen(sent, &mut reading);
            if matches!(reading.ending, Ending::Left(_) | Ending::HandedOver) {
                break;
            }
        }
        client.shutdown();
        self.listen(sent, &mut reading);
        client.reset();
        self.listen(sent, &mut Reading::default());
        reading
    }
}

fn head(octets: &[u8], lines: &[Line], about: About) -> Head {
    let (target, length) = (about.target.0 as usize, about.target.1 as usize);
    Head {
        method: octets[..about.method as usize].to_vec(),
        target: octets[target..target + length].to_vec(),
        version: if about.flags & flag::HTTP_10 == 0 { 11 } else { 10 },
        lines: pairs(octets, lines),
        keep_alive: about.flags & flag::KEEP_ALIVE != 0,
        upgrade: about.flags & flag::UPGRADE != 0,
    }
}

fn pairs(octets: &[u8], lines: &[Line]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let part = |at: u32, length: u32| octets[at as usize..(at + length) as usize].to_vec();
    lines
        .iter()
        .map(|&[name, names, value, values]| (part(name, names), part(value, values)))
        .collect()
}

/// Every connection is one of the door's.
#[derive(Debug)]
struct Connections(Rc<Queue>);

impl Stack for Connections {
    type Transport = Plain;
    type Protocol = NodeHttp;

    fn open(&mut self, opening: &Opening<'_>) -> (Plain, NodeHttp) {
        (Plain, NodeHttp::new(self.0.clone(), opening.now))
    }
}

/// Nobody answers.
#[derive(Debug)]
struct Silent;

impl Application for Silent {
    fn request(&mut self, _: &RequestHead<'_>, _: Incoming<'_>, _: &mut Exchange<'_>) {}

    fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}

    fn end(&mut self, _: &mut Exchange<'_>) {}
}
