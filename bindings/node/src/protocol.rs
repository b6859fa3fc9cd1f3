//! What a connection below Node speaks: requests in, Node's own octets out.
//!
//! Heads, framing and content are read by `nova-http1` as everywhere (RFC 9112); what they are is put
//! into a queue, and JavaScript hears of it when the turn is over. What JavaScript answers are octets
//! already: Node's own `ServerResponse` has made them. Deadlines are Node's, too: a socket's
//! `setTimeout` is kept here, the time limits of heads and requests are asked for ([`NodeHttp::is_late`]).

use std::rc::Rc;
use std::time::Duration;

use nova_http::{Application, Awaits, Cx, Exchange, Flow, Gone, Phase, Protocol};
use nova_http1::{
    BodyLength, Connection, Event, Fault, Head, Method, Persistence, Place, Step, Version,
};
use nova_io::Time;

use crate::queue::{Heard, Queue, flag};

/// Requests read from a connection in one turn before the others get theirs.
const REQUESTS_PER_TURN: u32 = 32;

/// How often a silent connection's time limit is looked at.
pub(crate) const LOOK: Duration = Duration::from_secs(4);

/// The state of a connection.
#[derive(Debug)]
pub(crate) struct NodeHttp {
    queue: Rc<Queue>,
    reading: Connection,
    stage: Stage,
    /// JavaScript has asked for no more octets for the moment.
    pub(crate) paused: bool,
    /// Somebody else wants to see what is received.
    pub(crate) tapped: bool,
    /// Octets that have come.
    pub(crate) received: u64,
    /// Octets that were written.
    pub(crate) written: u64,
    /// Octets that were left over by the last look.
    left: usize,
    /// The budget of this turn is used up.
    again: bool,
    /// JavaScript waits for everything written to have left.
    pub(crate) wants_drain: bool,
    /// Where its time limit is found.
    slot: Option<u32>,
    /// When octets have moved last, in any direction.
    active: Time,
    /// When it was looked last whether it has been silent for too long.
    checked: Time,
    /// When the request that is being received has begun; a new connection counts as one.
    began: Option<Time>,
    head_complete: bool,
}

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Reading,
    /// Nothing is read until JavaScript has decided who goes on: it, Node, or the engine.
    Held,
    /// Nothing is read any more; answers may still be written.
    Deaf,
    /// As `Deaf`; what comes still breaks the rule that was broken.
    Faulty(Fault),
    /// Our direction ends when everything has left.
    Ending,
    /// Nothing is left to do but to reset it.
    Cut,
}

impl NodeHttp {
    pub(crate) fn new(queue: Rc<Queue>, now: Time) -> Self {
        Self {
            queue,
            reading: Connection::new(),
            stage: Stage::Reading,
            paused: false,
            tapped: false,
            received: 0,
            written: 0,
            left: 0,
            again: false,
            wants_drain: false,
            slot: None,
            active: now,
            checked: now,
            began: Some(now),
            head_complete: false,
        }
    }

    /// JavaScript has decided that the engine goes on with what it was held for.
    pub(crate) fn go_on(&mut self) {
        if self.stage == Stage::Held {
            self.stage = Stage::Reading;
        }
    }

    /// Ends our direction once everything has left.
    pub(crate) fn end(&mut self) {
        if self.stage != Stage::Cut {
            self.stage = Stage::Ending;
        }
    }

    /// Gives the connection up; its peer sees a reset.
    pub(crate) fn cut(&mut self) {
        self.stage = Stage::Cut;
    }

    /// Appends octets to what is to leave.
    pub(crate) fn write<A, R>(
        &mut self,
        cx: &mut Cx<'_, A>,
        append: impl FnOnce(&mut Vec<u8>) -> R,
    ) -> R {
        let before = cx.out.len();
        let appended = append(cx.out);
        self.written += cx.out.len().saturating_sub(before) as u64;
        self.touch(cx.now);
        appended
    }

    /// Octets leave that are not this connection's own: see `Worker::visit_lending`.
    pub(crate) fn lend_out(&mut self, octets: usize, now: Time) {
        self.written += octets as u64;
        self.touch(now);
    }

    /// Octets move.
    pub(crate) fn touch(&mut self, now: Time) {
        self.active = now;
    }

    /// Whether no request is being received: what Node calls idle.
    pub(crate) fn is_idle(&self) -> bool {
        self.began.is_none()
    }

    /// Whether the head has not come by the first moment, or the whole request by the second: each
    /// the latest beginning that is still in time.
    pub(crate) fn is_late(&self, head: Option<Time>, request: Option<Time>) -> bool {
        let Some(began) = self.began else { return false };
        let before = |limit: Option<Time>| limit.is_some_and(|limit| began < limit);
        (!self.head_complete && before(head)) || before(request)
    }

