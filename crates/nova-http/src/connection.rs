//! One connection: what stays of it between turns.
//!
//! `wire ─open─▶ plain ─receive─▶ protocol ─out─▶ seal ─▶ wire`. An idle connection is this struct and
//! nothing else: its four buffers are empty and own no memory.

mod deadlines;

use nova_io::{Close, Driver, Failure, Key, Time};

use self::deadlines::Clock;

use crate::application::Application;
use crate::buffers::{Buffer, Buffers};
use crate::exchange::{Exchange, Gone};
use crate::failures::{Phase as At, Reason};
use crate::limits::Limits;
use crate::out::Out;
use crate::protocol::{Awaits, Cx, Flow, Protocol};
use crate::spill::{Spill, send_out};
use crate::transport::Transport;

// What an idle connection costs here; README.md has what it costs in all.
#[cfg(all(target_pointer_width = "64", not(debug_assertions)))]
const _: () =
    assert!(size_of::<Connection<crate::transport::Plain, crate::protocol::Http>>() <= 224);

/// A connection of a worker, between driver and application.
#[derive(Debug)]
pub(crate) struct Connection<T, P> {
    transport: T,
    protocol: P,
    /// Octets of the wire that the transport cannot open yet.
    sealed: Buffer,
    /// Opened octets that the protocol has not consumed.
    inbox: Buffer,
    /// Sealed octets that the driver has not taken.
    spill: Spill,
    phase: Phase,
    /// Whether the driver has been told to receive.
    receiving: bool,
    /// Whether it is on the worker's ready list.
    pub(crate) ready: bool,
    clock: Clock,
    deadline: Time,
    /// Octets that have arrived in the current span of content.
    arrived: u64,
    /// What the worker's buffers have been told that is held beside what they have lent.
    held: usize,
}

/// How far the end of the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Both directions work.
    Serving,
    /// The peer has ended its direction; what it sent before is being served.
    HalfClosed,
    /// Both of the above, and the protocol has been told.
    HalfClosedTold,
    /// We have ended ours, and read on so that the peer can read our last answer (RFC 9112 §9.6).
    Lingering,
    /// Both have ended theirs.
    Over,
}

/// What the peer has done since the connection was served last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing.
    None,
    /// It has sent something.
    Received,
    /// It has taken something.
    Sent,
}

/// What the worker has to do after a connection has been served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Keep,
    /// Call [`Connection::resume`] in the next turn.
    Ready,
    /// Take it out.
    Close(Close, Gone),
}

impl<T: Transport, P: Protocol> Connection<T, P> {
    pub(crate) fn new(transport: T, protocol: P, now: Time, limits: &Limits) -> Self {
        let (clock, span) = match transport.opening() {
            true => (Clock::Handshake, limits.head),
            false => (Clock::Awaits(Awaits::Request), limits.idle),
        };
        Self {
            transport,
            protocol,
            sealed: Buffer::new(),
            inbox: Buffer::new(),
            spill: Spill::default(),
            phase: Phase::Serving,
            receiving: true,
            ready: false,
            clock,
            deadline: now + span,
            arrived: 0,
            held: 0,
        }
    }

    /// Octets that wait for the peer to take them.
    pub(crate) fn unsent(&self) -> usize {
        self.spill.unsent()
    }

    /// Octets have arrived.
    #[inline]
    pub(crate) fn receive<A: Application>(
        &mut self,
        wire: &mut [u8],
        cx: &mut Cx<'_, A>,
        reply: &mut Vec<u8>,
        buffers: &mut Buffers,
    ) -> Result<(), ()> {
        if self.phase == Phase::Lingering || matches!(self.protocol.flow(), Flow::End | Flow::Done)
        {
            return Ok(()); // Read only so that the peer can go on; nobody wants it.
        }
        self.arrived += wire.len() as u64;
        if self.sealed.is_empty() {
            let opened = self.open(wire, cx, reply, buffers)?;
            self.sealed = buffers.keep(&wire[opened..]);
        } else {
            let mut sealed = std::mem::take(&mut self.sealed);
            buffers.append(&mut sealed, wire);
            let opened = self.open(&mut sealed, cx, reply, buffers);
            buffers.consume(&mut sealed, *opened.as_ref().unwrap_or(&usize::MAX));
            self.sealed = sealed;
            opened?;
        }
        Ok(())
    }

