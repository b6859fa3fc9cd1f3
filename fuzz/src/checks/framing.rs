//! Message body length and persistence (RFC 9112 §6.3 and §9.3): the decision itself against the
//! reference, and what we accept against recipients that are less strict.

use nova_http1::framing::{BodyLength, Said, request_body_length};
use nova_http1::{ConnectionOptions, Fault, Limits, Persistence, Version};

use super::{Check, Outcome, Verdict, disagree};
use crate::reference::framing::{self, LENIENT};
use crate::reference::grammar::{elements, same};
use crate::reference::head::Lines;
use crate::reference::{Stop, head};

/// What is under test: [`request_body_length`].
pub type Decide = fn(Version, Said<'_>, Said<'_>) -> Result<BodyLength, Fault>;

/// The check.
#[derive(Debug)]
pub struct Framing {
    decide: Decide,
}

impl Default for Framing {
    fn default() -> Self {
        Self { decide: request_body_length }
    }
}

impl Framing {
    /// The check of another decision.
    pub const fn of(decide: Decide) -> Self {
        Self { decide }
    }
}

impl Check for Framing {
    fn check(&mut self, input: &[u8]) -> Outcome {
        // Only the field lines matter; what the rest of the head comes to is another check's.
        let mut lines = Lines::new();
        if let Err(Stop::Incomplete) = head::read(input, &Limits::default(), &mut lines) {
            return Ok(Verdict::Incomplete);
        }
        let http10 = input.windows(8).any(|window| window == b"HTTP/1.0");
        let version = if http10 { Version::Http10 } else { Version::Http11 };
        let (mut lengths, mut codings) = (Said::Nothing, Said::Nothing);
        let mut options = ConnectionOptions::default();
        let mut said = framing::Said { http10, lengths: (0, b""), codings: (0, b"") };
        let count = |(number, first): &mut (usize, _), value| {
            *number += 1;
            if *number == 1 {
                *first = value;
            }
        };
        for &(name, value) in &lines {
            if same(name, b"content-length") {
                lengths.say(value);
                count(&mut said.lengths, value);
            } else if same(name, b"transfer-encoding") {
                codings.say(value);
                count(&mut said.codings, value);
            } else if same(name, b"connection") {
                options.add(value);
            }
        }
        persistence(version, options, &lines)?;
        let expected = framing::body_length(&said);
        let found = (self.decide)(version, lengths, codings);
        if found != expected {
            return disagree!("found {found:?}, expected {expected:?} of {said:02x?}");
        }
        let length = match found {
            Ok(length) => length,
            Err(fault) => return Ok(Verdict::Refused(fault)),
        };
        for (rule, lenient) in LENIENT {
            let theirs = lenient(&lines).unwrap_or(BodyLength::None);
            if theirs != length {
                return disagree!("we see {length:?}, but by {rule:?} others see {theirs:?}");
            }
        }
        Ok(Verdict::Accepted)
    }
}

fn persistence(
    version: Version,
    options: ConnectionOptions,
    lines: &Lines<'_>,
) -> Result<(), super::Disagreement> {
    let option = |name: &[u8]| {
        let named = lines.iter().filter(|line| same(line.0, b"connection"));
        named.flat_map(|line| elements(line.1)).any(|option| same(option, name))
    };
    let (close, keep_alive) = (option(b"close"), option(b"keep-alive"));
    let expected = match version {
        _ if close => Persistence::Close,
        Version::Http11 => Persistence::Persistent,
        Version::Http10 if keep_alive => Persistence::KeepAlive,
        Version::Http10 => Persistence::Close,
    };
    let found = Persistence::of(version, options);
    if found != expected || options.upgrade != option(b"upgrade") {
        return disagree!("found {found:?} by {options:?}, expected {expected:?}");
    }
    Ok(())
}
