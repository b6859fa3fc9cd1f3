//! The command `soak`.

#![forbid(unsafe_code)]

mod args;
mod books;
mod inputs;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Ledger(ledger) => books::run(&ledger),
        Command::Fuzz(fuzz) => inputs::run(&fuzz),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::from(2)
        }
    }
}
