//! HTTP/1.1 on a connection: [`nova_http1`] reads, the application answers, in order.
//!
//! The next exchange opens only when the last final answer is complete, or while fewer than
//! [`Limits::open_exchanges`](crate::Limits::open_exchanges) are unanswered. An answer that comes
//! before its turn is encoded and held. The reason for an early end is always an answer that the
//! client can read: `Connection: close`, then a lingering close (RFC 9112 §9.6).

mod side;

use std::collections::VecDeque;

use nova_http1::connection::ContentLeft;
use nova_http1::response::{self, Asked, Status};
use nova_http1::{BodyLength, Connection, Event, Head, Method, PeerError, Step};

use self::side::{Open, Shared, Side, Stage};
use super::{Awaits, Cx, Flow, Protocol};
use crate::answer::OwnedAnswer;
use crate::application::Application;
use crate::exchange::{Gone, Outlet};
use crate::request::{Incoming, RequestHead};

/// The state of an HTTP/1.1 connection.
#[derive(Debug)]
pub struct Http1 {
    reading: Connection,
    /// The number of the next exchange.
    next: u32,
    flow: Flow,
    /// The exchange whose content is being received.
    current: Option<Turn>,
    /// Earlier exchanges that wait for their answer, or for their turn, in order.
    waiting: VecDeque<Turn>,
    /// No further request is read: an answer has announced the close, or the input is beyond repair.
    last: bool,
    stopping: bool,
}

/// An exchange that outlives the step in which it was opened.
#[derive(Debug)]
struct Turn {
    open: Open,
    /// Its encoded answer, if that must wait for earlier ones.
    held: Vec<u8>,
}

impl Turn {
    fn side<'a>(
        &'a mut self,
        out: &'a mut Vec<u8>,
        front: bool,
        left: ContentLeft,
        shared: Shared<'a>,
    ) -> Side<'a> {
        let out = if front { out } else { &mut self.held };
        Side { open: &mut self.open, out, shared, left, front }
    }
}

/// What exchanges share, borrowed from a call's context field by field, so that its `app` and `out`
/// stay free.
macro_rules! shared {
    ($cx:ident, $closing:expr) => {
        Shared {
            worker: $cx.tools.worker,
            key: $cx.key,
            limits: &$cx.tools.limits,
            counters: &$cx.tools.counters,
            post: &$cx.tools.post,
            date: &$cx.tools.date,
            closing: $closing,
        }
    };
}

impl Default for Http1 {
    fn default() -> Self {
        Self::new()
    }
}

impl Http1 {
    /// A connection before its first request.
    pub fn new() -> Self {
        Self {
            reading: Connection::new(),
            next: 0,
            flow: Flow::More,
            current: None,
            waiting: VecDeque::new(),
            last: false,
            stopping: false,
        }
    }

    /// Why nothing is to be read now, if so.
    #[inline]
    fn blocked<A>(&self, cx: &Cx<'_, A>) -> Option<Flow> {
        if cx.congested() {
            return Some(Flow::Room);
        }
        let hold = match &self.current {
            Some(turn) => turn.open.credit == 0 && !turn.open.answered(),
            None => self.waiting.len() >= cx.tools.limits.open_exchanges,
        };
        hold.then_some(Flow::Hold)
    }

