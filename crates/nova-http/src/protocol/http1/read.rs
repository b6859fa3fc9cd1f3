//! From octets to exchanges: one event at a time, each of which the application acts on.

use nova_http1::connection::ContentLeft;
use nova_http1::response::{Asked, Status};
use nova_http1::{
    BodyLength, Event, Head, Limits as MessageLimits, Method, PeerError, Persistence, Step,
};
use nova_io::Time;

use super::open::{Expects, Open, Stage};
use super::side::{Shared, Side};
use super::turn::{Turn, Turns};
use super::{Http1, shared};
use crate::application::Application;
use crate::exchange::{Gone, Outlet};
use crate::failures::Reason;
use crate::observe::Trace;
use crate::out::Out;
use crate::protocol::{Cx, Flow};
use crate::request::{Incoming, RequestHead};

impl Http1 {
    /// Reads what it can and says how many octets are done with.
    #[inline]
    pub(super) fn read<A: Application>(&mut self, octets: &[u8], cx: &mut Cx<'_, A>) -> usize {
        let budget = self.next.wrapping_add(cx.tools.limits.requests_per_turn);
        let mut at = 0;
        self.flow = loop {
            if self.last {
                // RFC 9112 §9.6: nothing after the last request is served.
                // [9112-9.6-b] [9112-9.6-e]
                self.parting &= at == octets.len();
                at = octets.len();
                break self.ending();
            }
            if let Some(flow) = self.blocked(cx) {
                break flow;
            }
            // The end of content is an event that needs no octet.
            if at == octets.len() && self.turns.current.is_none() {
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

    /// What comes after the last request, when its answer is complete, or never will be.
    #[inline]
    fn ending(&self) -> Flow {
        match self.turns.waiting.front() {
            // [9112-9.6-a] [9112-9.6-d]
            None if self.parting => Flow::Done,
            None => Flow::End,
            Some(turn) if turn.open.stage == Stage::Aborted => Flow::Reset,
            Some(_) => Flow::Hold,
        }
    }

    /// Why nothing is to be read now, if so.
    #[inline]
    fn blocked<A>(&self, cx: &Cx<'_, A>) -> Option<Flow> {
        if cx.congested() {
            return Some(Flow::Room);
        }
        let hold = match &self.turns.current {
            Some(turn) => turn.open.credit == 0 && self.needs_credit(turn),
            None => match self.turns.waiting.back() {
                None => false,
                Some(newest) => {
                    // What follows a request for a tunnel may not be HTTP, and nothing follows
                    // an answer that has announced the end.
                    self.turns.waiting.len() >= cx.tools.limits.open_exchanges
                        || self.next >= cx.tools.limits.requests
                        || newest.open.may_tunnel
                        || matches!(newest.open.stage, Stage::Streaming(s) if !s.persistent)
                }
            },
        };
        hold.then_some(Flow::Hold)
    }

    /// Whether what comes next in the request of `turn` comes only as far as credit goes.
    fn needs_credit(&self, turn: &Turn) -> bool {
        !turn.open.ended() && self.reading.may_bring_content()
    }

    /// Reads one event from the front of `octets` and lets the application act on it. Says how many
    /// octets are done with; `None`: more are needed.
    #[inline]
    fn step<A: Application>(&mut self, octets: &[u8], cx: &mut Cx<'_, A>) -> Option<usize> {
        let closing = self.closing(cx);
        let own;
        let (mut limits, mut octets) = (&cx.tools.limits.message, octets);
        if let Some(turn) = &self.turns.current {
            if let Some(content_bytes) = turn.open.content_bytes() {
                own = MessageLimits { content_bytes, ..*limits };
                limits = &own;
            }
            if self.needs_credit(turn) {
                let credit = usize::try_from(turn.open.credit).unwrap_or(usize::MAX);
                octets = &octets[..octets.len().min(credit)];
            }
        }
        let step = self.reading.receive(octets, &mut cx.tools.reader, limits);
        let Step { consumed, event } = match step {
            Ok(step) => step,
            Err(PeerError(fault)) => {
                let status = Status::of(fault);
                let too_large = matches!(status.code(), 413 | 414 | 431);
                let reason = if too_large { Reason::TooLarge } else { Reason::Malformed };
                self.refuse(status, fault.reason(), reason, cx);
                return Some(octets.len());
            }
        };
        let shared = shared!(cx);
        let front = self.turns.waiting.is_empty();
        match event {
            None if consumed == 0 => return None,
            None => {}
            Some(Event::Head(head)) => {
                let closing = closing || self.next + 1 >= shared.limits.requests;
                let rest = &octets[consumed..];
                let taken = self.request(&head, rest, cx.app, cx.out, closing, &shared);
                return Some(consumed + taken);
            }
            Some(Event::Content(content)) => {
                let left = self.reading.content_left();
                if let Some(turn) = &mut self.turns.current
                    && !turn.open.ended()
                {
                    turn.open.credit = turn.open.credit.saturating_sub(content.len() as u64);
                    if turn.open.collecting {
                        turn.open.collected += content.len();
                    }
                    turn.side(cx.out, front, left, closing, &shared)
                        .call(cx.app, |app, exchange| app.content(exchange, content));
                    self.last |= turn.open.last();
                }
            }
            Some(Event::Trailers(fields)) => {
                if let Some(turn) = &mut self.turns.current
                    && !turn.open.ended()
                {
                    turn.side(cx.out, front, ContentLeft::None, closing, &shared)
                        .call(cx.app, |app, exchange| app.trailers(exchange, fields));
                    self.last |= turn.open.last();
                }
            }
            Some(Event::End) => {
                if let Some(mut turn) = self.turns.take_current(&cx.tools.spares) {
                    turn.open.content_has_come();
                    let mut side = turn.side(cx.out, front, ContentLeft::None, closing, &shared);
                    if !side.open.ended() {
                        side.call(cx.app, |app, exchange| app.end(exchange));
                        side.demand_answer(cx.app);
                    }
                    self.last |= turn.open.last();
                    self.turns.keep(turn);
                }
            }
        }
        if self.last
            && let Some(turn) = self.turns.take_current(&cx.tools.spares)
        {
            self.turns.keep(turn);
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
        out: &mut Out,
        closing: bool,
        shared: &Shared<'_>,
    ) -> usize {
        let incoming = match head.body {
            BodyLength::None => Incoming::None,
            BodyLength::Length(length) => {
                match self.reading.at_hand(rest, &shared.limits.message) {
                    Some(content) => Incoming::Whole(content),
                    None => Incoming::Follows { length: Some(length) },
                }
            }
            BodyLength::Chunked => Incoming::Follows { length: None },
        };
        // RFC 9110 §10.1.1: no 100 (Continue) for a client that has not waited for it.
        let mut follows = matches!(incoming, Incoming::Follows { .. });
        let expects = match head.expects_continue {
            false => Expects::Nothing,
            true if rest.is_empty() && follows => Expects::Waits,
            true => Expects::Before101,
        };
        let until = match shared.limits.handler {
            std::time::Duration::MAX => Time::NEVER,
            span => shared.now + span,
        };
        let mut open = Open::new(self.next, Asked::of(head), expects, until);
        self.next = self.next.wrapping_add(1);
        shared.seen.counters.requests.add(1);
        // Not behind content: some old clients send an empty line after it.
        self.parting = head.persistence == Persistence::Close && head.body == BodyLength::None;
        let connect = head.method == Method::Connect;
        open.may_tunnel = head.upgrade || connect;
        if let Incoming::Whole(content) = incoming {
            open.at_hand = content.len() as u64;
        }
        let left = if follows { self.reading.content_left() } else { ContentLeft::None };
        let head = RequestHead::from_http1(head);
        if shared.seen.hooks.on_response.is_some() {
            open.extra().trace = Some(Trace::of(&head));
        }
        let mut held = None;
        let front = self.turns.waiting.is_empty();
        let out = if front { out } else { held.insert(Out::default()) };
        let gone = None;
        let mut side = Side { open: &mut open, out, shared, left, front, closing, gone };
        if connect && !app.takes_connect() {
            // RFC 9110 §9.3.6: without tunnels, CONNECT is a method that we do not implement.
            side.closing = true;
            let refused = side.answer(&crate::Answer::new(Status::NOT_IMPLEMENTED));
            debug_assert!(refused.is_ok());
        } else {
            side.call(app, |app, exchange| app.request(&head, incoming, exchange));
            follows |= side.open.content_follows;
            if !follows {
                side.open.content_has_come();
            }
            if !follows || side.open.credit == 0 {
                // [9110-10.1.1-b]
                side.demand_answer(app);
            }
        }
        match open.stage {
            // By far the most: nothing of it is left to do.
            Stage::Answered { persistent } if front && !follows => self.last |= !persistent,
            _ => {
                self.last |= open.last();
                let turn = Turn { open, held: held.unwrap_or_default() };
                if follows && !turn.open.last() {
                    self.turns.receive(turn, shared.spares);
                } else {
                    self.turns.keep(turn);
                }
            }
        }
        if follows {
            return 0;
        }
        self.reading.take_at_hand(rest, &shared.limits.message).map_or(0, <[u8]>::len)
    }

    /// Sends what was held by exchanges whose turn has come, and 100 (Continue) to the one that has
    /// been waiting for both.
    pub(super) fn release<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        if self.turns.release(cx.out) {
            // What was opened behind the last answer: its client must take it for not served.
            self.last = true;
            self.leave(Gone::Refused, cx);
            self.turns = Turns::default();
        }
        if self.turns.waiting.is_empty()
            && let Some(turn) = &mut self.turns.current
            && turn.open.expects == Expects::Waits
        {
            let left = self.reading.content_left();
            turn.side(cx.out, true, left, false, &shared!(cx)).send_continue();
        }
    }
}
