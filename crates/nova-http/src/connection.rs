//! One connection: what stays of it between turns.
//!
//! `wire ─open─▶ plain ─receive─▶ protocol ─out─▶ seal ─▶ wire`. An idle connection is this struct and
//! nothing else: its buffers are empty and own no memory.
//!
//! `receiving.rs` is the way in, `sending.rs` the way out, `deadlines.rs` the time; here is what it is made
//! of, and what comes next.

mod deadlines;
mod receiving;
mod sending;

use nova_io::{Close, Driver, Key, Time};

use self::deadlines::Clock;
use crate::application::Application;
use crate::buffers::{Buffer, Buffers};
use crate::exchange::Gone;
use crate::failures::{Phase as At, Reason};
use crate::limits::Limits;
use crate::protocol::{Awaits, Cx, Flow, Protocol};
use crate::spill::Spill;
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

    pub(crate) fn protocol(&self) -> &P {
        &self.protocol
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

    /// Lends the protocol to `call`, and lets it read on.
    pub(crate) fn visit<A: Application>(
        &mut self,
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
        call: impl FnOnce(&mut P, &mut Cx<'_, A>),
    ) {
        call(&mut self.protocol, cx);
        self.resume(cx, buffers);
    }

    /// What has been received and not read, and what has been written and not sent.
    pub(crate) fn take_apart(self, buffers: &mut Buffers) -> (Vec<u8>, Vec<u8>) {
        let left = ([&self.inbox[..], &self.sealed].concat(), self.spill.copy());
        self.give_back(buffers);
        left
    }

    /// Takes the connection apart.
    pub(crate) fn close<A: Application>(
        mut self,
        why: Gone,
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
    ) {
        self.protocol.gone(why, cx);
        self.give_back(buffers);
    }

    /// Gives the worker's buffers back.
    fn give_back(self, buffers: &mut Buffers) {
        buffers.note_held(self.held, 0);
        self.spill.give_back(buffers);
        for buffer in [self.sealed, self.inbox] {
            buffers.give_back(buffer);
        }
    }
}
