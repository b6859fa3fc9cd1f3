//! What has been played, over all runs: ranges of seeds, how many requests, on which day.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::check::Checked;
use crate::story::Handlers;

/// The record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Seeds played, of all runs.
    pub seeds: u64,
    /// Steps.
    pub steps: u64,
    /// Requests.
    pub requests: u64,
    /// Each run.
    pub runs: Vec<Run>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The day, in UTC.
    pub day: String,
    /// The revision of the tree, as git describes it; empty where there is no git.
    pub revision: String,
    /// What the server's handlers were.
    #[serde(default)]
    pub handlers: Handlers,
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// Steps of all of them.
    pub steps: u64,
    /// Requests made.
    pub requests: u64,
    /// Of these, answered with their own receipt.
    pub answered: u64,
    /// Seeds in which something was wrong.
    pub wrong: u64,
}

/// Adds a run to the record in this file, which may not be there yet.
///
/// # Errors
/// The file can neither be read nor written, or is no record.
pub fn add(path: &Path, handlers: Handlers, from: u64, checked: &Checked) -> io::Result<()> {
    let mut record = match fs::read(path) {
        Ok(octets) => serde_json::from_slice(&octets)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Record::default(),
        Err(error) => return Err(error),
    };
    let run = Run {
        day: day(SystemTime::now()),
        revision: revision(),
        handlers,
        from,
        seeds: checked.seeds,
        steps: checked.steps,
        requests: checked.balance.opened,
        answered: checked.balance.answered,
        wrong: checked.wrongs.len() as u64,
    };
    record.seeds += run.seeds;
    record.steps += run.steps;
    record.requests += run.requests;
    record.runs.push(run);
    let mut text = serde_json::to_string_pretty(&record)?;
    text.push('\n');
    fs::write(path, text)
}

fn revision() -> String {
    let described = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let text = described.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// The day as `25 Nov 2026`.
fn day(time: SystemTime) -> String {
    // "Sun, 06 Nov 1994 08:49:37 GMT"
    let date = httpdate::fmt_http_date(time);
    date.get(5..16).unwrap_or_default().to_owned()
}
