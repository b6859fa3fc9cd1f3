//! The coverage-guided targets: seeds for them, a run of each, and what they did, added up in
//! `docs/record/fuzz-coverage.json`. `cargo fuzz` must be installed; a stable compiler is enough.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use crate::checks::Kind;
use crate::generate::{Corpus, Generator, dictionary};
use crate::run::record::{revision, store};

/// Generated inputs that each target begins with, besides those it has found before.
const SEEDS: u64 = 400;
/// Octets of the longest input.
const LONGEST: usize = 1_024;

/// Everything that was done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Runs of all targets together. All of them were agreed about: a target ends at the first that
    /// is not, and what it did is then not counted.
    pub runs: u64,
    /// Seconds, of one process at a time.
    pub seconds: u64,
    /// For each target.
    pub targets: BTreeMap<String, Done>,
    /// How many of the runs were of which revision.
    pub revisions: BTreeMap<String, u64>,
}

/// What was done for one target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// Inputs that were run.
    pub runs: u64,
    /// Seconds.
    pub seconds: u64,
    /// Inputs in a second.
    pub rate: u64,
    /// Edges that were reached, as libFuzzer counted them at the end of the last run.
    pub edges: u64,
    /// Features: edges with how often they were reached.
    pub features: u64,
    /// Inputs that were kept because each of them reached something new.
    pub corpus: u64,
}

impl Record {
    /// Where it is kept.
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/record/fuzz-coverage.json")
    }

    /// What was kept; nothing was done, if there is no such file.
    ///
    /// # Errors
    /// It cannot be read or understood.
    pub fn load() -> anyhow::Result<Self> {
        let path = Self::path();
        if !path.exists() {
            return Ok(Self::default());
        }
        Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn store(&self) -> anyhow::Result<()> {
        store(self, &Self::path())
    }

    /// Adds a run of a target.
    pub fn add(&mut self, kind: Kind, stats: &Stats) {
        self.runs += stats.runs;
        self.seconds += stats.seconds;
        let done = self.targets.entry(kind.name().to_owned()).or_default();
        done.runs += stats.runs;
        done.seconds += stats.seconds;
        done.rate = done.runs / done.seconds.max(1);
        (done.edges, done.features, done.corpus) = (stats.edges, stats.features, stats.corpus);
        *self.revisions.entry(revision().to_owned()).or_default() += stats.runs;
    }
}

/// What libFuzzer says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Inputs that were run.
    pub runs: u64,
    /// Seconds.
    pub seconds: u64,
    /// `cov:`
    pub edges: u64,
    /// `ft:`
    pub features: u64,
    /// `corp:`
    pub corpus: u64,
}

impl Stats {
    /// Takes a line of libFuzzer's output into account:
    /// `#97 NEW cov: 12 ft: 34 corp: 5/67b …`, or `Done 89 runs in 10 second(s)`.
    pub fn read(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1)?.split('/').next()?.parse().ok()
        };
        if line.starts_with('#') {
            self.edges = after("cov:").unwrap_or(self.edges);
            self.features = after("ft:").unwrap_or(self.features);
            self.corpus = after("corp:").unwrap_or(self.corpus);
        } else if line.starts_with("Done ") {
            self.runs = after("Done").unwrap_or_default();
            self.seconds = after("in").unwrap_or_default();
        }
    }
}

/// Runs a target for some time.
///
/// # Errors
/// It has found something: libFuzzer's output says what, and in which file the input lies, which
/// `replay` and `shrink` take. Or it could not be run.
pub fn run(kind: Kind, time: Duration, corpus: &Corpus) -> anyhow::Result<Stats> {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
    let (own, seeds) = (targets.join("corpus").join(kind.name()), targets.join("corpus/seeds"));
    let seeds = seeds.join(kind.name());
    std::fs::create_dir_all(&own)?;
    std::fs::create_dir_all(&seeds)?;
    let mut generator = Generator::new(corpus.clone());
    for index in 0..SEEDS {
        let input = generator.input(kind.diet(), u64::MAX, index);
        std::fs::write(seeds.join(index.to_string()), input)?;
    }
    let words = targets.join("corpus/words.dict");
    std::fs::write(&words, dictionary())?;

    let mut child = Command::new("cargo")
        .current_dir(targets.join("../.."))
        .args(["fuzz", "run", "--fuzz-dir", "fuzz/targets", "--sanitizer", "none", kind.name()])
        .args([&own, &seeds])
        .arg("--")
        .arg(format!("-max_total_time={}", time.as_secs()))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-dict={}", words.display()))
        // No input may take longer than this.
        .args(["-timeout=1", "-print_final_stats=1"])
        .stderr(Stdio::piped())
        .spawn()
        .context("cargo fuzz cannot be run: `cargo install cargo-fuzz`")?;
    let mut stats = Stats::default();
    let mut last = Vec::new();
    if let Some(output) = child.stderr.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            stats.read(&line);
            last.push(line);
            last.drain(..last.len().saturating_sub(60));
        }
    }
    ensure!(child.wait()?.success(), "{} has found something:\n{}", kind.name(), last.join("\n"));
    ensure!(stats.runs > 0, "{} did nothing:\n{}", kind.name(), last.join("\n"));
    Ok(stats)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures are found where libFuzzer prints them.
    #[test]
    fn what_libfuzzer_says_is_understood() {
        let mut stats = Stats::default();
        for line in [
            "INFO: Loaded 1 modules   (9218 inline 8-bit counters): 9218",
            "#2\tINITED cov: 11 ft: 12 corp: 1/1b exec/s: 0 rss: 40Mb",
            "#65536\tpulse  cov: 210 ft: 777 corp: 99/2048b lim: 163 exec/s: 32768 rss: 41Mb",
            "Done 653140 runs in 6 second(s)",
            "stat::number_of_executed_units: 653140",
        ] {
            stats.read(line);
        }
        let expected = Stats { runs: 653_140, seconds: 6, edges: 210, features: 777, corpus: 99 };
        assert_eq!(stats, expected);
    }
}
