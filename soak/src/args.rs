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
    /// Add what came of it to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}
