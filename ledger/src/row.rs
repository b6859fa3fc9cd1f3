//! What is known of one request: a tag and a set of what has happened.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::balance::{Fault, Standing};

/// What can happen to a request. The value is its bit in the set.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub(crate) enum What {
    Sent = 1,
    Ran = 1 << 1,
    Read = 1 << 2,
    Answered = 1 << 3,
    Refused = 1 << 4,
    Left = 1 << 5,
    Crossed = 1 << 6,
    Corrupted = 1 << 7,
    Owed = 1 << 9,
}

/// Set when what must not happen twice has.
const TWICE: u32 = 1 << 8;

/// What may happen only once.
const ONCE: u32 = What::Ran as u32 | What::Answered as u32;

#[derive(Debug, Default)]
pub(crate) struct Row {
    tag: AtomicU64,
    happened: AtomicU32,
}

impl Row {
    pub(crate) fn open(&self, tag: u64) {
        self.tag.store(tag, Ordering::Release);
    }

    pub(crate) fn tag(&self) -> u64 {
        self.tag.load(Ordering::Acquire)
    }

    pub(crate) fn enter(&self, what: What) {
        let bit = what as u32;
        let before = self.happened.fetch_or(bit, Ordering::AcqRel);
        if before & bit & ONCE != 0 {
            self.happened.fetch_or(TWICE, Ordering::AcqRel);
        }
    }

    /// The worst that is true of it.
    pub(crate) fn standing(&self) -> Standing {
        let happened = self.happened.load(Ordering::Acquire);
        let has = |what: What| happened & what as u32 != 0;
        if has(What::Crossed) {
            Standing::Fault(Fault::Crossed)
        } else if happened & TWICE != 0 {
            Standing::Fault(Fault::Doubled)
        } else if has(What::Corrupted) {
            Standing::Fault(Fault::Corrupted)
        } else if has(What::Answered) {
            Standing::Answered
        } else if has(What::Refused) {
            Standing::Refused
        } else if has(What::Left) {
            Standing::Left
        } else if has(What::Read) || has(What::Owed) {
            Standing::Fault(Fault::Lost)
        } else {
            Standing::Apart { sent: has(What::Sent), ran: has(What::Ran) }
        }
    }
}
