//! What every measurement needs: two cores, built programs, a folder for the clients' files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use clap::Args;
use side_by_side::machine::Machine;
use side_by_side::options::Cores;
use side_by_side::peer::Places;

/// What every measurement may be told.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Core of the server. Without it: the first that this process may use.
    #[arg(long, value_name = "CORE")]
    server_cpu: Option<usize>,

    /// Core of the client. Without it: the second that this process may use.
    #[arg(long, value_name = "CORE")]
    client_cpu: Option<usize>,

    #[command(flatten)]
    keep: crate::record::Keep,

    /// Take the programs as they are.
    #[arg(long)]
    no_build: bool,
}

/// The stage of a measurement.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) places: Places,
    pub(crate) cores: Cores,
    pub(crate) machine: Machine,
    scratch: tempfile::TempDir,
}

/// What is built beside the load program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needed<'a> {
    /// Packages of the bench workspace.
    pub(crate) packages: &'a [&'a str],
    /// Whether Nova is measured.
    pub(crate) nova: bool,
}

impl Stage {
    /// Builds what is needed, looks at the machine and keeps off the server's core from then on.
    pub(crate) fn set(common: &Common, needed: Needed<'_>) -> anyhow::Result<Self> {
        let places = Places::find()?;
        let allowed = bench_sys::process::allowed_cores()?;
        let cores = Cores::choose(&allowed, common.server_cpu, common.client_cpu)?;
        if !common.no_build {
            let mut words = vec!["-p", "load"];
            words.extend(needed.packages.iter().flat_map(|package| ["-p", package]));
            build(&places.bench, &words)?;
            if needed.nova {
                build(&places.root, &["-p", "nova-http-cli", "--bin", "nova"])?;
            }
        }
        let machine = Machine::look(&places, cores);
        bench_sys::process::pin_to(&[cores.client])?;
        print!("{}", machine.header());
        if machine.load > 0.5 {
            println!("WARNING   the machine was busy when this began (load {:.2})", machine.load);
        }
        println!();
        let scratch = tempfile::Builder::new().prefix("nova-bench-").tempdir()?;
        Ok(Self { places, cores, machine, scratch })
    }

    /// A file of this name in the folder for the clients, with this in it.
    pub(crate) fn file(&self, name: &str, octets: &[u8]) -> anyhow::Result<PathBuf> {
        let file = self.scratch().join(name);
        std::fs::write(&file, octets)
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }
}

/// With the profile that all have.
fn build(folder: &Path, words: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release"]).args(words).current_dir(folder);
    let status = command.status().context("cannot start cargo")?;
    ensure!(status.success(), "cargo could not build in {}.", folder.display());
    Ok(())
}

/// Writes a record as JSON to wherever it was asked for.
pub(crate) fn record(common: &Common, record: &impl serde::Serialize) -> anyhow::Result<()> {
    common.keep.write(record)
}

/// Writes a record as JSON to this file.
pub(crate) fn write(file: &Path, record: &impl serde::Serialize) -> anyhow::Result<()> {
    crate::record::write(file, &(serde_json::to_string_pretty(record)? + "\n"))
}

/// The command line, for the record: without the path of the program.
pub(crate) fn command_line() -> String {
    let words = std::env::args().skip(1);
    ["nova-bench".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}
