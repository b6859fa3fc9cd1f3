//! What came of a mutant.

use serde::Serialize;

/// What came of a mutant, or of the tree as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// An oracle has failed.
    Caught {
        /// Which.
        oracle: String,
        /// The first seed with which it did.
        seed: u64,
        /// What it said.
        what: String,
    },
    /// The simulator did not come to its end, with one of the seeds from this one on.
    Hangs {
        /// The first of them.
        from: u64,
    },
    /// The simulator has died, with one of the seeds from this one on.
    Dies {
        /// The first of them.
        from: u64,
        /// How.
        how: String,
    },
    /// No oracle has failed.
    Survived,
    /// The compiler has found it, and so it is no mutant.
    NotBuilt {
        /// What the compiler says.
        why: String,
    },
}

impl Verdict {
    /// Reads what `sim check` says of the seeds from `from` on: its exit code, if it has one, and its words.
    pub fn of(code: Option<i32>, words: &str, from: u64) -> Self {
        let dies = |how: String| Self::Dies { from, how };
        match code {
            Some(0) => Self::Survived,
            Some(1) => first_failure(words).unwrap_or_else(|| dies("without a verdict".into())),
            Some(code) => dies(format!("with exit code {code}")),
            None => dies("by a signal".into()),
        }
    }

    /// Whether the simulator has noticed something.
    pub const fn is_caught(&self) -> bool {
        matches!(self, Self::Caught { .. } | Self::Hangs { .. } | Self::Dies { .. })
    }

    /// How many seeds that took, of those from `from` on.
    pub fn seeds_needed(&self, from: u64) -> Option<u64> {
        match self {
            Self::Caught { seed, .. } => Some(seed.saturating_sub(from) + 1),
            _ => None,
        }
    }
}

/// The first line of the kind `seed 7: order: what`.
fn first_failure(words: &str) -> Option<Verdict> {
    words.lines().find_map(|line| {
        let (seed, rest) = line.strip_prefix("seed ")?.split_once(": ")?;
        let (oracle, what) = rest.split_once(": ")?;
        Some(Verdict::Caught {
            oracle: oracle.to_owned(),
            seed: seed.parse().ok()?,
            what: what.to_owned(),
        })
    })
}

/// Whether a hunt has shown what it was to show: the tree as it is is clean, and every mutant is caught.
pub fn holds<'a>(control: &Verdict, mutants: impl IntoIterator<Item = &'a Verdict>) -> bool {
    *control == Verdict::Survived && mutants.into_iter().all(Verdict::is_caught)
}
