//! Judges what has happened. Each oracle has one name and one file, and says who, what and when.
//!
//! | oracle | it holds that | where |
//! |---|---|---|
//! | ledger | nothing is lost, crossed, doubled, corrupted or forged; whoever stays and is within the bounds is answered | `answers.rs`, `ends.rs`, `ledger.rs` |
//! | order | answers are well-formed, framed as they say, in order, exactly as many as there should be | `play/reader.rs`, `answers.rs` |
//! | memory | no worker holds more than its budget; buffers, counts, timers, mailboxes, flows and futures come back to zero; dead exchanges say so | `memory.rs` |
//! | deadlines | nothing expires before its time, or later than its time and the wheel's tick | `deadlines.rs`, `spans.rs`, `reasons.rs` |
//! | callbacks | the application is called in order, within its credit, and not after the end; no content comes before the body of a service is polled | `play/watch.rs`, `play/tower/mod.rs` |
//! | liveness | no client waits for what the server has; every worker comes to rest | `liveness.rs` |
//! | counters | what is counted adds up | `counters.rs` |
//! | reasons | every failure that is told has a reason in the story | `reasons.rs` |
//! | panics | nothing panics but what is told to | `play/stage.rs` |

pub(crate) mod answers;
pub(crate) mod counters;
pub(crate) mod deadlines;
pub(crate) mod ends;
pub(crate) mod ledger;
pub(crate) mod liveness;
pub(crate) mod memory;
pub(crate) mod reasons;
pub(crate) mod spans;

use std::fmt;

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Oracle {
    /// See the module.
    Ledger,
    /// See the module.
    Order,
    /// See the module.
    Memory,
    /// See the module.
    Deadlines,
    /// See the module.
    Callbacks,
    /// See the module.
    Liveness,
    /// See the module.
    Counters,
    /// See the module.
    Reasons,
    /// See the module.
    Panics,
}

impl fmt::Display for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ledger => "ledger",
            Self::Order => "order",
            Self::Memory => "memory",
            Self::Deadlines => "deadlines",
            Self::Callbacks => "callbacks",
            Self::Liveness => "liveness",
            Self::Counters => "counters",
            Self::Reasons => "reasons",
            Self::Panics => "panics",
        })
    }
}