    #[inline]
    fn open<A: Application>(
        &mut self,
        wire: &mut [u8],
        cx: &mut Cx<'_, A>,
        reply: &mut Vec<u8>,
        buffers: &mut Buffers,
    ) -> Result<usize, ()> {
        let mut at = 0;
        while at < wire.len() {
            let opened = self.transport.open(&mut wire[at..], reply).map_err(|_| ())?;
            if opened.consumed == 0 {
                break;
            }
            at += opened.consumed;
            if let Some(source) = self.transport.source() {
                cx.peer = Some(source);
            }
            if !opened.plain.is_empty() {
                self.read(opened.plain, cx, buffers);
            }
        }
        Ok(at)
    }

    #[inline]
    fn read<A: Application>(
        &mut self,
        plain: &mut [u8],
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
    ) {
        let open = self.protocol.flow() == Flow::More;
        if open && self.inbox.is_empty() {
            let consumed = self.protocol.receive(plain, cx);
            self.inbox = buffers.keep(&plain[consumed..]);
        } else {
            buffers.append(&mut self.inbox, plain);
            if open {
                self.resume(cx, buffers);
            }
        }
    }

    /// Lets the protocol go on with what it has: its budget is fresh, there is room, an answer came.
    pub(crate) fn resume<A: Application>(&mut self, cx: &mut Cx<'_, A>, buffers: &mut Buffers) {
        let mut inbox = std::mem::take(&mut self.inbox);
        let consumed = self.protocol.receive(&mut inbox, cx);
        buffers.consume(&mut inbox, consumed);
        self.inbox = inbox;
    }

    /// Lends an open exchange to `call`; `false` if there is none with this number (any more).
    pub(crate) fn lend<A: Application>(
        &mut self,
        number: u32,
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool {
        let known = self.protocol.lend(number, cx, call);
        self.resume(cx, buffers);
        known
    }

    /// The peer has ended its direction.
    pub(crate) fn end_of_stream(&mut self) {
        self.phase = match self.phase {
            Phase::Serving => Phase::HalfClosed,
            Phase::Lingering => Phase::Over,
            phase => phase,
        };
    }

    /// Whether the protocol must still be told of the end.
    #[inline]
    pub(crate) fn has_untold_end(&self) -> bool {
        self.phase == Phase::HalfClosed
    }

    /// Tells the protocol of the end of the stream, once it has read all that came before.
    pub(crate) fn pass_end_on<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        if self.phase == Phase::HalfClosed && matches!(self.protocol.flow(), Flow::More) {
            self.phase = Phase::HalfClosedTold;
            if self.transport.opening() && !self.sealed.is_empty() {
                cx.fail(Reason::Incomplete, At::Handshake);
            }
            self.protocol.end_of_stream(self.inbox.len() + self.sealed.len(), cx);
        }
    }

    /// Sends what this call has produced; what does not leave now spills.
    #[inline]
    pub(crate) fn flush<D: Driver>(
        &mut self,
        key: Key,
        driver: &mut D,
        out: &mut Out,
        wire: &mut Vec<u8>,
        buffers: &mut Buffers,
    ) -> Result<usize, Failure> {
        if out.is_empty() && wire.is_empty() {
            return Ok(0);
        }
        let roomy = self.unsent() == 0;
        let mut sent = 0;
        if out.is_flat() || self.transport.seals() {
            out.flatten();
            let octets = self.transport.seal(out, wire);
            if roomy {
                sent = driver.send(key, octets)?;
            }
            if sent < octets.len() {
                self.spill.put(&octets[sent..], buffers);
            }
        } else {
            if roomy {
                sent = send_out(key, driver, out)?;
            }
            self.spill.put_rest(out, sent, buffers);
        }
        out.clear();
        wire.clear();
        Ok(sent)
    }

    /// There is room again: sends what has spilled.
    pub(crate) fn send_spill<D: Driver>(
        &mut self,
        key: Key,
        driver: &mut D,
        buffers: &mut Buffers,
    ) -> Result<usize, Failure> {
        self.spill.send(key, driver, buffers)
    }

