//! The command: replays a seed, checks many, shrinks one.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use sim::check::check;
use sim::play::play;
use sim::story::Handlers;
use sim::{record, shrink, story};

/// Whole servers in a simulated network: one seed, one history.
#[derive(Debug, Parser)]
#[command(name = "sim", version, args_conflicts_with_subcommands = true)]
struct Command {
    /// Replays this seed: its story, its history, and the verdict.
    seed: Option<u64>,
    /// What the server's handlers are.
    #[arg(long, value_enum, default_value_t, global = true)]
    handlers: Handlers,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Plays many seeds. Exit code 0: nothing was wrong; 1: something was, and is told as
    /// `seed N: ORACLE: what`, with a short story of the first one.
    Check(Check),
    /// Makes the story of a seed that fails short.
    Shrink {
        /// The seed.
        seed: u64,
    },
}

#[derive(Debug, Args)]
struct Check {
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// On how many threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// After how many failures to stop.
    #[arg(long, default_value_t = 3)]
    failures: usize,
    /// Without the short story.
    #[arg(long)]
    no_shrink: bool,
    /// Adds what was played to the record in this file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

fn main() -> ExitCode {
    let command = Command::parse();
    let handlers = command.handlers;
    match (command.task, command.seed) {
        (Some(Task::Check(options)), _) => run(&options, handlers),
        (Some(Task::Shrink { seed }), _) => shorten(seed, handlers),
        (None, Some(seed)) => replay(seed, handlers),
        (None, None) => replay(0, handlers),
    }
}

fn replay(seed: u64, handlers: Handlers) -> ExitCode {
    let story = story::tell(seed).of(handlers);
    print!("{story}");
    println!("{}", "-".repeat(60));
    let outcome = play(&story, true);
    print!("{}", outcome.history);
    println!("{}", "-".repeat(60));
    println!("{}", outcome.balance);
    for wrong in &outcome.wrongs {
        println!("seed {seed}: {}: {} (step {})", wrong.oracle, wrong.what, wrong.step);
    }
    if outcome.wrongs.is_empty() {
        println!("seed {seed}: nothing is wrong, after {} steps", outcome.steps);
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

fn shorten(seed: u64, handlers: Handlers) -> ExitCode {
    let Some((story, wrong)) = shrink::shrink(&story::tell(seed).of(handlers)) else {
        println!("seed {seed}: nothing is wrong");
        return ExitCode::SUCCESS;
    };
    print!("{story}");
    println!("{}", "-".repeat(60));
    print!("{}", play(&story, true).history);
    println!("{}", "-".repeat(60));
    println!("seed {seed}: {}: {} (step {})", wrong.oracle, wrong.what, wrong.step);
    ExitCode::FAILURE
}

fn run(options: &Check, handlers: Handlers) -> ExitCode {
    let begun = Instant::now();
    let checked = check(handlers, options.from, options.seeds, options.threads, options.failures);
    let took = begun.elapsed().as_secs_f64();
    let rate = checked.seeds as f64 / took.max(1e-9);
    println!("{} seeds, {} steps, {:.0} seeds a second", checked.seeds, checked.steps, rate);
    println!("{}", checked.balance);
    if let Some(path) = &options.record
        && let Err(error) = record::add(path, handlers, options.from, &checked)
    {
        eprintln!("the record cannot be written: {error}");
        return ExitCode::from(2);
    }
    for (seed, wrong) in &checked.wrongs {
        println!("seed {seed}: {}: {} (step {})", wrong.oracle, wrong.what, wrong.step);
    }
    match checked.wrongs.first() {
        None => ExitCode::SUCCESS,
        Some(_) if options.no_shrink => ExitCode::FAILURE,
        Some((seed, _)) => shorten(*seed, handlers),
    }
}
