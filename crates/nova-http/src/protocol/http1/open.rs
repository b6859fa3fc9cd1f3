//! What is known of an exchange between its request's head and the end of its answer.
//!
//! ```text
//!   Open ──promise──▶ Promised ──┐
//!     │                          ├─ answer ───────────────▶ Answered { persistent }
//!     └──────────────────────────┤
//!                                ├─ start ─▶ Streaming ─┬─ finish ─▶ Answered
//!                                │                      └─ abort ──▶ Aborted
//!                                └─ tunnel ─▶ Tunnel
//! ```

use std::sync::Arc;

use nova_http1::response::{Asked, MaySend};
use nova_io::Time;

use super::source::Source;
use crate::failures::Phase;
use crate::observe::Trace;
use crate::protocol::Tunnel;
use crate::remote::Remote;

/// Whether the client expects 100 (Continue), and still may get it (RFC 9110 §10.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expects {
    /// It does not, or has got it.
    Nothing,
    /// It does, and waits for it before it sends its content.
    Waits,
    /// It does, but has not waited, or has announced no content: 100 is due only before 101.
    Before101,
}

/// An exchange: what must be known of its request until it is answered.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) number: u32,
    pub(super) asked: Asked,
    pub(super) stage: Stage,
    /// Octets of content that the application is willing to get.
    pub(super) credit: u64,
    /// The application has wanted content, and so an answer that begins now is not an early one.
    pub(super) granted: bool,
    /// Octets of content that have come with the head.
    pub(super) at_hand: u64,
    /// The application wants these as if they came later.
    pub(super) content_follows: bool,
    /// Whether the client expects 100 (Continue).
    pub(super) expects: Expects,
    /// The request asks for a tunnel: what follows it may not be HTTP.
    pub(super) may_tunnel: bool,
    /// The application keeps what it gets until it has answered; so much it has got.
    pub(super) collecting: bool,
    pub(super) collected: usize,
    /// Something has gone wrong with it, and has been counted.
    pub(super) failed: bool,
    /// When the answer must be complete.
    pub(super) answer_until: Time,
    /// What few exchanges have.
    pub(super) extra: Option<Box<Extra>>,
}

/// What few exchanges have.
#[derive(Debug)]
pub(super) struct Extra {
    /// Octets of content, if others than usual are allowed.
    pub(super) content_bytes: Option<u64>,
    /// When all of the content must have arrived.
    pub(super) content_until: Time,
    /// What threads that answer it know of it.
    pub(super) remote: Option<Arc<Remote>>,
    /// Content that the engine itself writes as there is room.
    pub(super) source: Source,
    /// What those who watch will be told.
    pub(super) trace: Option<Trace>,
}

impl Default for Extra {
    fn default() -> Self {
        Self {
            content_bytes: None,
            content_until: Time::NEVER,
            remote: None,
            source: Source::None,
            trace: None,
        }
    }
}

impl Drop for Extra {
    /// However the exchange ends, no thread goes on waiting for room in it.
    fn drop(&mut self) {
        if let Some(remote) = &self.remote {
            remote.end();
        }
    }
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The application has it.
    Open,
    /// The application has promised an answer.
    Promised,
    /// The head of the final answer has been encoded, and its content is written in pieces.
    Streaming(Stream),
    /// It is no HTTP any more; what the application does to it in the same call is the tunnel's.
    Tunnel {
        /// With which it was accepted.
        status: u16,
        tunnel: Tunnel,
    },
    /// The final answer has been encoded whole.
    Answered {
        /// Whether the connection goes on after it.
        persistent: bool,
    },
    /// The answer will never be complete, and its client must see that.
    Aborted,
}

/// An answer whose content is written in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) status: u16,
    /// What may still be written.
    pub(super) may: MaySend,
    pub(super) persistent: bool,
    /// A write came up short.
    pub(super) wants_room: bool,
}

impl Open {
    pub(super) fn new(number: u32, asked: Asked, expects: Expects, answer_until: Time) -> Self {
        Self {
            number,
            asked,
            stage: Stage::Open,
            credit: 0,
            granted: false,
            at_hand: 0,
            content_follows: false,
            expects,
            may_tunnel: false,
            collecting: false,
            collected: 0,
            failed: false,
            answer_until,
            extra: None,
        }
    }

    /// Nothing more of its answer will be written.
    #[inline]
    pub(super) fn ended(&self) -> bool {
        matches!(self.stage, Stage::Answered { .. } | Stage::Aborted)
    }

    /// Nothing of its answer has been written.
    #[inline]
    pub(super) fn unanswered(&self) -> bool {
        matches!(self.stage, Stage::Open | Stage::Promised)
    }

    /// Whether an answer has said that it is the last one, or must be.
    #[inline]
    pub(super) fn last(&self) -> bool {
        matches!(self.stage, Stage::Answered { persistent: false } | Stage::Aborted)
    }

    /// How far it has come; `receiving`: its content is not complete.
    pub(super) fn phase(&self, receiving: bool) -> Phase {
        match self.stage {
            Stage::Streaming(_) | Stage::Tunnel { .. } | Stage::Aborted => Phase::Answer,
            Stage::Answered { .. } if receiving => Phase::Content,
            Stage::Answered { .. } => Phase::Answer,
            Stage::Open | Stage::Promised if receiving && self.credit > 0 => Phase::Content,
            Stage::Open | Stage::Promised => Phase::Handler,
        }
    }

    /// Whether it waits for room to write in.
    pub(super) fn wants_room(&self) -> bool {
        matches!(self.stage, Stage::Streaming(Stream { wants_room: true, .. }))
    }

    /// The earliest moment at which a bound of its own is crossed.
    pub(super) fn deadline(&self) -> Time {
        match &self.extra {
            Some(extra) => self.answer_until.min(extra.content_until),
            None => self.answer_until,
        }
    }

    /// All of the content has come: its deadline is nothing to the answer.
    pub(super) fn content_has_come(&mut self) {
        if let Some(extra) = &mut self.extra {
            extra.content_until = Time::NEVER;
        }
    }

    /// Octets of content, if others than usual are allowed.
    pub(super) fn content_bytes(&self) -> Option<u64> {
        self.extra.as_ref()?.content_bytes
    }

    pub(super) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }
}
