//! `nova-bench`: one command for all that is measured of Nova. See `bench/README.md`.
//!
//! A sub-command is a module with `Options`, what it may be told, and `run`, what it does; a new one is
//! one line in [`Command`] and one in [`run`].
#![forbid(unsafe_code)]

mod client;
mod field;
mod interrupt;
mod ladder;
mod load;
mod loader;
mod progress;
mod record;
mod report;
mod server;
mod stage;
mod sustained;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures Nova beside what others do, on this machine.
#[derive(Debug, Parser)]
#[command(name = "nova-bench")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Field(field::Options),
    Ladder(ladder::Options),
    Report(report::Options),
    Sustained(sustained::Options),
    Load(load::Options),
    Loader(loader::Options),
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nova-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<ExitCode> {
    match &options.command {
        Command::Field(options) => field::run(options),
        Command::Ladder(options) => ladder::run(options),
        Command::Report(options) => report::run(options),
        Command::Sustained(options) => sustained::run(options),
        Command::Load(options) => load::run(options),
        Command::Loader(options) => loader::run(options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// No two options, and no two groups of them, have one name.
    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }
}
