//! The committed counts, by what they depend on.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
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
            Self::Same { recorded } => write!(f, "(recorded {recorded:.1})"),
            Self::Changed { recorded, percent } => {
                write!(f, "(recorded {recorded:.1}) CHANGED by {percent:+.1} %")
            }
        }
    }
}

impl Record {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(path)?;
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        std::fs::write(path, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    pub(crate) fn compare(&self, key: &Key, scenario: &str, count: f64) -> Verdict {
        let machine = self.machines.iter().find(|machine| machine.key == *key);
        let recorded = machine.and_then(|m| m.instructions_per_request.get(scenario));
        let Some(&recorded) = recorded else { return Verdict::Unknown };
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
        assert!(matches!(record.compare(&key("a"), "other", 5_000.0), Verdict::Unknown));
    }
}
