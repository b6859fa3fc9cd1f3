//! What is delivered: every different input that this crate has or can find.

use std::collections::HashSet;

use crate::case::Step;
use crate::{foreign, h2o, llhttp};

/// Whose input it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Our own: `cases/*.md`.
    Cases,
    /// llhttp's request cases.
    Llhttp,
    /// The corpus with which h2o is fuzzed.
    H2o,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cases, Self::Llhttp, Self::H2o];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Llhttp => "llhttp",
            Self::H2o => "h2o-http1-corpus",
        }
    }
}

/// One input: what a client does, and all octets that it sends meanwhile.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Whose it is.
    pub source: Source,
    /// Its name.
    pub name: String,
    /// What the client does.
    pub steps: Vec<Step>,
    /// All octets of the steps, in order: what is cut.
    pub octets: Vec<u8>,
    /// Offsets at which the steps themselves part the octets: no cut is needed there.
    joints: Vec<usize>,
}

impl Subject {
    /// An input of `source` called `name`.
    pub fn new(source: Source, name: String, steps: Vec<Step>) -> Self {
        let (mut octets, mut joints) = (Vec::new(), Vec::new());
        for step in &steps {
            if let Step::Send(sent) = step {
                joints.push(octets.len());
                octets.extend_from_slice(sent);
            }
        }
        Self { source, name, steps, octets, joints }
    }

    /// Octets that are sent in one go and nothing else.
    pub fn plain(name: &str, octets: &[u8]) -> Self {
        Self::new(Source::Cases, name.to_owned(), vec![Step::Send(octets.to_vec())])
    }

    /// Whether a cut at `at` parts what would otherwise arrive together.
    pub fn parts_at(&self, at: usize) -> bool {
        (1..self.octets.len()).contains(&at) && self.joints.binary_search(&at).is_err()
    }
}

/// All subjects, no two of which do the same. Foreign ones are there if their files are.
///
/// # Errors
/// What cannot be read.
pub fn all() -> Result<Vec<Subject>, String> {
    let inputs = crate::all()?.into_iter();
    let mut subjects: Vec<_> =
        inputs.map(|input| Subject::new(Source::Cases, input.name, input.steps)).collect();
    if let Some(folder) = foreign("llhttp") {
        for case in llhttp::cases(&folder)? {
            let mut steps = vec![Step::Send(case.octets)];
            if case.finished {
                steps.push(Step::Shut);
            }
            subjects.push(Subject::new(Source::Llhttp, case.name, steps));
        }
    }
    if let Some(folder) = foreign("h2o-http1-corpus") {
        for corpse in h2o::corpus(&folder)? {
            // Joined: where its marks part it, it is cut like everywhere else.
            let steps = vec![Step::Send(corpse.pieces.concat()), Step::Shut];
            subjects.push(Subject::new(Source::H2o, corpse.name, steps));
        }
    }
    if let Ok(only) = std::env::var("NOVA_CASE") {
        subjects.retain(|subject| subject.name.contains(&only));
    }
    let mut seen = HashSet::new();
    subjects.retain(|subject| seen.insert(subject.steps.clone()));
    Ok(subjects)
}
