//! `icount`: how many instructions the engine spends on a request.
//!
//! Seconds on a shared machine say little about a change of one per cent; instructions under
//! callgrind repeat. A worker serves one client in lock-step over the simulated network, and only
//! what happens inside of `Worker::turn` is counted (the simulated driver's own share included, which
//! is the same before and after a change of the engine). Of requests to axum's router it is also said how
//! much of it is the router's own, which is counted without any server.
//!
//! ```text
//! cargo run --release -p icount            # measure and compare with the record
//! cargo run --release -p icount -- --write # measure and make it the record
//! cargo run --release -p icount -- --heads # reading heads, beside httparse, with nanoseconds
//! ```

#![forbid(unsafe_code)]

mod callgrind;
mod heads;
mod record;
mod rival;
mod router;
mod scenario;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use record::{Key, Record};

/// The committed record, wherever the program is started.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/record.json");

/// Instructions per request under callgrind.
#[derive(Debug, Parser)]
struct Args {
    /// Make what is measured the record for this compiler, C library and processor.
    #[arg(long)]
    write: bool,
    /// Only the reading of heads, beside httparse.
    #[arg(long)]
    heads: bool,
    /// The record.
    #[arg(long, value_name = "FILE", default_value = RECORD)]
    record: PathBuf,
    /// Serve one scenario this often and end: what callgrind runs.
    #[arg(long, value_name = "REQUESTS", requires = "scenario", hide = true)]
    serve: Option<u32>,
    /// Only this scenario.
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("icount: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<ExitCode> {
    if args.heads {
        return heads::report().map(|()| ExitCode::SUCCESS);
    }
    if let (Some(times), Some(name)) = (args.serve, &args.scenario)
        && let Some(reading) = heads::all().into_iter().find(|reading| reading.name() == *name)
    {
        reading.read(times);
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = |name: &str| args.scenario.as_deref().is_none_or(|only| only == name);
    let scenarios: Vec<_> =
        scenario::all().into_iter().filter(|scenario| wanted(scenario.name)).collect();
    anyhow::ensure!(!scenarios.is_empty(), "there is no such scenario");
    if let Some(requests) = args.serve {
        scenarios.iter().for_each(|scenario| scenario.serve(requests));
        return Ok(ExitCode::SUCCESS);
    }
    if !callgrind::available() {
        println!("icount: valgrind is not installed; instruction counts are not compared");
        return Ok(ExitCode::SUCCESS);
    }
    let key = Key::of_this_machine()?;
    let load = if args.write { Record::load_or_begin } else { Record::load };
    let mut record = load(&args.record)?;
    println!("compiler {}, C library {}, SIMD {}", key.compiler, key.libc, key.simd);
    let mut failed = false;
    let mut counts = HashMap::new();
    for scenario in scenarios {
        let count = callgrind::per_request(scenario.name)?;
        let verdict = record.compare(&key, scenario.name, count);
        println!("{:32} {count:8.1} instructions per request   {verdict}", scenario.name);
        failed |= verdict.fails();
        counts.insert(scenario.name, count);
        if args.write {
            record.set(&key, scenario.name, count);
        }
    }
    for (whole, alone) in scenario::SHARES {
        if let (Some(all), Some(own)) = (counts.get(whole), counts.get(alone)) {
            let percent = own / all * 100.0;
            println!(
                "{whole}: {own:.0} of {all:.0} are the router's and the handler's own ({percent:.0} %)"
            );
        }
    }
    if args.write {
        record.save(&args.record)?;
        return Ok(ExitCode::SUCCESS);
    }
    if failed {
        println!(
            "a count has changed by more than {} %, or is not on record: explain it in the commit and \
             record it with --write",
            record::TOLERANCE_PERCENT
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
