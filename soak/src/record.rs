//! Records of runs, which add up.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// All runs of one kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// The command that a run is made with.
    pub command: String,
    /// The sums of all runs.
    pub sums: BTreeMap<String, u64>,
    /// The runs.
    pub runs: Vec<Run>,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// When it ended, in UTC.
    pub date: String,
    /// The tree it was made of.
    pub revision: String,
    /// The compiler.
    pub rustc: String,
    /// The kernel.
    pub kernel: String,
    /// The processor, and how many of them.
    pub cpu: String,
    /// How it differed from other runs.
    #[serde(default)]
    pub settings: String,
    /// What the same run comes of again.
    pub seed: u64,
    /// How long it took.
    pub seconds: u64,
    /// What was counted.
    pub sums: BTreeMap<String, u64>,
}

impl Run {
    /// A run that has ended now, on this machine.
    pub fn now<'a>(
        settings: String,
        seed: u64,
        took: Duration,
        sums: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Self {
        let cpus = std::thread::available_parallelism().map_or(0, |cpus| cpus.get());
        Self {
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            revision: said_by("git", &["describe", "--always", "--dirty"]),
            rustc: said_by("rustc", &["--version"]),
            kernel: said_by("uname", &["-sr"]),
            cpu: format!("{cpus} × {}", processor()),
            settings,
            seed,
            seconds: took.as_secs(),
            sums: sums.into_iter().map(|(name, sum)| (name.to_owned(), sum)).collect(),
        }
    }
}

impl Record {
    /// Adds `run` to the record in the file `path`, which is made if there is none.
    ///
    /// # Errors
    /// If the file cannot be read or written, or is no such record.
    pub fn extend(path: &Path, command: &str, run: Run) -> io::Result<Self> {
        let mut record = match fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error),
        };
        command.clone_into(&mut record.command);
        record.runs.push(run);
        record.sums.clear();
        for (name, sum) in record.runs.iter().flat_map(|run| &run.sums) {
            *record.sums.entry(name.clone()).or_default() += sum;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Whole or not at all: a record holds hours.
        let beside = path.with_extension("json.new");
        fs::write(&beside, serde_json::to_string_pretty(&record)? + "\n")?;
        fs::rename(beside, path)?;
        Ok(record)
    }
}

/// The first line of what a program says, or a dash.
fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let said = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let line = said.as_ref().and_then(|said| said.lines().next());
    line.filter(|line| !line.is_empty()).unwrap_or("-").to_owned()
}

/// The model, where the kernel tells it.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    line.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two runs make one record with the sums of both.
    #[test]
    fn runs_add_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deeper/record.json");
        let run = || {
            Run::now("one worker".into(), 7, Duration::from_secs(2), [("requests", 3), ("lost", 0)])
        };
        Record::extend(&path, "soak ledger", run()).expect("written");
        let record = Record::extend(&path, "soak ledger", run()).expect("extended");
        assert_eq!(record.runs.len(), 2);
        assert_eq!(record.sums["requests"], 6);
        let read: Record =
            serde_json::from_str(&fs::read_to_string(&path).expect("there")).expect("a record");
        assert_eq!((read.sums["lost"], &read.command[..]), (0, "soak ledger"));
        fs::write(&path, "nothing").expect("written");
        assert!(Record::extend(&path, "soak ledger", run()).is_err(), "what is no record stays");
    }
}
