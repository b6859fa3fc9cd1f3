//! `cargo xtask`: chores of the repository.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{Tree, compliance, packages, security};

/// Chores of the repository. None of them needs a network.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Hold docs/compliance.toml, what RFC 9110 and 9112 ask of a server, against the citations in
    /// sources and tests, and print where each requirement is obeyed and which tests show it.
    Compliance {
        /// Write docs/COMPLIANCE.md, too.
        #[arg(long, conflicts_with = "check")]
        write: bool,
        /// Print only the summary, and fail if docs/COMPLIANCE.md is not what --write would write.
        #[arg(long)]
        check: bool,
    },
    /// Look whether what is published has its page, licences, keywords and no file from elsewhere, whether
    /// its features are named where they must be, and whether everything else says `publish = false`.
    Packages,
    /// Look up every test, case, limit and counter that docs/SECURITY-MODEL.md names.
    Security,
}

fn main() -> anyhow::Result<ExitCode> {
    let tree = Tree::read(Tree::root())?;
    let (report, problems) = match Args::parse().chore {
        Chore::Compliance { write: true, .. } => compliance::write(&tree)?,
        Chore::Compliance { check: true, .. } => compliance::check(&tree)?,
        Chore::Compliance { .. } => compliance::print(&tree)?,
        Chore::Packages => packages::check(&tree)?,
        Chore::Security => security::check(&tree)?,
    };
    print!("{report}");
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
