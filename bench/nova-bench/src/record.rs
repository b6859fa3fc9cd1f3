//! What is kept of a measurement, and where: see `bench/record/README.md` for the format.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

/// Where the figures go beside the terminal.
#[derive(Debug, Default, Args)]
pub(crate) struct Keep {
    /// Write everything that was measured to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write it to bench/record/, where the report looks for it.
    #[arg(long)]
    record: bool,
}

impl Keep {
    /// Writes a record, which must say of what kind it is, to wherever it was asked for.
    pub(crate) fn write(&self, record: &impl Serialize) -> anyhow::Result<()> {
        if self.json.is_none() && !self.record {
            return Ok(());
        }
        let record = serde_json::to_value(record)?;
        let kind = record["kind"].as_str().context("a record without a kind")?;
        let own = self.record.then(|| folder().join(format!("{kind}.json")));
        let text = serde_json::to_string_pretty(&record)? + "\n";
        for file in self.json.iter().chain(&own) {
            write(file, &text)?;
        }
        Ok(())
    }
}

/// Where records are kept: `bench/record/` of this repository.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("record")
}

/// Writes a file as a whole or not at all: whoever is interrupted keeps the last one.
pub(crate) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension("part");
    fs::write(&beside, text).with_context(|| format!("cannot write {}", beside.display()))?;
    fs::rename(&beside, file).with_context(|| format!("cannot write {}", file.display()))
}
