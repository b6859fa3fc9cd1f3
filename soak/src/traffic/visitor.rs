//! One connection after the other, as one client makes them.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Instant;

use fastrand::Rng;
use ledger::Ledger;
use mio::Token;

use super::act::Act;
use super::batch::{Batch, Wanted};
use super::settle::settle;
use super::{Manners, Mix, Notes, Sums};
use crate::drive::{Client, Next, Turn};
use crate::link::{End, Link};
use crate::reader::{self, Response};

/// What all visitors share.
#[derive(Debug)]
pub(super) struct Common<'a> {
    pub(super) address: SocketAddr,
    pub(super) books: &'a Ledger,
    pub(super) mix: &'a Mix,
    /// The server has been told to stop: it may close connections that it owes nothing.
    pub(super) stopping: bool,
    pub(super) notes: Notes,
    pub(super) sums: Sums,
}

/// How a connection stands with a server that stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AtStop {
    /// It does not stop yet.
    NotYet,
    /// A request was sent whole before, on a connection that had been served: it is under way, and
    /// has its answer with the announcement of the end.
    Owed,
    /// Nothing that was sent before.
    Free,
}

impl AtStop {
    /// An answer has come, or another connection begins.
    fn settle(&mut self) {
        if *self == Self::Owed {
            *self = Self::Free;
        }
    }
}

/// One client.
#[derive(Debug)]
pub(super) struct Visitor<'a> {
    rng: Rng,
    token: Token,
    link: Option<Link>,
    batch: Batch,
    /// An answer has announced the end.
    announced: bool,
    /// Our direction has ended.
    finished: bool,
    /// The connection has had an answer, so the server has accepted it.
    served: bool,
    /// What the server's stop owes the connection.
    stop: AtStop,
    /// Turns that are still waited for before a reset.
    lingers: u8,
    /// When something last moved.
    moved: Instant,
    done: bool,
    cx: PhantomData<Common<'a>>,
}

impl<'a> Client for Visitor<'a> {
    type Common = Common<'a>;

    fn step(&mut self, turn: &mut Turn<'_>, cx: &mut Common<'a>) -> Next {
        if self.done {
            return Next::Event; // A late one; nothing follows it.
        }
        if cx.stopping && self.stop == AtStop::NotYet {
            // Nothing was sent since it was told to.
            let owed = self.link.is_some() && self.served && self.batch.sent > 0;
            self.stop = if owed { AtStop::Owed } else { AtStop::Free };
        }
        let Some(mut link) = self.link.take().or_else(|| self.connect(turn, cx)) else {
            self.done = true;
            return Next::Done;
        };
        if self.idle(&link) {
            link.clear();
            match Batch::compose(link.out(), cx.books, &mut self.rng, cx.mix) {
                Some(batch) => {
                    cx.sums.count(batch.act.name());
                    if batch.due.len() > 1 {
                        cx.sums.add("pipelined", batch.due.len() as u64);
                    }
                    self.batch = batch;
                    if cx.mix.manners == Manners::Harsh {
                        self.lingers = self.rng.u8(..4);
                    }
                }
                None => {
                    self.done = true;
                    return Next::Done; // The link is closed in order, with nothing owed on it.
                }
            }
            self.moved = turn.now;
        }
        let before = (link.sent(), self.batch.due.len());
        let room = link.send(self.batch.allowed(), self.batch.piece);
        self.enter_sent(&link, cx.books);
        let all = link.sent() == self.batch.until;
        let sip = self.batch.sip.min(turn.scratch.len());
        let more_to_read = if sip < turn.scratch.len() {
            link.sip(&mut turn.scratch[..sip])
        } else {
            link.receive(turn.scratch);
            false
        };
        match self.batch.act {
            Act::ResetWithin if all && cx.mix.manners == Manners::Harsh => {
                // Its head is looked at before the reset comes, if the server is in no hurry.
                if self.lingers > 0 {
                    self.lingers -= 1;
                    self.link = Some(link);
                    return Next::Again;
                }
                cx.sums.count("aborted_in_content");
                return self.leave(link, cx);
            }
            Act::ResetWithin | Act::Leave if all => return self.leave(link, cx),
            Act::ResetAtAnswer if all && !link.inbox().is_empty() => return self.leave(link, cx),
            Act::HalfClose | Act::CutShort if all && !self.finished => {
                self.finished = true;
                link.finish();
                if cx.mix.manners == Manners::Harsh {
                    self.batch.due.iter().for_each(|due| cx.books.left(due.receipt.mark));
                }
            }
            _ => {}
        }
        if let Err(what) = self.read(&mut link, cx) {
            return self.break_off(link, &what, cx);
        }
        let within = self.batch.due.is_empty() || !link.inbox().is_empty();
        if self.batch.act == Act::ResetInAnswer && all && self.batch.due.len() <= 1 && within {
            cx.sums.add("aborted_in_answer", self.batch.due.len() as u64);
            return self.leave(link, cx);
        }
        if let Some(end) = link.end() {
            self.ended(&link, end, cx);
            return Next::Again;
        }
        if more_to_read || before != (link.sent(), self.batch.due.len()) {
            self.moved = turn.now;
        }
        let more = more_to_read || room && link.sent() < self.batch.allowed();
        let idle = self.idle(&link);
        self.link = Some(link);
        if more || idle { Next::Again } else { Next::Event }
    }

