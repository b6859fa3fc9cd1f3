//! HTTP/1.1 on a connection: [`nova_http1`] reads, the application answers, in order.
//!
//! The next exchange opens only when the last final answer is complete, or while fewer than
//! [`Limits::open_exchanges`](crate::Limits::open_exchanges) are unanswered. An answer that comes
//! before its turn is encoded and held. The reason for an early end is always an answer that the
//! client can read: `Connection: close`, then a lingering close (RFC 9112 §9.6); where a part of an
//! answer has left already, it is a reset.
//!
//! `read.rs` makes exchanges of octets, `turn.rs` keeps them in order, `open.rs` says what is known of
//! one, `side.rs`, `outlet.rs` and `answering.rs` are what an application may do to it.

mod answering;
mod open;
mod outlet;
mod read;
mod side;
mod source;
mod turn;

use nova_http1::Connection;
use nova_http1::connection::ContentLeft;
use nova_http1::response::{self, Asked, Status};
use nova_io::Time;

use self::open::{Expects, Open, Stage};
pub(crate) use self::turn::Spares;
use self::turn::{Turn, Turns};
use super::{Awaits, Cx, Flow, Protocol, Tunnel};
use crate::application::Application;
use crate::exchange::{Exchange, Gone, Outlet};
use crate::failures::{Phase, Reason};

/// The state of an HTTP/1.1 connection.
///
/// ```
/// use nova_http::{Http1, Phase, Protocol};
///
/// let http1 = Http1::default(); // It may grow as old as it likes.
/// assert!(http1.quiet() && !http1.wants_room());
/// assert_eq!((http1.phase(), http1.held()), (Phase::Idle, 0));
/// ```
#[derive(Debug)]
pub struct Http1 {
    reading: Connection,
    /// The number of the next exchange.
    next: u32,
    flow: Flow,
    turns: Turns,
    /// No further request is read: an answer has announced the close, or the input is beyond repair.
    last: bool,
    stopping: bool,
    /// The client has said that the request is its last one (RFC 9112 §9.6).
    parting: bool,
    /// When it has grown too old for another request.
    old: Time,
}

/// What exchanges share, borrowed from a call's context field by field, so that its `app` and `out`
/// stay free.
macro_rules! shared {
    ($cx:ident) => {
        $crate::protocol::http1::side::Shared {
            worker: $cx.tools.worker,
            key: $cx.key,
            peer: $cx.peer.as_ref(),
            now: $cx.now,
            unsent: $cx.unsent,
            limits: &$cx.tools.limits,
            seen: &$cx.tools.seen,
            post: &$cx.tools.post,
            date: &$cx.tools.date,
            spares: &$cx.tools.spares,
        }
    };
}
use shared;

impl Default for Http1 {
    fn default() -> Self {
        Self::new(Time::NEVER)
    }
}

impl Http1 {
    /// A connection before its first request, which serves no further ones after `old`.
    pub fn new(old: Time) -> Self {
        Self {
            reading: Connection::new(),
            next: 0,
            flow: Flow::More,
            turns: Turns::default(),
            last: false,
            stopping: false,
            parting: false,
            old,
        }
    }

    /// Whether the answer to the newest request is to be the last one.
    #[inline]
    fn closing<A>(&self, cx: &Cx<'_, A>) -> bool {
        self.stopping || cx.now >= self.old || self.next >= cx.tools.limits.requests
    }

    /// The tunnel that an exchange has become, with the credit it had left.
    #[inline]
    pub(super) fn tunnel<A>(&mut self, cx: &Cx<'_, A>) -> Option<Tunnel> {
        let open = &mut self.turns.waiting.front_mut()?.open;
        let Stage::Tunnel { status, tunnel } = open.stage else { return None };
        cx.tools.seen.counters.tunnels.add(1);
        open.tell(&shared!(cx), Some(status), None);
        Some(tunnel.with_credit(open.credit))
    }

