//! Cuts everything everywhere and prints how often that made no difference.
//!
//! ```text
//! cargo run --release -p conformance --bin splits
//! cargo run --release -p conformance --bin splits -- --seed 7 --random 1000
//! NOVA_CASE="114 " cargo run --release -p conformance --bin splits
//! ```

#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Instant, SystemTime};

use clap::Parser;
use conformance::splits::cuts::LONG;
use conformance::splits::run::{self, Report};
use conformance::splits::{Plan, Source, Subject, Tally, subject};
use serde_json::{Value, json};

/// Every input, cut in two at every offset and at ten random places, must be understood as when it
/// comes whole: by the protocol and by a whole server.
#[derive(Debug, Parser)]
struct Args {
    /// Where the random places come from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds of ten random cuts for each input.
    #[arg(long, value_name = "ROUNDS", default_value_t = 100)]
    random: usize,
    /// Inputs with more octets are cut in two at their first and last 2,047 offsets and at every
    /// 997th between, and not at every offset.
    #[arg(long, value_name = "OCTETS", default_value_t = LONG)]
    long: usize,
    /// Threads; one for each core, if it is not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Writes what was run to this file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match splits(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything was the same.
fn splits(args: &Args) -> Result<bool, String> {
    let subjects = subject::all()?;
    for source in Source::ALL {
        let octets = subjects.iter().filter(|subject| subject.source == source);
        let (count, octets) = octets.fold((0, 0), |(n, sum), s| (n + 1, sum + s.octets.len()));
        println!("{:<32} {count:>6} different inputs, {octets:>9} octets", source.name());
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cores);
    let plan = Plan { seed: args.seed, most: None, rounds: args.random, long: args.long };
    let began = Instant::now();
    let mut report = run::core(&subjects, &plan, threads);
    let server = run::server(&subjects, &plan, threads);
    let seconds = began.elapsed().as_secs_f64();
    report.server = server.server;
    report.different += server.different;
    report.differences.extend(server.differences);

    println!("\n{:<32} {:>6} {:>11} {:>11} {:>11}", "", "inputs", "in two", "at random", "splits");
    for (name, tally) in tallies(&report) {
        let Tally { inputs, in_two, at_random } = tally;
        println!("{name:<32} {inputs:>6} {in_two:>11} {at_random:>11} {:>11}", tally.splits());
    }
    println!("{:<32} {:>42}", "all", report.splits());
    let Args { seed, random, .. } = args;
    println!("\nseed {seed}, {random} random rounds, {seconds:.1} s");
    let long = subjects.iter().filter(|subject| !plan.everywhere(subject)).count();
    println!("{long} long inputs were not cut in two at every offset");
    for difference in &report.differences {
        println!("\n{difference}");
    }
    println!("{} inputs were understood in two ways", report.different);
    if let Some(file) = &args.record {
        let record = record(args, &subjects, long, &report, seconds);
        write(file, &record).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(report.different == 0)
}

fn tallies(report: &Report) -> [(&'static str, Tally); 3] {
    [
        ("protocol", report.core),
        ("protocol, heads remembered", report.core_remembering),
        ("server", report.server),
    ]
}

fn record(args: &Args, subjects: &[Subject], long: usize, report: &Report, seconds: f64) -> Value {
    let inputs = Source::ALL.map(|source| {
        let count = subjects.iter().filter(|subject| subject.source == source).count();
        (source.name().to_owned(), json!(count))
    });
    let levels = tallies(report).map(|(name, tally)| {
        let Tally { inputs, in_two, at_random } = tally;
        let splits = tally.splits();
        let counts = json!({
            "inputs": inputs, "in_two": in_two, "at_random": at_random, "splits": splits,
        });
        (name.to_owned(), counts)
    });
    json!({
        "command": format!(
            "cargo run --release -p conformance --bin splits -- --seed {} --random {} --long {}",
            args.seed, args.random, args.long,
        ),
        "date": httpdate::fmt_http_date(SystemTime::now()),
        "rustc": rustc(),
        "seconds": (seconds * 10.0).round() / 10.0,
        "seed": args.seed,
        "random_rounds": args.random,
        "inputs_not_cut_at_every_offset": long,
        "distinct_inputs": Value::Object(inputs.into_iter().collect()),
        "levels": Value::Object(levels.into_iter().collect()),
        "splits": report.splits(),
        "understood_in_two_ways": report.different,
    })
}

/// The compiler at hand; nobody else can say what it was built with.
fn rustc() -> String {
    let version = Command::new("rustc").arg("--version").output();
    version.map_or_else(
        |_| "unknown".into(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn write(file: &Path, record: &Value) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, format!("{record:#}\n"))
}
