//! One block of inputs of one check, and what can go wrong with one of them.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::Tally;
use super::watch::Slot;
use crate::checks::{Check, Disagreement, Kind, Outcome};
use crate::generate::Generator;

/// An input that should be looked at by somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The check.
    pub kind: Kind,
    /// The seed.
    pub seed: u64,
    /// The input's index in it.
    pub index: u64,
    /// What was found.
    pub found: Found,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Two sides that should say the same do not.
    Disagreement(Disagreement),
    /// Something panicked.
    Panic(String),
    /// It took longer than any input may, twice.
    Slow(Duration),
}

/// Looks at the inputs `indices` of `seed` with `check`, which is one of this kind.
///
/// # Errors
/// The first that is a failure.
pub fn block(
    kind: Kind,
    check: &mut dyn Check,
    generator: &mut Generator,
    seed: u64,
    indices: Range<u64>,
    slot: &Slot,
) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut index = indices.start;
    while index < indices.end {
        slot.now(index);
        let input = generator.input(kind.diet(), seed, index);
        match look(check, input) {
            Ok(verdict) => tally.count(verdict),
            Err(found) => {
                slot.rest();
                return Err(Failure { kind, seed, index, found });
            }
        }
        index += 1;
    }
    slot.rest();
    // Whoever seemed to take long gets a second chance: the machine may have been busy.
    for index in slot.suspects() {
        let begin = Instant::now();
        drop(look(check, generator.input(kind.diet(), seed, index)));
        let took = begin.elapsed();
        if took > slot.longest() {
            return Err(Failure { kind, seed, index, found: Found::Slow(took) });
        }
    }
    Ok(tally)
}

/// Looks at one input; a panic is a finding.
///
/// # Errors
/// A disagreement or a panic.
pub fn look(check: &mut dyn Check, input: &[u8]) -> Result<crate::checks::Verdict, Found> {
    let looked: Result<Outcome, _> = catch_unwind(AssertUnwindSafe(|| check.check(input)));
    match looked {
        Ok(outcome) => outcome.map_err(Found::Disagreement),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            Err(Found::Panic(text.unwrap_or_default()))
        }
    }
}