    /// Answers what cannot be read or served any longer, after all earlier answers, and reads no
    /// further.
    fn refuse<A: Application>(
        &mut self,
        status: Status,
        sentence: &str,
        reason: Reason,
        cx: &mut Cx<'_, A>,
    ) {
        tracing::debug!(key = ?cx.key, status = status.code(), sentence, "a request is refused");
        cx.fail(reason, self.reading_phase());
        self.last = true;
        self.parting = false;
        let turn = match self.turns.take_current(&cx.tools.spares) {
            // Already answered: a second answer would be taken for that of another request.
            Some(turn) if turn.open.ended() => return self.turns.keep(turn),
            Some(turn) => turn,
            None => Turn::new(Open::new(self.next, Asked::UNKNOWN, Expects::Nothing, Time::NEVER)),
        };
        self.turns.waiting.push_back(turn);
        let at = self.turns.waiting.len() - 1;
        self.give_up(at, status, sentence, reason.gone(), cx);
    }

    /// Ends the exchange at `at` of those that wait: with `status`, if nothing of its answer has left.
    fn give_up<A: Application>(
        &mut self,
        at: usize,
        status: Status,
        sentence: &str,
        why: Gone,
        cx: &mut Cx<'_, A>,
    ) {
        let Some(turn) = self.turns.waiting.get_mut(at) else { return };
        let id = cx.exchange(turn.open.number);
        // What could not be read has the number of the request that would have come next.
        let opened = turn.open.number != self.next;
        if opened && !turn.open.ended() {
            cx.tools.seen.guard("gone", || cx.app.gone(id, why));
        }
        let shared = shared!(cx);
        let mut side = turn.side(cx.out, at == 0, ContentLeft::Unknown, true, &shared);
        if side.open.unanswered() {
            response::refuse(side.out, status, sentence, side.open.asked, shared.date);
            side.open.stage = Stage::Answered { persistent: false };
            shared.seen.counters.answered(status.code());
            side.open.tell(&shared, Some(status.code()), Some(why));
        } else if !side.open.ended() {
            side.cut(why);
        }
        self.last = true;
        self.parting = false;
        self.release(cx);
    }

    /// Tells all open exchanges that they have ended.
    fn leave<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        let shared = shared!(cx);
        for turn in self.turns.all_mut() {
            if turn.open.ended() {
                continue;
            }
            let status = match turn.open.stage {
                Stage::Streaming(stream) => Some(stream.status),
                _ => None,
            };
            if status.is_some() {
                shared.seen.counters.answers_cut.add(1);
            }
            turn.open.tell(&shared, status, Some(why));
            shared.seen.guard("gone", || cx.app.gone(shared.id(turn.open.number), why));
        }
    }

    /// How far the newest request has come: whose octets are being read.
    fn reading_phase(&self) -> Phase {
        match &self.turns.current {
            Some(turn) => turn.open.phase(true),
            None if self.reading.idle() => Phase::Idle,
            None => Phase::Head,
        }
    }

    /// The exchange whose own deadline has passed.
    fn late(&self, now: Time) -> Option<usize> {
        self.turns.waiting.iter().position(|turn| !turn.open.ended() && turn.open.deadline() <= now)
    }
}

