//! The one deadline of a connection: which of its bounds runs, when it is renewed, what happens when it
//! is over.

use std::time::Duration;

use nova_io::{Close, Time};

use super::{Connection, Phase, Progress, Verdict};
use crate::application::Application;
use crate::buffers::Buffers;
use crate::exchange::Gone;
use crate::failures::{Phase as At, Reason};
use crate::limits::Limits;
use crate::protocol::{Awaits, Cx, Protocol};
use crate::transport::Transport;

/// Which deadline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    Handshake,
    Awaits(Awaits),
    WriteStall,
    Linger,
}

impl<T: Transport, P: Protocol> Connection<T, P> {
    /// When the connection must have come further.
    #[inline]
    pub(crate) fn deadline(&self) -> Time {
        // Where only the end is left, its exchanges have no time of their own any more.
        if self.protocol.quiet() || self.doomed() {
            return self.deadline;
        }
        self.deadline.min(self.protocol.deadline())
    }

    #[inline]
    pub(super) fn set_deadline(&mut self, now: Time, progress: Progress, limits: &Limits) {
        let clock = if self.phase == Phase::Lingering {
            Clock::Linger
        } else if self.unsent() > 0 {
            Clock::WriteStall
        } else if self.transport.opening() {
            Clock::Handshake
        } else {
            Clock::Awaits(self.protocol.awaits())
        };
        let (span, renewed) = match clock {
            Clock::Linger => (limits.linger, false),
            Clock::Handshake => (limits.head, false),
            // Only taking helps: who sends and does not read would be here for ever.
            Clock::WriteStall => (limits.write_stall, progress == Progress::Sent),
            Clock::Awaits(Awaits::Request) => (limits.idle, progress != Progress::None),
            Clock::Awaits(Awaits::Head(_)) => (limits.head, false),
            Clock::Awaits(Awaits::Content(_)) => (limits.content_silence, false),
            Clock::Awaits(Awaits::Tunnel) => (limits.tunnel_silence, progress != Progress::None),
            Clock::Awaits(Awaits::Application) => (Duration::MAX, false),
        };
        if renewed || clock != self.clock {
            self.clock = clock;
            self.arrived = 0;
            self.deadline = if span == Duration::MAX { Time::NEVER } else { now + span };
        }
    }

    /// Whether its deadline is one for octets of the peer's.
    pub(crate) fn awaits_octets(&self) -> bool {
        use Awaits::{Content, Head, Request, Tunnel};
        matches!(
            self.clock,
            Clock::Handshake | Clock::Awaits(Request | Head(_) | Content(_) | Tunnel)
        )
    }

    /// The deadline has passed.
    pub(crate) fn expire<A: Application>(
        &mut self,
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
    ) -> Verdict {
        let late = !self.doomed() && self.protocol.deadline() <= cx.now;
        match self.clock {
            Clock::Linger => return Verdict::Close(Close::Orderly, Gone::Expired),
            Clock::Handshake => {
                cx.fail(Reason::TimedOut, At::Handshake);
                return Verdict::Close(Close::Orderly, Gone::Expired);
            }
            _ if late => {}
            Clock::WriteStall => {
                if !self.doomed() {
                    cx.fail(Reason::Stalled, self.at());
                }
                return Verdict::Close(Close::Reset, Gone::Expired);
            }
            Clock::Awaits(Awaits::Request) => {
                cx.tools.seen.counters.idle_expired.add(1);
                return Verdict::Close(Close::Orderly, Gone::Expired);
            }
            Clock::Awaits(Awaits::Content(_))
                if self.arrived >= cx.tools.limits.octets_in_a_span() =>
            {
                self.arrived = 0;
                self.deadline = cx.now + cx.tools.limits.content_silence;
                return Verdict::Keep;
            }
            Clock::Awaits(_) => {}
        }
        self.protocol.expired(cx);
        self.resume(cx, buffers);
        Verdict::Keep
    }

    /// The server stops: the next answer is the last. An idle connection has until `idle`; one that
    /// lingers has until `read`, so that its client can read that answer.
    pub(crate) fn stop(&mut self, idle: Time, read: Time) {
        self.protocol.stop();
        match self.clock {
            Clock::Awaits(Awaits::Request) => self.deadline = self.deadline.min(idle),
            Clock::Linger => self.deadline = self.deadline.min(read),
            _ => {}
        }
    }
}