    /// Gives up a connection on which nothing moves although something should.
    fn look_at_the_clock(&mut self, now: Instant, cx: &mut Common<'a>) -> bool {
        let waited = now.saturating_duration_since(self.moved);
        if self.done || waited < cx.mix.patience {
            return false;
        }
        let Some(link) = self.link.take() else { return false };
        self.break_off(link, &format!("silence for {:.1} s", waited.as_secs_f64()), cx);
        self.moved = now;
        true
    }
}

impl Visitor<'_> {
    pub(super) fn new(seed: u64, number: usize, now: Instant) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            token: Token(number),
            link: None,
            batch: Batch::default(),
            announced: false,
            finished: false,
            served: false,
            stop: AtStop::NotYet,
            lingers: 0,
            moved: now,
            done: false,
            cx: PhantomData,
        }
    }

    /// Whether the connection is there for another batch.
    fn idle(&self, link: &Link) -> bool {
        // Some of what was answered early may still have to be sent.
        let sent = link.sent() == self.batch.until;
        sent && self.batch.due.is_empty() && self.batch.act == Act::Stay && !self.announced
    }

    fn connect(&mut self, turn: &Turn<'_>, cx: &mut Common<'_>) -> Option<Link> {
        (self.batch, self.announced, self.finished) = (Batch::default(), false, false);
        self.served = false;
        self.stop.settle();
        let slow = match cx.mix.manners {
            Manners::Polite => false,
            Manners::Rude => self.rng.u8(..8) == 0,
            Manners::Harsh => self.rng.u8(..8) != 0,
        };
        let window = slow.then(|| self.rng.usize(2_000..20_000));
        match Link::connect(cx.address, window, turn.registry, self.token) {
            Ok(link) => {
                cx.sums.add("small_windows", u64::from(window.is_some()));
                cx.sums.count("connections");
                Some(link)
            }
            Err(error) => {
                if !cx.stopping {
                    cx.notes.take(|| format!("connect: {error}"));
                }
                None
            }
        }
    }

    fn enter_sent(&mut self, link: &Link, books: &Ledger) {
        while let Some(due) = self.batch.due.get(self.batch.sent)
            && due.end <= link.sent()
        {
            books.sent(due.receipt.mark);
            self.batch.sent += 1;
        }
    }

    /// Closes by a reset: whoever has no answer yet does not want one any more.
    fn leave(&self, link: Link, cx: &Common<'_>) -> Next {
        self.batch.due.iter().for_each(|due| cx.books.left(due.receipt.mark));
        link.reset();
        Next::Again
    }

    /// Reads the answers that have come.
    fn read(&mut self, link: &mut Link, cx: &mut Common<'_>) -> Result<(), String> {
        loop {
            if link.inbox().is_empty() {
                return Ok(());
            }
            if self.announced {
                return Err("octets after the last answer".into());
            }
            let Some((response, len)) =
                reader::read(link.inbox(), false).map_err(|error| error.to_string())?
            else {
                return Ok(());
            };
            link.consume(len);
            if response.status < 200 {
                self.interim(&response)?;
                cx.sums.count("continued");
                continue;
            }
            self.answer(&response, link, cx)?;
        }
    }

    fn interim(&mut self, response: &Response) -> Result<(), String> {
        let barrier = self.batch.due.front_mut().and_then(|due| due.barrier.take());
        if response.status == 100 && barrier.is_some() {
            return Ok(());
        }
        Err(format!("{} that nobody has asked for", response.status))
    }

    fn answer(&mut self, response: &Response, link: &Link, cx: &Common<'_>) -> Result<(), String> {
        let Some(due) = self.batch.due.pop_front() else {
            return Err(format!("{} that nobody has asked for", response.status));
        };
        self.batch.sent = self.batch.sent.saturating_sub(1);
        self.served = true;
        self.stop.settle();
        settle(&due, response, cx.books)?;
        if due.wanted == Wanted::Receipt && due.end > link.sent() && !due.early {
            return Err("an answer before the request was sent".into());
        }
        let last = self.batch.due.is_empty();
        if response.close {
            self.announced = true;
            let meant = last && self.batch.act != Act::Stay;
            if !meant && !cx.stopping {
                return Err("an end that nobody has asked for".into());
            }
            // What was sent after it is not served (RFC 9112 §9.6), and nobody is owed it.
            self.batch.due.clear();
        } else if last && matches!(self.batch.act, Act::Close | Act::Malformed | Act::CutShort) {
            // A request that is never whole may be answered by the end alone.
            return Err("a last answer that does not announce the end".into());
        }
        Ok(())
    }

    /// The server has ended the connection.
    fn ended(&self, link: &Link, end: End, cx: &mut Common<'_>) {
        let act = self.batch.act;
        let sent = self.batch.due.iter().take(self.batch.sent);
        let owed = sent.filter(|due| !matches!(due.wanted, Wanted::Nothing | Wanted::End)).count();
        if self.finished && cx.mix.manners == Manners::Harsh {
            // All that was under way has been entered as left.
        } else if !link.inbox().is_empty() {
            cx.notes.take(|| format!("{end:?} within an answer ({act:?})"));
            self.owe(cx);
        } else if cx.stopping {
            // What its handlers have read must be answered: that is for the books to tell.
            if self.stop == AtStop::Owed && owed > 0 {
                cx.notes.take(|| format!("{end:?} with a request under way at the stop ({act:?})"));
                self.owe(cx);
            }
        } else if owed > 0 {
            cx.notes.take(|| format!("{end:?} with {owed} answers missing ({act:?})"));
            self.owe(cx);
        } else if act == Act::Destroyed {
            self.batch.due.iter().for_each(|due| cx.books.refused(due.receipt.mark));
        } else if end == End::Reset || !(self.announced || self.finished) {
            cx.notes.take(|| format!("{end:?} that nobody has asked for ({act:?})"));
        }
    }

    /// What was sent whole is owed an answer.
    fn owe(&self, cx: &Common<'_>) {
        for due in self.batch.due.iter().take(self.batch.sent) {
            if !matches!(due.wanted, Wanted::Nothing | Wanted::End) {
                cx.books.owed(due.receipt.mark);
            }
        }
    }

    /// The server does what it must not: nothing on this connection can be trusted any more.
    fn break_off(&self, link: Link, what: &str, cx: &mut Common<'_>) -> Next {
        cx.notes.take(|| {
            let due = self.batch.due.front();
            let waits = due.map_or(String::new(), |due| {
                let (name, fill, sent) = (due.errand.name, due.fill, link.sent());
                let (mark, end, some) = (due.receipt.mark, due.end, link.inbox().len());
                format!(
                    ", waiting for {mark} of /{name}/{fill}, which ends at {end} of {}, {sent} sent; \
                     {some} octets of it have come",
                    self.batch.until
                )
            });
            format!("{what} ({:?}{waits})", self.batch.act)
        });
        self.owe(cx);
        link.reset();
        Next::Again
    }
}