impl Protocol for Http1 {
    #[inline]
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
        self.read(octets, cx)
    }

    fn end_of_stream<A: Application>(&mut self, _rest: usize, cx: &mut Cx<'_, A>) {
        if !self.last {
            self.last = true;
            if self.reading.end_of_stream().is_err() {
                let fault = nova_http1::Fault::Incomplete;
                self.refuse(Status::of(fault), fault.reason(), Reason::Incomplete, cx);
            }
        }
        self.receive(&mut [], cx);
    }

    fn lend<A: Application>(
        &mut self,
        number: u32,
        cx: &mut Cx<'_, A>,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool {
        let waiting = self.turns.waiting.len();
        let at = self.turns.waiting.iter().position(|turn| turn.open.number == number);
        let newest = self.turns.current.is_none() && at == waiting.checked_sub(1);
        let closing = self.closing(cx) && (newest || at.is_none());
        let (turn, front, left) = match (at, self.turns.current.as_deref_mut()) {
            (Some(at), _) => (&mut self.turns.waiting[at], at == 0, ContentLeft::None),
            (None, Some(turn)) if turn.open.number == number => {
                (turn, waiting == 0, self.reading.content_left())
            }
            (None, _) => return false,
        };
        if turn.open.ended() {
            return false;
        }
        turn.side(cx.out, front, left, closing, &shared!(cx)).call(cx.app, call);
        self.last |= turn.open.last();
        if at.is_none()
            && self.last
            && let Some(turn) = self.turns.take_current(&cx.tools.spares)
        {
            self.turns.keep(turn);
        }
        self.release(cx);
        true
    }

    fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        let left = self.reading.content_left();
        let newest = self.turns.all().nth(1).is_none();
        let closing = newest && self.closing(cx);
        let Turns { current, waiting } = &mut self.turns;
        let left = if waiting.is_empty() { left } else { ContentLeft::None };
        let Some(turn) = waiting.front_mut().or(current.as_deref_mut()) else { return };
        if !turn.open.wants_room() {
            return;
        }
        let shared = shared!(cx);
        let mut side = turn.side(cx.out, true, left, closing, &shared);
        if let Stage::Streaming(stream) = &mut side.open.stage {
            stream.wants_room = false;
        }
        if side.has_source() {
            side.pump();
            if side.ended() {
                let id = shared.id(side.open.number);
                shared.seen.guard("ended", || cx.app.ended(id));
            }
        } else {
            side.call(cx.app, |app, exchange| app.writable(exchange));
        }
        self.last |= turn.open.last();
        if self.last
            && self.turns.current.as_ref().is_some_and(|turn| turn.open.last())
            && let Some(turn) = self.turns.take_current(&cx.tools.spares)
        {
            self.turns.keep(turn);
        }
        self.release(cx);
    }

    #[inline]
    fn quiet(&self) -> bool {
        self.turns.is_empty()
    }

    fn wants_room(&self) -> bool {
        self.turns.front().is_some_and(|turn| turn.open.wants_room())
    }

    fn expired<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        if let Some(at) = self.late(cx.now) {
            cx.fail(Reason::TimedOut, self.turns.waiting[at].open.phase(false));
            let sentence = "the answer was not ready in time";
            self.give_up(at, Status::SERVICE_UNAVAILABLE, sentence, Gone::Expired, cx);
        } else {
            let current = self.turns.current.as_ref();
            let (status, sentence) = match current.map(|turn| turn.open.answer_until <= cx.now) {
                Some(true) => (Status::SERVICE_UNAVAILABLE, "the answer was not ready in time"),
                Some(false) => (Status::REQUEST_TIMEOUT, "the content did not arrive in time"),
                None => (Status::REQUEST_TIMEOUT, "the request head did not arrive in time"),
            };
            self.refuse(status, sentence, Reason::TimedOut, cx);
        }
        self.receive(&mut [], cx);
    }

    fn shed<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        let sentence = "the server has no memory left for this request";
        let status = Status::SERVICE_UNAVAILABLE;
        if self.turns.waiting.is_empty() {
            self.refuse(status, sentence, Reason::Shed, cx);
        } else {
            cx.fail(Reason::Shed, self.phase());
            self.give_up(0, status, sentence, Gone::Shed, cx);
        }
        self.receive(&mut [], cx);
    }

    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        self.leave(why, cx);
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
        match &self.turns.current {
            // Behind the last answer nothing is read, so nobody can be late with it.
            Some(_) if self.last => Awaits::Application,
            Some(turn) if turn.open.credit == 0 && !turn.open.ended() => Awaits::Application,
            Some(turn) => Awaits::Content(turn.open.number),
            None if !self.turns.waiting.is_empty() => Awaits::Application,
            None if self.reading.idle() => Awaits::Request,
            None => Awaits::Head(self.next),
        }
    }

    #[inline]
    fn deadline(&self) -> Time {
        if self.turns.is_empty() {
            return Time::NEVER;
        }
        let open = self.turns.all().filter(|turn| !turn.open.ended());
        open.map(|turn| turn.open.deadline()).min().unwrap_or(Time::NEVER)
    }

    fn phase(&self) -> Phase {
        match self.turns.waiting.front() {
            Some(turn) => turn.open.phase(false),
            None => self.reading_phase(),
        }
    }

    #[inline]
    fn held(&self) -> usize {
        self.turns.held()
    }
}
