//! `nova-bench ladder`: servers that answer the same Hello World, each one idea above the other.

mod rung;

use std::process::ExitCode;

use clap::Args;

use rung::RUNGS;

/// Climbs the ladder: the old server, keep-alive, an event loop, pooled memory, views instead of copies,
/// and Nova.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Say what the rungs are, and measure nothing.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.list {
        for rung in RUNGS {
            println!("{:>2}  {:24} {:10} {}", rung.number, rung.name, rung.expected, rung.idea);
        }
    }
    Ok(ExitCode::SUCCESS)
}