    /// Lets an exchange that writes in pieces go on, if there is room.
    #[inline]
    pub(crate) fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>, buffers: &mut Buffers) {
        if self.protocol.wants_room() && self.roomy(&cx.tools.limits) {
            self.protocol.writable(cx);
            self.resume(cx, buffers);
        }
    }

    /// Whether so little is unsent that more can be made.
    fn roomy(&self, limits: &Limits) -> bool {
        self.unsent() <= limits.unsent_bytes / 4
    }

    /// Decides what comes next: receiving or not, closing or not, until when.
    #[inline]
    pub(crate) fn settle<D: Driver>(
        &mut self,
        key: Key,
        now: Time,
        progress: Progress,
        driver: &mut D,
        limits: &Limits,
    ) -> Verdict {
        let flow = self.protocol.flow();
        let ended = matches!(self.phase, Phase::HalfClosed | Phase::HalfClosedTold);
        let mut verdict = Verdict::Keep;
        let receive = match flow {
            _ if self.phase == Phase::Over => return Verdict::Close(Close::Orderly, Gone::Refused),
            _ if self.phase == Phase::Lingering => true,
            Flow::More => true,
            Flow::Hold => false,
            Flow::Again => {
                verdict = Verdict::Ready;
                false
            }
            Flow::Room => {
                if self.roomy(limits) {
                    verdict = Verdict::Ready;
                }
                false
            }
            // What came before the answer that was cut short is still owed.
            Flow::Reset if self.unsent() > 0 => false,
            Flow::Reset => return Verdict::Close(Close::Reset, Gone::Aborted),
            Flow::End | Flow::Done if self.unsent() > 0 => true, // Discarded, so that the peer comes to reading.
            // A lingering close would wait for what the client has said already.
            Flow::Done if self.inbox.is_empty() && self.sealed.is_empty() => {
                return Verdict::Close(Close::Orderly, Gone::Refused);
            }
            Flow::End | Flow::Done if ended => {
                return Verdict::Close(Close::Orderly, Gone::Refused);
            }
            Flow::End | Flow::Done => {
                driver.shutdown(key);
                self.phase = Phase::Lingering;
                true
            }
        };
        if receive != self.receiving {
            self.receiving = receive;
            driver.want_receive(key, receive);
        }
        if !self.protocol.quiet() && self.protocol.wants_room() && self.roomy(limits) {
            verdict = Verdict::Ready;
        }
        self.set_deadline(now, progress, limits);
        verdict
    }

    /// Tells the worker's buffers what is held now beside what they have lent.
    #[inline]
    pub(crate) fn account(&mut self, buffers: &mut Buffers) {
        let open = if self.protocol.quiet() { 0 } else { self.protocol.held() };
        let held = open + self.spill.shared();
        if held != self.held {
            buffers.note_held(self.held, held);
            self.held = held;
        }
    }

    /// Octets of memory that the connection costs beside itself.
    pub(crate) fn footprint(&self) -> usize {
        self.sealed.capacity() + self.inbox.capacity() + self.spill.pooled() + self.held
    }

    /// Gives up what the connection holds, for others.
    pub(crate) fn shed<A: Application>(
        &mut self,
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
    ) -> Verdict {
        if self.unsent() > 0 || self.phase == Phase::Lingering || self.transport.opening() {
            // Its client does not take what it has, and would not take another answer either; or it
            // speaks no protocol yet in which one could be given.
            if !self.doomed() {
                cx.fail(Reason::Shed, self.at());
            }
            return Verdict::Close(Close::Reset, Gone::Shed);
        }
        self.protocol.shed(cx);
        self.resume(cx, buffers);
        Verdict::Keep
    }

    /// How far the connection has come, for reports of failures.
    pub(crate) fn at(&self) -> At {
        match (self.phase, self.protocol.phase()) {
            (Phase::Lingering, _) => At::Linger,
            _ if self.transport.opening() => At::Handshake,
            (_, At::Tunnel) => At::Tunnel,
            // Whatever has come since, it is an answer that its client has not got.
            _ if self.unsent() > 0 => At::Answer,
            (_, at) => at,
        }
    }

    /// Whether it has failed, that has been counted, and only the end is left.
    pub(crate) fn doomed(&self) -> bool {
        self.protocol.flow() == Flow::Reset
    }

    /// The client's address, if the transport knows better than the socket.
    #[inline]
    pub(crate) fn source(&self) -> Option<std::net::SocketAddr> {
        self.transport.source()
    }

    /// Whether an answer is owed or on its way.
    pub(crate) fn busy(&self) -> bool {
        self.phase != Phase::Lingering
            && (self.unsent() > 0 || self.protocol.awaits() != Awaits::Request)
    }

    /// Takes the connection apart.
    pub(crate) fn close<A: Application>(
        mut self,
        why: Gone,
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
    ) {
        self.protocol.gone(why, cx);
        buffers.note_held(self.held, 0);
        self.spill.give_back(buffers);
        for buffer in [self.sealed, self.inbox] {
            buffers.give_back(buffer);
        }
    }
}
