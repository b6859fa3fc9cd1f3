//! The records of a folder. What the report does not show it does not read, so that a record may hold more.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;
use side_by_side::field;

use super::Machine;

/// All records.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) field: Option<field::Record>,
    pub(super) ladder: Option<Ladder>,
    pub(super) sustained: Vec<Sustained>,
}

/// A climb of the ladder.
#[derive(Debug, Deserialize)]
pub(super) struct Ladder {
    #[serde(default)]
    machine: Value,
    #[serde(default)]
    command: Value,
    pub(super) rungs: Vec<Rung>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    #[serde(default)]
    pub(super) tools: Vec<Tool>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
}

/// A server of the ladder.
#[derive(Debug, Deserialize)]
pub(super) struct Rung {
    pub(super) rung: u32,
    pub(super) name: String,
    pub(super) idea: String,
    pub(super) expected: Option<String>,
    pub(super) points: Vec<Point>,
}

/// Its figures with one load.
#[derive(Debug, Deserialize)]
pub(super) struct Point {
    pub(super) connections: usize,
    #[serde(default = "one")]
    pub(super) depth: usize,
    #[serde(default)]
    pub(super) heads: String,
    pub(super) rps: Option<f64>,
    pub(super) cpu_us: Option<f64>,
    #[serde(default)]
    pub(super) starved: Option<f64>,
}

const fn one() -> usize {
    1
}

/// A rung against the one that it was to improve on.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) rung: String,
    pub(super) over: String,
    pub(super) connections: usize,
    #[serde(default)]
    pub(super) expected: String,
    pub(super) measured: f64,
    #[serde(default)]
    pub(super) as_expected: bool,
    #[serde(default)]
    pub(super) why: Option<String>,
}

/// What an installed tool says of a rung.
#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    pub(super) command: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) rps: Option<f64>,
    #[serde(default)]
    pub(super) note: Option<String>,
}

/// A run that was watched for long.
#[derive(Debug, Deserialize)]
pub(super) struct Sustained {
    #[serde(default)]
    machine: Value,
    #[serde(default)]
    command: Value,
    pub(super) peer: String,
    pub(super) seconds: f64,
    pub(super) samples: Vec<Sample>,
    pub(super) holds: Option<bool>,
}

/// What was seen in one second.
#[derive(Debug, Deserialize)]
pub(super) struct Sample {
    pub(super) at: f64,
    pub(super) rss_kib: f64,
    pub(super) descriptors: f64,
    #[serde(default)]
    pub(super) p99_us: Option<f64>,
    #[serde(default)]
    pub(super) rps: Option<f64>,
}

impl Records {
    /// Reads every record of a folder; of two of one kind, the last by name counts.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        let entries =
            fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            files.push(entry?.path());
        }
        files.sort();
        let mut records = Self::default();
        for file in files.iter().filter(|file| file.extension().is_some_and(|is| is == "json")) {
            let text = fs::read_to_string(file)?;
            records.take(&text).with_context(|| format!("{}", file.display()))?;
        }
        Ok(records)
    }

    fn take(&mut self, text: &str) -> anyhow::Result<()> {
        let record: Value = serde_json::from_str(text)?;
        match record["kind"].as_str() {
            Some("field") => self.field = Some(serde_json::from_value(record)?),
            Some("ladder") => self.ladder = Some(serde_json::from_value(record)?),
            Some("sustained") => self.sustained.push(serde_json::from_value(record)?),
            // The record of another command, which this page does not show.
            Some(_) => {}
            None => bail!("a record without a kind"),
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.field.is_none() && self.ladder.is_none() && self.sustained.is_empty()
    }

    /// What each of them was measured on.
    pub(super) fn machines(&self) -> Vec<Machine> {
        let field = self.field.iter().map(|record| {
            let command = Value::from(record.command.clone());
            described("field", &record.machine, &command)
        });
        let ladder =
            self.ladder.iter().map(|record| described("ladder", &record.machine, &record.command));
        let sustained = self.sustained.iter();
        let sustained =
            sustained.map(|record| described("sustained", &record.machine, &record.command));
        field.chain(ladder).chain(sustained).collect()
    }
}

fn described(kind: &str, machine: &Value, command: &Value) -> Machine {
    let words = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(all) if !all.is_empty() => {
            Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    };
    let mut lines: Vec<(String, String)> = Vec::new();
    if let Some(command) = words(command) {
        lines.push(("command".to_owned(), command));
    }
    for (name, value) in machine.as_object().into_iter().flatten() {
        if let Some(value) = words(value) {
            lines.push((name.replace('_', " "), value));
        }
    }
    Machine { kind: kind.to_owned(), lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is no record is an error, not a part that is silently left out; the record of another
    /// command is none of ours.
    #[test]
    fn strangers_are_refused() {
        for text in ["{}", r#"{"kind":"ladder"}"#, "nonsense"] {
            assert!(Records::default().take(text).is_err(), "{text}");
        }
        let mut records = Records::default();
        records.take(r#"{"kind":"loader"}"#).unwrap();
        assert!(records.is_empty());
    }
}