    /// The socket's `setTimeout`; zero: none.
    fn timeout(&self) -> Duration {
        let span = self.slot.map_or(0, |slot| self.queue.timeout(slot));
        Duration::from_millis(u64::from(span))
    }

    fn read<A>(&mut self, octets: &[u8], cx: &mut Cx<'_, A>) -> usize {
        let mut at = 0;
        let mut budget = REQUESTS_PER_TURN;
        self.again = false;
        while self.stage == Stage::Reading && !self.paused {
            if budget == 0 || self.queue.is_delivering() {
                self.again = at < octets.len();
                break;
            }
            let rest = &octets[at..];
            if self.reading.idle() && rest.is_empty() {
                break;
            }
            let limits = &cx.tools.limits.message;
            if self.reading.idle() && rest.starts_with(b"\r\n") {
                // Node's parser takes any number of empty lines between requests.
                at += 2;
                continue;
            }
            let place = self.reading.place();
            let step = self.reading.receive(rest, &mut cx.tools.reader, limits);
            let Step { consumed, event } = match step {
                Ok(step) => step,
                Err(error) => return self.refused(error.0, octets, at, place, cx),
            };
            match event {
                None => {
                    if consumed == 0 && place == Place::Head && no_method(rest) {
                        return self.refused(Fault::Method, octets, at, place, cx);
                    }
                    at += consumed;
                    let more = !self.reading.idle() && !self.reading.is_closed();
                    if self.began.is_none() && more {
                        self.begin(cx.now);
                    }
                    break;
                }
                Some(Event::Head(head)) => {
                    budget -= 1;
                    if self.began.is_none() {
                        self.begin(cx.now);
                    }
                    if !is_method(&head) {
                        return self.refused(Fault::Method, octets, at, place, cx);
                    }
                    if !is_version(&head, rest) {
                        let fault = Fault::VersionUnsupported;
                        return self.refused(fault, octets, at, place, cx);
                    }
                    if self.queue.is_too_long(&head) {
                        return self.refused(Fault::FieldsTooLarge, octets, at, place, cx);
                    }
                    if let Some(why) = unusual(&head) {
                        self.stage = Stage::Held;
                        self.queue.push(cx.key, Heard::Unusual(why));
                        return at;
                    }
                    let whole = head.body == BodyLength::None;
                    if head.upgrade || head.method == Method::Connect {
                        self.stage = Stage::Held;
                    }
                    self.queue.request(cx.key, &head, &rest[..consumed], flags(&head));
                    self.head_complete = true;
                    if whole {
                        self.began = None;
                    }
                }
                Some(Event::Content(content)) => self.queue.content(cx.key, content),
                Some(Event::Trailers(fields)) => self.queue.trailers(cx.key, fields),
                Some(Event::End) => {
                    self.began = None;
                    self.queue.push(cx.key, Heard::End);
                }
            }
            at += consumed;
        }
        match self.stage {
            Stage::Reading | Stage::Held => at,
            _ => octets.len(),
        }
    }

    /// Octets that have come with this call are told to whoever taps the connection: after what they
    /// have meant, and before a fault in them.
    fn tell_raw<A>(&mut self, octets: &[u8], cx: &Cx<'_, A>) {
        if self.tapped && octets.len() > self.left {
            self.queue.raw(cx.key, &octets[self.left..]);
        }
        self.left = octets.len();
    }

    fn begin(&mut self, now: Time) {
        self.began = Some(now);
        self.head_complete = false;
    }

    /// What to do with what nobody may read, from `at` on; says how many octets are done with.
    fn refused<A>(
        &mut self,
        fault: Fault,
        octets: &[u8],
        at: usize,
        place: Place,
        cx: &Cx<'_, A>,
    ) -> usize {
        let fresh = self.left.min(octets.len());
        self.tell_raw(octets, cx);
        self.stage = Stage::Faulty(fault);
        self.queue.fault(cx.key, fault, octets, (at, fresh), place);
        octets.len()
    }
}

/// Whether the version is 1.0 or 1.1. A minor version above is to be taken for 1.1 (RFC 9110 §2.5), which
/// Node's parser does not.
fn is_version(head: &Head<'_>, octets: &[u8]) -> bool {
    let target = head.target.raw;
    let end = target.as_ptr().addr() - octets.as_ptr().addr() + target.len();
    matches!(octets.get(end..end + 9), Some(b" HTTP/1.1" | b" HTTP/1.0"))
}

/// Methods that Node's parser knows. Of others it says so while they come.
const METHODS: &[&[u8]] = &[
    b"ACL",
    b"BIND",
    b"CHECKOUT",
    b"CONNECT",
    b"COPY",
    b"DELETE",
    b"GET",
    b"HEAD",
    b"LINK",
    b"LOCK",
    b"M-SEARCH",
    b"MERGE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"MKCOL",
    b"MOVE",
    b"NOTIFY",
    b"OPTIONS",
    b"PATCH",
    b"POST",
    b"PROPFIND",
    b"PROPPATCH",
    b"PURGE",
    b"PUT",
    b"QUERY",
    b"REBIND",
    b"REPORT",
    b"SEARCH",
    b"SOURCE",
    b"SUBSCRIBE",
    b"TRACE",
    b"UNBIND",
    b"UNLINK",
    b"UNLOCK",
    b"UNSUBSCRIBE",
];