    /// Reads one event from the front of `octets` and lets the application act on it. Says how many
    /// octets are done with; `None`: more are needed.
    #[inline]
    fn step<A: Application>(&mut self, octets: &[u8], cx: &mut Cx<'_, A>) -> Option<usize> {
        let step = self.reading.receive(octets, &mut cx.tools.reader, &cx.tools.limits.message);
        let Step { consumed, event } = match step {
            Ok(step) => step,
            Err(PeerError(fault)) => {
                self.refuse(Status::of(fault), fault.reason(), Gone::Refused, cx);
                return Some(octets.len());
            }
        };
        let shared = shared!(cx, self.stopping);
        let front = self.waiting.is_empty();
        match event {
            None if consumed == 0 => return None,
            None => {}
            Some(Event::Head(head)) => {
                let rest = &octets[consumed..];
                return Some(consumed + self.request(&head, rest, cx.app, cx.out, shared));
            }
            Some(Event::Content(content)) => {
                let left = self.reading.content_left();
                if let Some(turn) = &mut self.current
                    && !turn.open.answered()
                {
                    turn.open.credit = turn.open.credit.saturating_sub(content.len() as u64);
                    turn.side(cx.out, front, left, shared)
                        .call(|exchange| cx.app.content(exchange, content));
                    self.last |= turn.open.last();
                }
            }
            Some(Event::Trailers(fields)) => {
                if let Some(turn) = &mut self.current
                    && !turn.open.answered()
                {
                    turn.side(cx.out, front, ContentLeft::None, shared)
                        .call(|exchange| cx.app.trailers(exchange, fields));
                }
            }
            Some(Event::End) => {
                if let Some(mut turn) = self.current.take() {
                    let mut side = turn.side(cx.out, front, ContentLeft::None, shared);
                    if !side.open.answered() {
                        side.call(|exchange| cx.app.end(exchange));
                        side.demand_answer();
                    }
                    self.keep(turn);
                }
            }
        }
        Some(consumed)
    }

    /// A head is complete: opens its exchange. Says how many octets of content it has taken.
    #[inline]
    fn request<A: Application>(
        &mut self,
        head: &Head<'_>,
        rest: &[u8],
        app: &mut A,
        out: &mut Vec<u8>,
        shared: Shared<'_>,
    ) -> usize {
        let incoming = match head.body {
            BodyLength::None => Incoming::None,
            BodyLength::Length(length) => match self.reading.take_at_hand(rest) {
                Some(content) => Incoming::Whole(content),
                None => Incoming::Follows { length: Some(length) },
            },
            BodyLength::Chunked => Incoming::Follows { length: None },
        };
        // RFC 9110 §10.1.1: no 100 (Continue) for a client that has not waited for it.
        let expects = head.expects_continue && rest.is_empty();
        let follows = matches!(incoming, Incoming::Follows { .. });
        let mut turn = Turn {
            open: Open::new(self.next, Asked::of(head), expects && follows),
            held: Vec::new(),
        };
        self.next = self.next.wrapping_add(1);
        shared.counters.requests.add(1);
        let left = if follows { self.reading.content_left() } else { ContentLeft::None };
        let mut side = turn.side(out, self.waiting.is_empty(), left, shared);
        if head.method == Method::Connect {
            // RFC 9110 §9.3.6: without tunnels, CONNECT is a method that we do not implement.
            side.shared.closing = true;
            let refused = side.answer(&crate::Answer::new(Status::NOT_IMPLEMENTED));
            debug_assert!(refused.is_ok());
        } else {
            let head = RequestHead::from_http1(head);
            side.call(|exchange| app.request(&head, incoming, exchange));
            if !follows || side.open.credit == 0 {
                side.demand_answer();
            }
        }
        if follows && !turn.open.last() {
            self.current = Some(turn);
        } else {
            self.keep(turn);
        }
        match incoming {
            Incoming::Whole(content) => content.len(),
            Incoming::None | Incoming::Follows { .. } => 0,
        }
    }

    /// The request of `turn` is complete, or its rest does not matter: if its answer is not on its
    /// way already, it waits.
    #[inline]
    fn keep(&mut self, turn: Turn) {
        self.last |= turn.open.last();
        if !self.waiting.is_empty() || !turn.open.answered() {
            self.waiting.push_back(turn);
        }
    }

    /// Sends held answers whose turn has come.
    fn release(&mut self, out: &mut Vec<u8>) {
        while self.waiting.front().is_some_and(|turn| turn.open.answered()) {
            if let Some(turn) = self.waiting.pop_front() {
                out.extend_from_slice(&turn.held);
            }
        }
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new(); // An idle connection owns no memory.
        }
    }

    /// Answers what cannot be read, after all earlier answers, and reads no further.
    fn refuse<A: Application>(
        &mut self,
        status: Status,
        reason: &str,
        why: Gone,
        cx: &mut Cx<'_, A>,
    ) {
        tracing::debug!(key = ?cx.key, status = status.code(), reason, "a request is refused");
        cx.tools.counters.refused.add(1);
        self.last = true;
        let mut turn = match self.current.take() {
            // Already answered: a second answer would be taken for that of another request.
            Some(turn) if turn.open.answered() => return self.keep(turn),
            Some(turn) => {
                cx.app.gone(cx.exchange(turn.open.number), why);
                turn
            }
            None => Turn { open: Open::new(self.next, Asked::UNKNOWN, false), held: Vec::new() },
        };
        let front = self.waiting.is_empty();
        let shared = shared!(cx, true);
        let side = turn.side(cx.out, front, ContentLeft::Unknown, shared);
        response::refuse(side.out, status, reason, side.open.asked, shared.date);
        side.open.stage = Stage::Answered { persistent: false };
        shared.counters.answered(status.code());
        self.keep(turn);
    }
}

