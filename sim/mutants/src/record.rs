//! A hunt, written down.

use std::path::Path;
use std::{fs, io};

use serde::Serialize;

use crate::hunt::{Catch, Seeds};
use crate::verdict::Verdict;

/// What is written down.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The first seed.
    pub from: u64,
    /// How many each mutant had at most.
    pub seeds: u64,
    /// How many mutants there were.
    pub mutants: usize,
    /// How many of them were caught.
    pub caught: usize,
    /// The tree as it is.
    pub control: Verdict,
    /// Each mutant.
    pub rows: Vec<Row>,
}

/// One mutant.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What it is called.
    pub mutant: String,
    /// What came of it.
    pub verdict: Verdict,
    /// How many seeds that took.
    pub seeds_needed: Option<u64>,
}

impl Record {
    /// The record of a hunt.
    pub fn new(seeds: Seeds, control: &Catch, catches: &[(String, Catch)]) -> Self {
        let row = |(mutant, caught): &(String, Catch)| Row {
            mutant: mutant.clone(),
            verdict: caught.verdict.clone(),
            seeds_needed: caught.verdict.seeds_needed(seeds.from),
        };
        Self {
            from: seeds.from,
            seeds: seeds.count,
            mutants: catches.len(),
            caught: catches.iter().filter(|(_, it)| it.verdict.is_caught()).count(),
            control: control.verdict.clone(),
            rows: catches.iter().map(row).collect(),
        }
    }

    /// Writes it into this file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        fs::write(path, text)
    }
}
