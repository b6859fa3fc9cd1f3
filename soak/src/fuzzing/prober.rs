//! One connection after the other, each with a script.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::Token;

use super::script::{Finish, Script, Scripts};
use crate::drive::{Client, Next, Turn};
use crate::link::{End, Link};
use crate::reader;
use crate::traffic::{Notes, Sums};

/// What all probers share.
#[derive(Debug)]
pub(super) struct Common<'a> {
    pub(super) address: SocketAddr,
    pub(super) scripts: &'a mut Scripts,
    /// The number of the next script, and of the one before which it ends.
    pub(super) next: u64,
    pub(super) end: u64,
    /// Inputs to be sent; no script is begun beyond.
    pub(super) inputs_left: u64,
    /// No script is begun later.
    pub(super) until: Option<Instant>,
    pub(super) patience: Duration,
    pub(super) notes: Notes,
    pub(super) sums: Sums,
    pub(super) inputs: u64,
}

impl Common<'_> {
    fn next_script(&mut self, now: Instant) -> Option<(u64, Script)> {
        let late = self.until.is_some_and(|until| now > until);
        if self.next == self.end || self.inputs_left == 0 || late || self.notes.count >= 20 {
            return None;
        }
        let index = self.next;
        self.next += 1;
        let script = self.scripts.script(index);
        self.inputs_left = self.inputs_left.saturating_sub(script.inputs);
        self.inputs += script.inputs;
        Some((index, script))
    }
}

/// A script on its way.
#[derive(Debug)]
struct Probe {
    index: u64,
    script: Script,
    link: Link,
    /// Pieces that have been sent.
    pieces: usize,
    /// Answers that have come.
    answers: usize,
    interim: usize,
    finished: bool,
    moved: Instant,
}

/// One client.
#[derive(Debug)]
pub(super) struct Prober<'a> {
    token: Token,
    probe: Option<Probe>,
    done: bool,
    cx: PhantomData<Common<'a>>,
}

impl Prober<'_> {
    pub(super) const fn new(number: usize) -> Self {
        Self { token: Token(number), probe: None, done: false, cx: PhantomData }
    }
}

impl<'a> Client for Prober<'a> {
    type Common = Common<'a>;

    fn step(&mut self, turn: &mut Turn<'_>, cx: &mut Common<'a>) -> Next {
        let Some(mut probe) = self.probe.take() else {
            let Some((index, script)) = cx.next_script(turn.now) else {
                // A late event may follow.
                return if std::mem::replace(&mut self.done, true) {
                    Next::Event
                } else {
                    Next::Done
                };
            };
            match Probe::begin(index, script, self.token, turn, cx.address) {
                Ok(probe) => self.probe = Some(probe),
                Err(error) => cx.notes.take(|| format!("connect: {error}")),
            }
            return Next::Again;
        };
        match probe.step(turn) {
            Ok(Some(next)) => {
                self.probe = Some(probe);
                next
            }
            Ok(None) => {
                cx.sums.count(match probe.script.finish {
                    Finish::Wait => "scripts_waited_for",
                    Finish::HalfClose => "scripts_half_closed",
                    Finish::Reset => "scripts_reset",
                });
                cx.sums.add("answers", probe.answers as u64);
                probe.link.reset();
                Next::Again
            }
            Err(what) => {
                probe.tell(&what, cx);
                probe.link.reset();
                Next::Again
            }
        }
    }

    fn look_at_the_clock(&mut self, now: Instant, cx: &mut Common<'a>) -> bool {
        let patience = cx.patience;
        let late = |probe: &mut Probe| now.saturating_duration_since(probe.moved) > patience;
        let Some(probe) = self.probe.take_if(late) else { return false };
        let waited = now.saturating_duration_since(probe.moved).as_secs_f64();
        let Probe { answers, script, .. } = &probe;
        let wanted = script.expected.answers.len();
        probe.tell(&format!("silence for {waited:.1} s, with {answers} of {wanted} answers"), cx);
        probe.link.reset();
        true
    }
}

