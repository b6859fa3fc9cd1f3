//! A hunt as a table.

use std::fmt::Write as _;

use crate::hunt::Catch;
use crate::list::Mutant;
use crate::verdict::Verdict;

/// The line above all others.
pub fn head() -> String {
    format!("{:<36} {:<22} {:>8} {:>8} {:>8}", "mutant", "caught by", "seed", "seeds", "seconds")
}

/// What came of `name`, which `expected` was to find, over the seeds from `from` on.
pub fn row(name: &str, expected: Option<&str>, caught: &Catch, from: u64) -> String {
    let (by, seed) = match &caught.verdict {
        Verdict::Caught { oracle, seed, .. } => (oracle.clone(), seed.to_string()),
        Verdict::Hangs { from } => ("hangs".into(), format!("{from}…")),
        Verdict::Dies { from, how } => (format!("dies {how}"), format!("{from}…")),
        Verdict::Survived if expected.is_none() => ("clean".into(), String::new()),
        Verdict::Survived => ("SURVIVED".into(), String::new()),
        Verdict::NotBuilt { .. } => ("DOES NOT COMPILE".into(), String::new()),
    };
    let needed = caught.verdict.seeds_needed(from).map_or_else(String::new, |it| it.to_string());
    let seconds = caught.took.as_secs_f64();
    let mut row = format!("{name:<36} {by:<22} {seed:>8} {needed:>8} {seconds:>8.1}");
    match (&caught.verdict, expected) {
        (Verdict::Caught { oracle, .. }, Some(expected)) if oracle != expected => {
            let _ = write!(row, "  ({expected} was expected)");
        }
        (Verdict::NotBuilt { why }, _) => {
            let _ = write!(row, "\n{why}");
        }
        _ => {}
    }
    row
}

/// A mutant, for those who read the list.
pub fn tell(mutant: &Mutant) -> String {
    let Mutant { name, breaks, suffers, file, oracle, .. } = mutant;
    format!("{name} ({}; {oracle})\n  {breaks}\n  {suffers}\n", file.display())
}
