//! What was done so far, over days and revisions: `docs/record/fuzz-generate.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::Tally;
use crate::checks::Kind;

/// Everything that was done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Inputs of all checks together. All of them were agreed about: a run ends at the first that is
    /// not, and its seed is not counted.
    pub inputs: u64,
    /// Seconds that passed on the clock while some thread was at it. Where the machine had other
    /// things to do, more passed than were needed.
    pub seconds: f64,
    /// For each check.
    pub checks: BTreeMap<String, Done>,
    /// How many of the inputs were looked at by which revision.
    pub revisions: BTreeMap<String, u64>,
}

/// What was done for one check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// All seeds below this one are done; the next run begins with it.
    pub next_seed: u64,
    /// Inputs.
    pub inputs: u64,
    /// Seconds on the clock, as above.
    pub seconds: f64,
    /// Inputs in such a second, of one thread.
    pub rate: u64,
    /// What the inputs came to.
    pub verdicts: BTreeMap<String, u64>,
}

impl Record {
    /// Where it is kept.
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/record/fuzz-generate.json")
    }

    /// What was kept at `path`; nothing was done, if there is no such file.
    ///
    /// # Errors
    /// It cannot be read or understood.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Keeps it at `path`; what was there is replaced at once, so an interruption loses nothing.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn store(&self, path: &Path) -> anyhow::Result<()> {
        store(self, path)
    }

    /// The next seed of a check.
    pub fn seeds(&self, kind: Kind) -> u64 {
        self.checks.get(kind.name()).map_or(0, |done| done.next_seed)
    }

    /// Adds a whole seed.
    pub fn add(&mut self, kind: Kind, tally: &Tally, took: Duration) {
        let inputs = tally.inputs();
        self.inputs += inputs;
        self.seconds = hundredths(self.seconds + took.as_secs_f64());
        let done = self.checks.entry(kind.name().to_owned()).or_default();
        done.next_seed += 1;
        done.inputs += inputs;
        done.seconds = hundredths(done.seconds + took.as_secs_f64());
        done.rate = (done.inputs as f64 / done.seconds.max(0.01)) as u64;
        for (name, count) in tally.by_name() {
            *done.verdicts.entry(name).or_default() += count;
        }
        *self.revisions.entry(revision().to_owned()).or_default() += inputs;
    }
}

/// Writes something beside `path`, and puts it in its place.
pub(crate) fn store(what: &impl Serialize, path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().context("a record lies in a folder")?;
    std::fs::create_dir_all(folder)?;
    let new = path.with_extension("new");
    std::fs::write(&new, serde_json::to_string_pretty(what)? + "\n")?;
    std::fs::rename(&new, path).with_context(|| path.display().to_string())
}

/// The revision of the sources at the start of the process, with a `+` if files differed from it.
pub(crate) fn revision() -> &'static str {
    static REVISION: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    REVISION.get_or_init(|| {
        let git = |arguments: &[&str]| {
            let folder = env!("CARGO_MANIFEST_DIR");
            let output =
                std::process::Command::new("git").current_dir(folder).args(arguments).output();
            output.ok().filter(|output| output.status.success()).map(|output| output.stdout)
        };
        let Some(hash) = git(&["rev-parse", "--short=12", "HEAD"]) else {
            return "unknown".to_owned();
        };
        let hash = String::from_utf8_lossy(&hash).trim().to_owned();
        // Records themselves are no difference.
        let differs =
            git(&["status", "--porcelain", "--untracked-files=no", "--", ":/crates", ":/fuzz"]);
        match differs.is_some_and(|lines| !lines.is_empty()) {
            true => hash + "+",
            false => hash,
        }
    })
}

fn hundredths(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}