impl Probe {
    fn begin(
        index: u64,
        script: Script,
        token: Token,
        turn: &Turn<'_>,
        address: SocketAddr,
    ) -> std::io::Result<Self> {
        let mut link = Link::connect(address, None, turn.registry, token)?;
        link.out().extend_from_slice(&script.octets);
        let (pieces, answers, interim) = (0, 0, 0);
        let (finished, moved) = (false, turn.now);
        Ok(Self { index, script, link, pieces, answers, interim, finished, moved })
    }

    /// `None` when all is as it must be.
    fn step(&mut self, turn: &mut Turn<'_>) -> Result<Option<Next>, String> {
        let before = (self.link.sent(), self.link.inbox().len(), self.answers);
        let cut = self.script.cuts.get(self.pieces);
        let room = cut.is_some_and(|&cut| self.link.send(cut, usize::MAX));
        self.pieces += usize::from(room);
        let all = self.pieces == self.script.cuts.len();
        if all && !self.finished {
            match self.script.finish {
                Finish::Wait => {}
                Finish::HalfClose => self.link.finish(),
                Finish::Reset => return Ok(None),
            }
            self.finished = true;
        }
        self.link.receive(turn.scratch);
        self.read()?;
        let whole = self.answers == self.script.expected.answers.len();
        match self.link.end() {
            Some(end) => return self.ended(end, whole).map(|()| None),
            None if all && whole && !self.script.expected.ends => return Ok(None),
            None => {}
        }
        if before != (self.link.sent(), self.link.inbox().len(), self.answers) {
            self.moved = turn.now;
        }
        let more = room && self.pieces < self.script.cuts.len();
        Ok(Some(if more { Next::Again } else { Next::Event }))
    }

    /// Reads the answers that have come.
    fn read(&mut self) -> Result<(), String> {
        while !self.link.inbox().is_empty() {
            let expected = self.script.expected.answers.get(self.answers);
            let headless = expected.is_some_and(|answer| answer.headless);
            let read = reader::read(self.link.inbox(), headless);
            let Some((response, len)) = read.map_err(|error| error.to_string())? else { break };
            self.link.consume(len);
            if response.status < 200 {
                self.interim += 1;
                if response.status != 100 || self.interim > self.script.expected.interim {
                    return Err(format!("{} that nobody has asked for", response.status));
                }
                continue;
            }
            let Some(expected) = expected else {
                return Err(format!("{} after the last answer", response.status));
            };
            if response.status != expected.status {
                return Err(format!(
                    "answer {} is {} instead of {}",
                    self.answers, response.status, expected.status
                ));
            }
            if let Some(content) = &expected.content
                && !headless
                && response.content != content.as_bytes()
            {
                let seen = String::from_utf8_lossy(&response.content);
                return Err(format!("answer {} is {seen:?}, not {content:?}", self.answers));
            }
            self.answers += 1;
            let last = self.answers == self.script.expected.answers.len();
            // A client that has half-closed learns of the end by the end.
            if response.close && !(last && self.script.expected.ends) {
                return Err(format!("answer {} announces an end", self.answers - 1));
            }
        }
        Ok(())
    }

    /// The server has ended the connection.
    fn ended(&self, end: End, whole: bool) -> Result<(), String> {
        let (came, wanted) = (self.answers, self.script.expected.answers.len());
        if !self.link.inbox().is_empty() {
            return Err(format!("{end:?} within answer {came}"));
        }
        if !whole {
            return Err(format!("{end:?} with {came} of {wanted} answers"));
        }
        if !self.script.expected.ends {
            return Err(format!("{end:?} that nobody has asked for"));
        }
        if end == End::Reset && !self.script.expected.may_reset {
            return Err("a reset where an end was owed".into());
        }
        Ok(())
    }

    fn tell(&self, what: &str, cx: &mut Common<'_>) {
        let seed = cx.scripts.seed();
        let Self { index, script, .. } = self;
        cx.notes.take(|| {
            let octets = script.octets.escape_ascii();
            format!("{seed}:{index} {what}; {:?}, cuts {:?}, {octets}", script.finish, script.cuts)
        });
    }
}
