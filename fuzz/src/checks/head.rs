//! Request heads against the reference, and against httparse.

use nova_http1::{Fault, Head as NovaHead, HeadReader, Limits, TargetForm, Version};

use super::{Check, Disagreement, Outcome, Verdict, disagree, httparse};
use crate::generate::Dice;
use crate::reference::Stop;
use crate::reference::head::{self, Form, Lines};

/// What is under test: [`HeadReader::read`].
pub type Read =
    for<'a> fn(&'a mut HeadReader, &'a [u8], &Limits) -> Result<Option<NovaHead<'a>>, Fault>;

/// The check.
#[derive(Debug)]
pub struct Head {
    read: Read,
    reader: HeadReader,
}

impl Default for Head {
    fn default() -> Self {
        Self::of(HeadReader::read)
    }
}

impl Head {
    /// The check of another reader.
    pub fn of(read: Read) -> Self {
        // What a reader remembers would tie one input to those before it: `memory` looks at that.
        Self { read, reader: HeadReader::with_memory(0) }
    }
}

impl Check for Head {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let limits = super::limits(&mut Dice::for_octets(input));
        let mut lines = Lines::new();
        let expected = head::read(input, &limits, &mut lines);
        let found = (self.read)(&mut self.reader, input, &limits);
        httparse::compare(input, &limits, &found)?;
        judge(&expected, &lines, &found)
    }
}

/// Whether the engine found what the reference did.
pub(crate) fn judge(
    expected: &Result<head::Head<'_>, Stop>,
    lines: &Lines<'_>,
    found: &Result<Option<NovaHead<'_>>, Fault>,
) -> Outcome {
    match (expected, found) {
        (Ok(expected), Ok(Some(found))) => {
            same(expected, lines, found)?;
            Ok(Verdict::Accepted)
        }
        (Err(Stop::Incomplete), Ok(None)) => Ok(Verdict::Incomplete),
        (Err(Stop::Refused(faults)), Err(fault)) if faults.has(*fault) => {
            Ok(Verdict::Refused(*fault))
        }
        _ => disagree!("found {found:?}, expected {expected:?} with {} lines", lines.len()),
    }
}

/// Whether two heads are the same in all parts.
pub(crate) fn same(
    expected: &head::Head<'_>,
    lines: &Lines<'_>,
    found: &NovaHead<'_>,
) -> Result<(), Disagreement> {
    let form = match found.target.form {
        TargetForm::Origin => Form::Origin,
        TargetForm::Absolute { scheme, authority, path_and_query } => {
            Form::Absolute(scheme, authority, path_and_query)
        }
        TargetForm::Authority => Form::Authority,
        TargetForm::Asterisk => Form::Asterisk,
    };
    let parts = [
        ("method", found.method.as_bytes() == expected.method),
        ("target", found.target.raw == expected.target),
        ("form of the target", form == expected.form),
        ("version", (found.version == Version::Http10) == expected.http10),
        (
            "field lines",
            found.fields.iter().map(|field| (field.name, field.value)).eq(lines.iter().copied()),
        ),
        ("body length", found.body == expected.body),
        ("persistence", found.persistence == expected.persistence),
        ("expectation", found.expects_continue == expected.expects_continue),
        ("upgrade", found.upgrade == expected.upgrade),
        ("length", found.len == expected.len),
    ];
    match parts.iter().find(|(_, same)| !same) {
        None => Ok(()),
        Some((part, _)) => {
            disagree!("another {part}: found {found:?}, expected {expected:?} {lines:02x?}")
        }
    }
}