/// Whether the method is one that Node's parser knows.
fn is_method(head: &Head<'_>) -> bool {
    match head.method {
        Method::Other(name) => METHODS.contains(&name),
        _ => true,
    }
}

/// Whether what there is of a head can be none of a method that Node knows.
fn no_method(rest: &[u8]) -> bool {
    if rest.is_empty() || rest[0] == b'\r' {
        return false;
    }
    match rest.iter().position(|octet| *octet == b' ') {
        Some(end) => !METHODS.contains(&&rest[..end]),
        None => !METHODS.iter().any(|method| method.starts_with(rest)),
    }
}

/// Why a request is Node's own to serve, as a number of `lib/reasons.js`.
fn unusual(head: &Head<'_>) -> Option<u32> {
    let content = head.body != BodyLength::None;
    (content && (head.upgrade || head.method == Method::Connect)).then_some(3)
}

fn flags(head: &Head<'_>) -> u32 {
    let mut flags = 0;
    if head.persistence != Persistence::Close {
        flags |= flag::KEEP_ALIVE;
    }
    if head.upgrade || head.method == Method::Connect {
        flags |= flag::UPGRADE;
    }
    if head.version == Version::Http10 {
        flags |= flag::HTTP_10;
    }
    if head.body != BodyLength::None {
        flags |= flag::CONTENT;
    }
    flags
}

impl Protocol for NodeHttp {
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
        self.slot = Some(cx.key.slot);
        if octets.len() > self.left {
            self.active = cx.now;
            self.received += (octets.len() - self.left) as u64;
        }
        if let Stage::Faulty(fault) = self.stage
            && !octets.is_empty()
        {
            self.queue.fault(cx.key, fault, octets, (0, 0), Place::Head);
            return octets.len();
        }
        let consumed = self.read(octets, cx);
        self.tell_raw(octets, cx);
        self.left = octets.len() - consumed;
        consumed
    }

    fn end_of_stream<A: Application>(&mut self, _rest: usize, cx: &mut Cx<'_, A>) {
        // After a fault Node's parser has no second opinion.
        let whole = matches!(self.stage, Stage::Faulty(_)) || self.reading.end_of_stream().is_ok();
        if self.stage == Stage::Reading {
            self.stage = Stage::Deaf;
        }
        self.queue.push(cx.key, Heard::PeerEnd { whole });
    }

    fn lend<A: Application>(
        &mut self,
        _: u32,
        _: &mut Cx<'_, A>,
        _: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool {
        false
    }

    fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        self.active = cx.now;
        if std::mem::take(&mut self.wants_drain) {
            self.queue.push(cx.key, Heard::Drained);
        }
    }

    fn quiet(&self) -> bool {
        false
    }

    fn wants_room(&self) -> bool {
        self.wants_drain
    }

    fn expired<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        let timeout = self.timeout();
        self.checked = cx.now;
        if !timeout.is_zero() && self.active + timeout <= cx.now {
            self.active = cx.now;
            self.queue.push(cx.key, Heard::TimedOut);
        }
    }

    fn shed<A: Application>(&mut self, _: &mut Cx<'_, A>) {
        self.cut();
    }

    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        let (received, written) = (self.received, self.written);
        self.queue.push(cx.key, Heard::Closed { reset: why == Gone::Reset, received, written });
    }

    fn stop(&mut self) {}

    fn flow(&self) -> Flow {
        match self.stage {
            Stage::Cut => Flow::Reset,
            Stage::Ending => Flow::End,
            Stage::Held => Flow::Hold,
            _ if self.paused => Flow::Hold,
            _ if self.again => Flow::Again,
            // What a deaf connection still gets is thrown away, and its end is heard.
            Stage::Deaf | Stage::Faulty(_) | Stage::Reading => Flow::More,
        }
    }

    fn awaits(&self) -> Awaits {
        Awaits::Application
    }

    fn deadline(&self) -> Time {
        // JavaScript writes limits without a call. What it sets longer than this is found when the
        // time has come to look; for what is shorter, it calls.
        match self.timeout() {
            Duration::ZERO => self.active.max(self.checked) + LOOK,
            span if self.active + span > self.checked => self.active + span,
            _ => self.checked + LOOK,
        }
    }

    fn phase(&self) -> Phase {
        if self.is_idle() { Phase::Idle } else { Phase::Answer }
    }

    fn held(&self) -> usize {
        0
    }
}
