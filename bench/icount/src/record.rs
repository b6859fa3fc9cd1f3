//! The committed counts, by what they depend on.
//!
//! A gate must be able to fail: a record that is not there, or that lacks a scenario of a machine which
//! it has, is an error. Only a machine that nobody has recorded yet passes, and the report says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// By how much a count may differ from the record before the gate fails, up or down: an improvement
/// that is not recorded would hide the next loss.
pub(crate) const TOLERANCE_PERCENT: f64 = 3.0;

/// What instruction counts depend on besides our own code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) compiler: String,
    pub(crate) libc: String,
    pub(crate) simd: String,
}

impl Key {
    pub(crate) fn of_this_machine() -> Result<Self> {
        let first_line = |command: &str, arg: &str| -> Result<String> {
            let output = Command::new(command).arg(arg).output().context(command.to_string())?;
            let text = String::from_utf8_lossy(&output.stdout);
            Ok(text.lines().next().unwrap_or("unknown").to_string())
        };
        Ok(Self {
            compiler: first_line("rustc", "--version")?,
            libc: first_line("ldd", "--version").unwrap_or_else(|_| "unknown".into()),
            simd: simd().into(),
        })
    }
}

#[cfg(target_arch = "x86_64")]
fn simd() -> &'static str {
    if std::arch::is_x86_feature_detected!("avx2") { "avx2" } else { "sse2" }
}

#[cfg(not(target_arch = "x86_64"))]
fn simd() -> &'static str {
    "none"
}

/// All recorded counts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    machines: Vec<Machine>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Machine {
    key: Key,
    instructions_per_request: BTreeMap<String, f64>,
}

/// How a count compares with the record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    /// Nothing is recorded for this compiler, C library and processor.
    Unknown,
    /// This machine is on record, and this scenario is not.
    Missing,
    Same {
        recorded: f64,
    },
    Changed {
        recorded: f64,
        percent: f64,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("(nothing recorded to compare with)"),
            Self::Missing => f.write_str("NOT RECORDED, though this machine is"),
            Self::Same { recorded } => write!(f, "(recorded {recorded:.1})"),
            Self::Changed { recorded, percent } => {
                write!(f, "(recorded {recorded:.1}) CHANGED by {percent:+.1} %")
            }
        }
    }
}

impl Verdict {
    /// Whether the gate must stop here.
    pub(crate) fn fails(self) -> bool {
        matches!(self, Self::Missing | Self::Changed { .. })
    }
}

impl Record {
    /// Reads the record that counts are compared with.
    ///
    /// # Errors
    /// It is not there, damaged, or empty.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read the record {}; --write makes one", path.display())
        })?;
        let record: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", path.display()))?;
        ensure!(!record.machines.is_empty(), "{} records no machine", path.display());
        Ok(record)
    }

    /// Reads the record that is to be written: the first one begins empty.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(crate) fn load_or_begin(path: &Path) -> Result<Self> {
        if path.try_exists()? { Self::load(path) } else { Ok(Self::default()) }
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        std::fs::write(path, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    pub(crate) fn compare(&self, key: &Key, scenario: &str, count: f64) -> Verdict {
        let Some(machine) = self.machines.iter().find(|machine| machine.key == *key) else {
            return Verdict::Unknown;
        };
        let Some(&recorded) = machine.instructions_per_request.get(scenario) else {
            return Verdict::Missing;
        };
        let percent = (count / recorded - 1.0) * 100.0;
        if percent.abs() > TOLERANCE_PERCENT {
            Verdict::Changed { recorded, percent }
        } else {
            Verdict::Same { recorded }
        }
    }

    pub(crate) fn set(&mut self, key: &Key, scenario: &str, count: f64) {
        let at = self.machines.iter().position(|machine| machine.key == *key);
        let at = at.unwrap_or_else(|| {
            let machine = Machine { key: key.clone(), instructions_per_request: BTreeMap::new() };
            self.machines.push(machine);
            self.machines.len() - 1
        });
        let rounded = (count * 10.0).round() / 10.0;
        self.machines[at].instructions_per_request.insert(scenario.into(), rounded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(compiler: &str) -> Key {
        Key { compiler: compiler.into(), libc: "l".into(), simd: "s".into() }
    }

    /// More than three per cent is a change, up or down; another compiler is not compared.
    #[test]
    fn the_gate_can_fail() {
        let mut record = Record::default();
        record.set(&key("a"), "hello", 1_000.0);
        assert!(matches!(record.compare(&key("a"), "hello", 1_029.0), Verdict::Same { .. }));
        assert!(matches!(record.compare(&key("a"), "hello", 1_031.0), Verdict::Changed { .. }));
        assert!(matches!(record.compare(&key("a"), "hello", 969.0), Verdict::Changed { .. }));
        assert!(matches!(record.compare(&key("b"), "hello", 5_000.0), Verdict::Unknown));
        let missing = record.compare(&key("a"), "other", 5_000.0);
        assert!(matches!(missing, Verdict::Missing), "a new scenario is recorded first");
        assert!(missing.fails() && record.compare(&key("a"), "hello", 1_031.0).fails());
    }

    /// A record that is not there, or says nothing, is an error, unless one is to be made.
    #[test]
    fn a_missing_record_is_an_error() {
        let path = std::env::temp_dir().join(format!("icount-test-{}.json", std::process::id()));
        let sentence = Record::load(&path).unwrap_err().to_string();
        assert!(sentence.contains("--write"), "{sentence}");
        let mut record = Record::load_or_begin(&path).unwrap();
        record.save(&path).unwrap();
        assert!(Record::load(&path).is_err(), "an empty record compares with nothing");
        record.set(&key("a"), "hello", 1_000.0);
        record.save(&path).unwrap();
        let read = Record::load(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(read.compare(&key("a"), "hello", 1_000.0), Verdict::Same { .. }));
    }

    /// The committed record is found from everywhere, and can be read.
    #[test]
    fn the_committed_record_is_found() {
        Record::load(Path::new(crate::RECORD)).unwrap();
    }
}
