//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A running Nova under traffic over real sockets.
#[derive(Debug, Parser)]
#[command(name = "soak")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Keep books on every request: none may be lost, crossed, doubled or corrupted.
    ///
    /// Exit code: 0 if the books are clean, 1 if not, 2 if it could not run.
    Ledger(Ledger),
    /// Send generated inputs: every answer that comes back must be well-formed and the one that the
    /// protocol's core foretells, and no connection may hang.
    ///
    /// Exit code: 0 if nothing was found, 1 if something was, 2 if it could not run.
    Fuzz(Fuzz),
}

// What is said here would be said instead of what the subcommand says of itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Ledger {
    /// How many requests.
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) requests: usize,
    /// How many connections at a time.
    #[arg(long, default_value_t = 256)]
    pub(crate) connections: usize,
    /// Threads of the server; the clients have one.
    #[arg(long, default_value_t = 1)]
    pub(crate) workers: usize,
    /// Requests of a round, with a server of its own; every second one is stopped in the midst.
    #[arg(long, default_value_t = 250_000)]
    pub(crate) round: usize,
    /// Begin no other round after so many seconds.
    #[arg(long, default_value_t = u64::MAX)]
    pub(crate) seconds: u64,
    /// What the same traffic comes of again [default: another each time].
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Send them to a server in JavaScript that runs already (bindings/node/test/ledger), with a tenth
    /// of the requests given up within their content and a tenth within their answer.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "workers")]
    pub(crate) external: Option<String>,
    /// Add what came of it to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

// What is said here would be said instead of what the subcommand says of itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Fuzz {
    /// How many inputs.
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) inputs: u64,
    /// How many connections at a time.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Threads of the server; the clients have one.
    #[arg(long, default_value_t = 1)]
    pub(crate) workers: usize,
    /// Begin nothing more after so many seconds.
    #[arg(long, default_value_t = u64::MAX)]
    pub(crate) seconds: u64,
    /// What the same inputs come of again [default: another each time].
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Send one script only: what a finding begins with.
    #[arg(long, value_name = "SEED:INDEX", value_parser = replay)]
    pub(crate) replay: Option<(u64, u64)>,
    /// Add what came of it to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

fn replay(text: &str) -> Result<(u64, u64), String> {
    let numbers = text
        .split_once(':')
        .and_then(|(seed, index)| Some((seed.parse().ok()?, index.parse().ok()?)));
    numbers.ok_or_else(|| "two numbers with a colon between them are expected".into())
}
