//! The checks: pure functions of an input, which the generator and the coverage-guided targets share.
//!
//! Each of them holds something of the engine against something slower. What it is held against can
//! be trusted because it is simple, and the check because it can fail: what is under test is handed
//! to it, and `tests/can_fail.rs` hands it something wrong.
//!
//! | check | what | against |
//! |---|---|---|
//! | [`scan`] | every scanner of this processor | one octet after the other |
//! | [`head`] | request heads | [`reference::head`](crate::reference::head), and httparse |
//! | [`memory`] | a reader that remembers heads | one that does not |
//! | [`framing`] | message body length, persistence | the reference, and six lenient recipients |
//! | [`chunked`] | chunked bodies, whole and cut | [`reference::chunked`](crate::reference::chunked) |
//! | [`pieces`] | pipelined requests, whole, cut and in single octets | [`reference::stream`](crate::reference::stream) |
//! | [`conversation`] | calls in any order | a model of the connection |
//! | [`encode`] | answers | [`reference::response`](crate::reference::response), and httparse |
//! | [`roundtrip`] | requests that were built | what they were built from |
//! | [`adapter`] | what a tower service sees, and its client gets | an application of the engine's own |

pub mod adapter;
pub mod chunked;
pub mod conversation;
pub mod encode;
pub mod framing;
pub mod head;
mod httparse;
mod log;
pub mod memory;
pub mod pieces;
mod plan;
pub mod roundtrip;
pub mod scan;

use std::fmt;

use nova_http1::{Fault, Limits};

use crate::generate::{Dice, Diet};

/// What an input came to, where both sides agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was understood.
    Accepted,
    /// More octets are needed.
    Incomplete,
    /// A rule was broken by the peer.
    Refused(Fault),
    /// The program that uses the engine asked for something wrong.
    Misused,
}

/// Two sides that should say the same do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement(pub String);

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Disagreement {}

/// What a check says of an input.
pub type Outcome = Result<Verdict, Disagreement>;

/// Something that looks at inputs. It may keep buffers, but nothing that one input leaves behind may
/// change what is said of the next.
pub trait Check {
    /// Looks at one input.
    ///
    /// # Errors
    /// The two sides disagree.
    fn check(&mut self, input: &[u8]) -> Outcome;
}

/// Which check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Scan,
    Head,
    Memory,
    Framing,
    Chunked,
    Pieces,
    Conversation,
    Encode,
    Roundtrip,
    Adapter,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Scan,
        Self::Head,
        Self::Memory,
        Self::Framing,
        Self::Chunked,
        Self::Pieces,
        Self::Conversation,
        Self::Encode,
        Self::Roundtrip,
        Self::Adapter,
    ];

    /// Its name on the command line and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Head => "head",
            Self::Memory => "memory",
            Self::Framing => "framing",
            Self::Chunked => "chunked",
            Self::Pieces => "pieces",
            Self::Conversation => "conversation",
            Self::Encode => "encode",
            Self::Roundtrip => "roundtrip",
            Self::Adapter => "adapter",
        }
    }

    /// The check with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What its inputs look like.
    pub const fn diet(self) -> Diet {
        match self {
            Self::Scan => Diet::Octets,
            Self::Head => Diet::Head,
            Self::Memory => Diet::Heads,
            Self::Framing => Diet::Framing,
            Self::Chunked => Diet::Chunked,
            Self::Pieces | Self::Adapter => Diet::Stream,
            Self::Conversation => Diet::Script,
            Self::Encode | Self::Roundtrip => Diet::Plan,
        }
    }

    /// The check, of the engine as it is.
    pub fn check(self) -> Box<dyn Check> {
        match self {
            Self::Scan => Box::new(scan::Scan::default()),
            Self::Head => Box::new(head::Head::default()),
            Self::Memory => Box::new(memory::Memory::default()),
            Self::Framing => Box::new(framing::Framing::default()),
            Self::Chunked => Box::new(chunked::Chunked::default()),
            Self::Pieces => Box::new(pieces::Pieces::default()),
            Self::Conversation => Box::new(conversation::Conversation::default()),
            Self::Encode => Box::new(encode::Encode::default()),
            Self::Roundtrip => Box::new(roundtrip::Roundtrip::default()),
            Self::Adapter => Box::new(adapter::Adapter::default()),
        }
    }
}

/// The limits that an input is read with: the usual ones, or such that small inputs cross them.
pub(crate) fn limits(dice: &mut Dice) -> Limits {
    match dice.below(4) {
        0 => Limits {
            head_bytes: dice.up_to(200) as u32,
            fields: dice.up_to(6) as u32,
            content_bytes: dice.up_to(40) as u64,
            chunk_extension_bytes: dice.up_to(12) as u32,
            chunk_extension_bytes_each: dice.up_to(12) as u32,
            trailer_bytes: dice.up_to(60) as u32,
            // The readers that it is held against are strict.
            leaves_to_program: false,
        },
        _ => Limits::default(),
    }
}

/// A disagreement, said in one line.
macro_rules! disagree {
    ($($words:tt)*) => { Err($crate::checks::Disagreement(format!($($words)*))) };
}
pub(crate) use disagree;
