//! What a connection does next: a pipeline of requests, and what comes after them.

use std::collections::VecDeque;

use fastrand::Rng;
use ledger::{Ledger, Receipt};

use super::Mix;
use super::request::{self, Framing, Shape};

/// How a batch ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Act {
    /// With the next batch.
    #[default]
    Stay,
    /// The last request asks for the close.
    Close,
    /// Our direction ends after the last request; all must be answered nevertheless.
    HalfClose,
    /// Our direction ends within the content of the last request.
    CutShort,
    /// A reset within the last request.
    ResetWithin,
    /// A reset when the first answer comes.
    ResetAtAnswer,
    /// A reset when everything is sent.
    Leave,
    /// The last request breaks a rule: the others are answered, then it is refused.
    Malformed,
}

impl Act {
    /// Its name in a record.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Stay => "pipelines",
            Self::Close => "closes_asked_for",
            Self::HalfClose => "half_closes",
            Self::CutShort => "uploads_cut_short",
            Self::ResetWithin => "resets_within_a_request",
            Self::ResetAtAnswer => "resets_at_an_answer",
            Self::Leave => "resets_before_an_answer",
            Self::Malformed => "malformed_at_the_end",
        }
    }

    fn draw(rng: &mut Rng, rude: bool) -> Self {
        match rng.u32(..1_000) {
            0..60 => Self::Close,
            60..80 => Self::HalfClose,
            80..95 if rude => Self::CutShort,
            95..110 if rude => Self::ResetWithin,
            110..125 if rude => Self::ResetAtAnswer,
            125..130 if rude => Self::Leave,
            130..150 if rude => Self::Malformed,
            _ => Self::Stay,
        }
    }
}

/// What must come back for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Its receipt.
    Receipt,
    /// 400.
    Refusal,
    /// 400 or nothing, as it is never sent whole.
    Nothing,
}

/// A request that has no answer yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) receipt: Receipt,
    /// Octets that follow the receipt.
    pub(super) fill: usize,
    pub(super) wanted: Wanted,
    /// Where it ends in what is sent.
    pub(super) end: usize,
    /// It waits for 100 (Continue) there.
    pub(super) barrier: Option<usize>,
}

/// A pipeline.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) due: VecDeque<Due>,
    /// How many of them have been sent whole.
    pub(super) sent: usize,
    pub(super) act: Act,
    /// How far the octets are to be sent.
    pub(super) until: usize,
    /// Octets to send in a turn.
    pub(super) piece: usize,
    /// Octets to receive in a turn.
    pub(super) sip: usize,
}

impl Batch {
    /// Writes the next one to `out`. `None` if the books are full.
    pub(super) fn compose(
        out: &mut Vec<u8>,
        books: &Ledger,
        rng: &mut Rng,
        mix: &Mix,
    ) -> Option<Self> {
        let mut act = Act::draw(rng, mix.rude);
        // Together more than the kernel takes from the server before the client has read some of it.
        let heavy = mix.fill > 0 && rng.u32(..400) == 0;
        let count = match rng.u32(..10) {
            _ if heavy => rng.usize(4..=12),
            0..3 => 1,
            3..7 => rng.usize(1..=8),
            _ => rng.usize(1..=64),
        };
        let count = count.min(mix.pipeline);
        let mut due = VecDeque::with_capacity(count);
        let (mut until, mut expects) = (None, false);
        for number in 0..count {
            let Some(mark) = books.open(rng.u64(1..)) else {
                act = Act::Stay; // It was meant for a last request that there is not.
                break;
            };
            let last = if number + 1 == count { act } else { Act::Stay };
            let begin = out.len();
            let mut shape = Shape::draw(rng, mix);
            if heavy {
                shape.fill = rng.usize(mix.fill / 2..=mix.fill);
            }
            if last == Act::CutShort {
                shape.framing = Framing::Length(rng.usize(64..2_000));
            }
            if last == Act::Malformed {
                request::malformed(out, mark, rng);
                let due_last = Due {
                    receipt: Receipt::of(mark, b""),
                    fill: 0,
                    wanted: Wanted::Refusal,
                    end: out.len(),
                    barrier: None,
                };
                due.push_back(due_last);
                if rng.bool() {
                    request::afterwards(out, rng);
                }
                continue;
            }
            // One barrier is enough for a batch, and a rude client waits for nothing.
            shape.expects &= !expects && matches!(last, Act::Stay | Act::Close);
            expects |= shape.expects;
            let written = request::write(out, mark, &shape, last == Act::Close, rng);
            match last {
                Act::CutShort => until = Some(rng.usize(written.head..out.len())),
                Act::ResetWithin => until = Some(rng.usize(begin + 1..out.len())),
                _ => {}
            }
            due.push_back(Due {
                receipt: written.receipt,
                fill: shape.fill,
                wanted: if until.is_some() { Wanted::Nothing } else { Wanted::Receipt },
                end: out.len(),
                barrier: shape.expects.then_some(written.head),
            });
        }
        if due.is_empty() {
            return None;
        }
        let piece = if rng.u8(..10) == 0 { rng.usize(1..=2_000) } else { usize::MAX };
        let sip = match rng.u8(..20) {
            _ if heavy => rng.usize(4_000..=20_000),
            0 => rng.usize(64..=2_000),
            _ => usize::MAX,
        };
        Some(Self { due, sent: 0, act, until: until.unwrap_or(out.len()), piece, sip })
    }

    /// How far may be sent now: to where the next request waits for 100 (Continue).
    pub(super) fn allowed(&self) -> usize {
        self.due.iter().find_map(|due| due.barrier).unwrap_or(self.until).min(self.until)
    }
}
