//! A reader that remembers heads against one that does not: what came before must change nothing.
//!
//! The input is several heads behind each other. A new reader remembers the first one, and holds the
//! others against it.

use nova_http1::{HeadReader, Limits};

use super::head::Read;
use super::{Check, Outcome, Verdict, disagree};
use crate::generate::Dice;

/// The check.
#[derive(Debug)]
pub struct Memory {
    read: Read,
    forgetful: HeadReader,
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(HeadReader::read)
    }
}

impl Memory {
    /// The check of another reader.
    pub fn of(read: Read) -> Self {
        Self { read, forgetful: HeadReader::with_memory(0) }
    }
}

impl Check for Memory {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let mut dice = Dice::for_octets(input);
        let mut reader = HeadReader::new();
        let mut rest = input;
        loop {
            // Limits may change between heads, and what comes may be a part of a head.
            let limits = match dice.below(8) {
                0 => Limits { fields: dice.up_to(6) as u32, ..Limits::default() },
                _ => Limits::default(),
            };
            let octets = match dice.below(8) {
                0 => &rest[..dice.up_to(rest.len())],
                _ => rest,
            };
            let expected = HeadReader::read(&mut self.forgetful, octets, &limits);
            let found = (self.read)(&mut reader, octets, &limits);
            let (expected, found) = match (expected, found) {
                (Ok(Some(expected)), Ok(Some(found))) => (expected, found),
                (Ok(None), Ok(None)) => return Ok(Verdict::Incomplete),
                (Err(expected), Err(found)) if expected == found => {
                    return Ok(Verdict::Refused(found));
                }
                (expected, found) => {
                    return disagree!("with memory {found:?}, without {expected:?}");
                }
            };
            let same = found.method == expected.method
                && found.target == expected.target
                && found.version == expected.version
                && found.fields.iter().eq(expected.fields.iter())
                && found.body == expected.body
                && found.persistence == expected.persistence
                && found.expects_continue == expected.expects_continue
                && found.upgrade == expected.upgrade
                && found.len == expected.len;
            if !same {
                return disagree!("with memory {found:?}, without {expected:?}");
            }
            rest = &rest[found.len..];
            if rest.is_empty() {
                return Ok(Verdict::Accepted);
            }
        }
    }
}