impl Protocol for Http1 {
    #[inline]
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
        let budget = self.next.wrapping_add(cx.tools.limits.requests_per_turn);
        let mut at = 0;
        self.flow = loop {
            if self.last {
                at = octets.len(); // RFC 9112 §9.6: nothing after the last request is served.
                break if self.waiting.is_empty() { Flow::End } else { Flow::Hold };
            }
            if let Some(flow) = self.blocked(cx) {
                break flow;
            }
            // The end of content is an event that needs no octet.
            if at == octets.len() && self.current.is_none() {
                break Flow::More;
            }
            if self.next == budget {
                break Flow::Again;
            }
            match self.step(&octets[at..], cx) {
                Some(used) => at += used,
                None => break Flow::More,
            }
        };
        at
    }

    fn end_of_stream<A: Application>(&mut self, _rest: usize, cx: &mut Cx<'_, A>) {
        if !self.last {
            self.last = true;
            if self.reading.end_of_stream().is_err() {
                let fault = nova_http1::Fault::Incomplete;
                self.refuse(Status::of(fault), fault.reason(), Gone::Incomplete, cx);
            }
        }
        self.receive(&mut [], cx);
    }

    fn answer<A: Application>(
        &mut self,
        number: u32,
        answer: &OwnedAnswer,
        cx: &mut Cx<'_, A>,
    ) -> bool {
        let waiting = self.waiting.len();
        let at = self.waiting.iter().position(|turn| turn.open.number == number);
        let newest = self.current.is_none() && at == waiting.checked_sub(1);
        let shared = shared!(cx, self.stopping && (newest || at.is_none()));
        let (turn, front, left) = match (at, &mut self.current) {
            (Some(at), _) => (&mut self.waiting[at], at == 0, ContentLeft::None),
            (None, Some(turn)) if turn.open.number == number => {
                (turn, waiting == 0, self.reading.content_left())
            }
            (None, _) => return false,
        };
        if turn.open.answered() {
            return false;
        }
        let mut side = turn.side(cx.out, front, left, shared);
        if let Err(error) = answer.lend(|answer| side.answer(answer)) {
            tracing::error!(number, %error, "a deferred answer is not valid; 500 is sent instead");
            side.give_up();
        }
        self.last |= turn.open.last();
        if at.is_none()
            && self.last
            && let Some(turn) = self.current.take()
        {
            self.keep(turn);
        }
        self.release(cx.out);
        true
    }

    fn writable<A: Application>(&mut self, _cx: &mut Cx<'_, A>) {}

    fn expired<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        let reason = match self.awaits() {
            Awaits::Content => "the content did not arrive in time",
            _ => "the request head did not arrive in time",
        };
        self.refuse(Status::REQUEST_TIMEOUT, reason, Gone::Expired, cx);
        self.receive(&mut [], cx);
    }

    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        for turn in self.waiting.iter().chain(&self.current) {
            if !turn.open.answered() {
                cx.app.gone(cx.exchange(turn.open.number), why);
            }
        }
    }

    fn stop(&mut self) {
        self.stopping = true;
    }

    #[inline]
    fn flow(&self) -> Flow {
        self.flow
    }

    #[inline]
    fn awaits(&self) -> Awaits {
        match &self.current {
            Some(turn) if turn.open.credit == 0 && !turn.open.answered() => Awaits::Application,
            Some(_) => Awaits::Content,
            None if !self.waiting.is_empty() => Awaits::Application,
            None if self.reading.idle() => Awaits::Request,
            None => Awaits::Head(self.next),
        }
    }
}
