//! What a connection does next: a pipeline of requests.

use std::collections::VecDeque;

use fastrand::Rng;
use ledger::{Ledger, Receipt};

use super::act::Act;
use super::errand::{Errand, Gives};
use super::request::{self, Framing, Shape};
use super::{Manners, Mix};

/// What must come back for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Its receipt.
    Receipt,
    /// Its receipt, as 500.
    Failure,
    /// 400.
    Refusal,
    /// 400 or nothing, as it is never sent whole.
    Nothing,
    /// The end of the connection.
    End,
}

impl From<Gives> for Wanted {
    fn from(gives: Gives) -> Self {
        match gives {
            Gives::Receipt | Gives::Blank => Self::Receipt,
            Gives::Failure => Self::Failure,
            Gives::End => Self::End,
        }
    }
}

/// A request that has no answer yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) receipt: Receipt,
    /// Octets that follow the receipt.
    pub(super) fill: usize,
    pub(super) wanted: Wanted,
    /// It may be answered before it was sent whole.
    pub(super) early: bool,
    /// What it asks for.
    pub(super) errand: Errand,
    /// Where it ends in what is sent.
    pub(super) end: usize,
    /// It waits for 100 (Continue) there.
    pub(super) barrier: Option<usize>,
}

/// A long answer is asked for here: it is written as there is room.
const FLOW: Errand = Errand { name: "flow", gives: Gives::Receipt };

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
        let mut act = Act::draw(rng, mix.manners);
        let harsh = mix.manners == Manners::Harsh;
        // Together more than the kernel takes from the server before the client has read some of it.
        let heavy = !harsh && mix.fill > 0 && rng.u32(..400) == 0;
        let count = match rng.u32(..10) {
            _ if heavy => rng.usize(4..=12),
            _ if harsh && act.is_alone() => 1,
            3..9 if harsh => rng.usize(2..=4),
            9 if harsh => rng.usize(1..=mix.pipeline),
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
            if harsh && rng.u8(..32) == 0 {
                shape.fill = rng.usize(mix.fill / 4..=mix.fill / 2);
                shape.errand = FLOW;
            }
            if heavy {
                shape.fill = rng.usize(mix.fill / 2..=mix.fill);
            }
            match last {
                Act::CutShort => {
                    shape.framing = Framing::Length(rng.usize(64..2_000));
                    if harsh {
                        // Nothing comes of it before its content was read.
                        shape.errand = mix.errands[0];
                    }
                }
                Act::ResetWithin if harsh => shape.framing = Framing::Length(rng.usize(64..60_000)),
                Act::ResetInAnswer => {
                    shape.fill = rng.usize(mix.fill / 4..=mix.fill / 3 * 2);
                    shape.errand = FLOW;
                }
                Act::Destroyed => shape.errand = Errand::DESTROYED,
                // A server that closes with content unread resets, and its answer may be lost.
                Act::Close if shape.errand.gives == Gives::Blank => shape.errand = mix.errands[0],
                _ => {}
            }
            if last == Act::Malformed {
                request::malformed(out, mark, mix, rng);
                let due_last = Due {
                    receipt: Receipt::of(mark, b""),
                    fill: 0,
                    wanted: Wanted::Refusal,
                    early: false,
                    errand: shape.errand,
                    end: out.len(),
                    barrier: None,
                };
                due.push_back(due_last);
                if !harsh && rng.bool() {
                    request::afterwards(out, rng);
                }
                continue;
            }
            // One barrier is enough for a batch, and a rude client waits for nothing.
            shape.expects &= !expects && matches!(last, Act::Stay | Act::Close);
            // Node puts 100 (Continue) into the content of an answer that has to wait for its turn.
            shape.expects &= !harsh || number == 0;
            expects |= shape.expects;
            let written = request::write(out, mark, &shape, last == Act::Close, rng);
            match last {
                Act::CutShort => until = Some(rng.usize(written.head..out.len())),
                Act::ResetWithin if harsh => until = Some(rng.usize(written.head..out.len())),
                Act::ResetWithin => until = Some(rng.usize(begin + 1..out.len())),
                _ => {}
            }
            let early = shape.errand.gives == Gives::Blank;
            let cut = until.is_some() && !early;
            due.push_back(Due {
                receipt: written.receipt,
                fill: shape.fill,
                wanted: if cut { Wanted::Nothing } else { shape.errand.gives.into() },
                early,
                errand: shape.errand,
                end: out.len(),
                barrier: shape.expects.then_some(written.head),
            });
        }
        if due.is_empty() {
            return None;
        }
        let piece = if rng.u8(..10) == 0 { rng.usize(1..=2_000) } else { usize::MAX };
        let sip = match rng.u8(..20) {
            _ if heavy || act == Act::ResetInAnswer => rng.usize(4_000..=20_000),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a tenth is asked of is drawn so often that no round has less by chance.
    #[test]
    fn harsh_clients_abort_far_more_than_a_tenth() {
        const REQUESTS: usize = 100_000;
        let (books, mix) = (Ledger::with_room_for(REQUESTS), Mix::harsh(1));
        let mut rng = Rng::with_seed(11);
        let (mut within, mut in_answer, mut pipelined) = (0, 0, 0);
        while let Some(batch) = Batch::compose(&mut Vec::new(), &books, &mut rng, &mix) {
            within += usize::from(batch.act == Act::ResetWithin);
            in_answer += usize::from(batch.act == Act::ResetInAnswer);
            pipelined += if batch.due.len() > 1 { batch.due.len() } else { 0 };
        }
        let share = |sum: usize| sum as f64 / REQUESTS as f64;
        // In 5,000 requests, the fewest that are judged, the standard deviation is 0.004.
        assert!(share(within) > 0.118 && share(in_answer) > 0.118, "{within}, {in_answer}");
        assert!(share(pipelined) > 0.8, "{pipelined}");
    }
}
