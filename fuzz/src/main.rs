//! The command: `generate`, `replay`, `shrink`, `coverage`.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use fuzz::checks::Kind;
use fuzz::coverage;
use fuzz::generate::{Corpus, Generator};
use fuzz::run::{self, Failure, Found, Record, Until};
use fuzz::shrink::shrink;

/// Looks for octets about which the engine and a slower reader of the RFCs disagree.
#[derive(Parser, Debug)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Very many inputs, by a grammar that slips and by mutation.
    Generate(Generate),
    /// One input: what it is, and what is said of it.
    Replay(One),
    /// The smallest input that fails as this one does.
    Shrink(One),
    /// The coverage-guided targets, one after the other.
    Coverage(Coverage),
}

#[derive(clap::Args, Debug)]
struct Generate {
    /// Go on for so many seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Go on for so many inputs, rounded up to whole seeds.
    #[arg(long, conflicts_with = "seconds")]
    inputs: Option<u64>,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Only this check; may be given several times.
    #[arg(long = "check", value_parser = kind)]
    checks: Vec<Kind>,
    /// Begin behind what this record says was done.
    #[arg(long, value_name = "CHECKPOINT")]
    from: Option<PathBuf>,
    /// Begin behind `docs/record/fuzz-generate.json`, and add to it once a minute.
    #[arg(long)]
    record: bool,
}

#[derive(clap::Args, Debug)]
struct Coverage {
    /// Run each target for so many seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only this target; may be given several times.
    #[arg(long = "target", value_parser = kind)]
    targets: Vec<Kind>,
    /// Add to `docs/record/fuzz-coverage.json` after each of them.
    #[arg(long)]
    record: bool,
}

#[derive(clap::Args, Debug)]
struct One {
    /// The check.
    #[arg(value_parser = kind)]
    check: Kind,
    /// SEED:INDEX, or a file.
    input: String,
}

fn kind(name: &str) -> Result<Kind, String> {
    let names = || Kind::ALL.map(Kind::name).join(", ");
    Kind::named(name).ok_or_else(|| format!("one of {}", names()))
}

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse().what {
        What::Generate(options) => generate(&options),
        What::Replay(one) => replay(&one),
        What::Shrink(one) => smallest(&one),
        What::Coverage(options) => coverage(&options),
    }
}

fn corpus() -> anyhow::Result<Corpus> {
    Corpus::of_the_cases().map_err(anyhow::Error::msg)
}

fn generate(options: &Generate) -> anyhow::Result<ExitCode> {
    let path = Record::path();
    let from = options.from.as_deref().or_else(|| options.record.then_some(path.as_path()));
    let mut record = from.map(Record::load).transpose()?.unwrap_or_default();
    let before = record.clone();
    let until = match options.inputs {
        Some(inputs) => Until::Inputs(inputs),
        None => Until::Time(Duration::from_secs(options.seconds)),
    };
    let kinds = if options.checks.is_empty() { &Kind::ALL[..] } else { &options.checks };
    let stored = Mutex::new(Instant::now());
    let note = |record: &Record| {
        let Ok(mut stored) = stored.lock() else { return };
        if options.record && stored.elapsed() > Duration::from_secs(60) {
            *stored = Instant::now();
            if let Err(error) = record.store(&path) {
                eprintln!("{error:#}");
            }
        }
    };
    let ended = run::run(&mut record, kinds, &corpus()?, options.threads, until, &note);
    if options.record {
        record.store(&path)?;
    }
    report(&before, &record);
    match ended {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(failure) => {
            tell(&failure)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What this run has added.
fn report(before: &Record, after: &Record) {
    for (name, done) in &after.checks {
        let earlier = before.checks.get(name).cloned().unwrap_or_default();
        let (inputs, seconds) = (done.inputs - earlier.inputs, done.seconds - earlier.seconds);
        let rate = inputs as f64 / seconds.max(0.01);
        println!(
            "{name:>14} {inputs:>12} inputs {seconds:>9.1} s {rate:>10.0}/s to seed {}",
            done.next_seed
        );
    }
    let (inputs, seconds) = (after.inputs - before.inputs, after.seconds - before.seconds);
    let rate = inputs as f64 / seconds.max(0.01);
    println!("{:>14} {inputs:>12} inputs {seconds:>9.1} s {rate:>10.0}/s", "together");
}

fn tell(failure: &Failure) -> anyhow::Result<()> {
    let &Failure { kind, seed, index, ref found } = failure;
    let mut generator = Generator::new(corpus()?);
    println!("{} {seed}:{index}", kind.name());
    println!("{}", readable(generator.input(kind.diet(), seed, index)));
    println!("{}", described(found));
    Ok(())
}

fn described(found: &Found) -> String {
    match found {
        Found::Disagreement(disagreement) => format!("disagreement: {disagreement}"),
        Found::Panic(text) => format!("panic: {text}"),
        Found::Slow(took) => format!("it took {took:?}"),
    }
}

fn input(one: &One) -> anyhow::Result<Vec<u8>> {
    let numbers = one
        .input
        .split_once(':')
        .and_then(|(seed, index)| Some((seed.parse().ok()?, index.parse().ok()?)));
    match numbers {
        Some((seed, index)) => {
            Ok(Generator::new(corpus()?).input(one.check.diet(), seed, index).to_vec())
        }
        None => std::fs::read(&one.input).with_context(|| one.input.clone()),
    }
}

fn coverage(options: &Coverage) -> anyhow::Result<ExitCode> {
    let corpus = corpus()?;
    let kinds = if options.targets.is_empty() { &Kind::ALL[..] } else { &options.targets };
    for &kind in kinds {
        let stats = coverage::run(kind, Duration::from_secs(options.seconds), &corpus)?;
        let coverage::Stats { runs, seconds, edges, corpus, .. } = stats;
        let name = kind.name();
        println!("{name:>14} {runs:>12} runs {seconds:>6} s, {edges} edges, corpus {corpus}");
        if options.record {
            let mut record = coverage::Record::load()?;
            record.add(kind, &stats);
            record.store()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn replay(one: &One) -> anyhow::Result<ExitCode> {
    let input = input(one)?;
    println!("{}", readable(&input));
    match run::look(one.check.check().as_mut(), &input) {
        Ok(verdict) => {
            println!("both sides: {verdict:?}");
            Ok(ExitCode::SUCCESS)
        }
        Err(found) => {
            println!("{}", described(&found));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn smallest(one: &One) -> anyhow::Result<ExitCode> {
    let input = input(one)?;
    let mut check = one.check.check();
    let mut fails = |input: &[u8]| run::look(check.as_mut(), input).err();
    if fails(&input).is_none() {
        bail!("this input does not fail");
    }
    // Panics on the way would tell of themselves many times.
    std::panic::set_hook(Box::new(|_| {}));
    let small = shrink(&input, |input| fails(input).is_some());
    println!("{}", readable(&small));
    if let Some(found) = fails(&small) {
        println!("{}", described(&found));
    }
    Ok(ExitCode::FAILURE)
}

/// Octets as text, a line for each line.
fn readable(octets: &[u8]) -> String {
    let mut text = String::new();
    for line in octets.split_inclusive(|&octet| octet == b'\n') {
        text.push_str(&format!("  {}\n", line.escape_ascii()));
    }
    format!("{text}  ({} octets)", octets.len())
}
