//! The command: lists the mutants, hunts them.

#![forbid(unsafe_code)]

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use mutants::hunt::{Seeds, control, hunt};
use mutants::list::{choose, load};
use mutants::record::Record;
use mutants::tree::Tree;
use mutants::{table, verdict};

/// Faults that somebody could have made in the engine: does the simulator find each of them?
#[derive(Debug, Parser)]
#[command(name = "mutants", version)]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Says which mutants there are, and what each of them would mean.
    List,
    /// Hunts mutants. Exit code 0: the tree as it is is clean, and every mutant was caught.
    Run(Run),
}

#[derive(Debug, Args)]
struct Run {
    /// Only these mutants.
    names: Vec<String>,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many seeds each mutant has at most.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// On how many threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Writes down what came of it.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Command::parse().task {
        Task::List => list().map(|()| true),
        Task::Run(options) => run(&options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn list() -> io::Result<()> {
    let mutants = load()?;
    mutants.iter().for_each(|mutant| println!("{}", table::tell(mutant)));
    println!("{} mutants", mutants.len());
    Ok(())
}

fn run(options: &Run) -> io::Result<bool> {
    let mutants = choose(load()?, &options.names).map_err(io::Error::other)?;
    let seeds = Seeds { from: options.from, count: options.seeds, threads: options.threads };
    let tree = Tree::copy()?;
    println!("{}", table::head());
    let clean = control(&tree, seeds)?;
    println!("{}", table::row("(the tree as it is)", None, &clean, seeds.from));
    let mut catches = Vec::new();
    for mutant in &mutants {
        let caught = hunt(&tree, mutant, seeds, clean.took)?;
        println!("{}", table::row(&mutant.name, Some(&mutant.oracle), &caught, seeds.from));
        catches.push((mutant.name.clone(), caught));
    }
    let record = Record::new(seeds, &clean, &catches);
    println!("{} of {} mutants are caught", record.caught, record.mutants);
    if let Some(path) = &options.record {
        record.write(path)?;
    }
    Ok(verdict::holds(&clean.verdict, catches.iter().map(|(_, caught)| &caught.verdict)))
}
