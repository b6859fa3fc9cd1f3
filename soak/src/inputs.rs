//! `soak fuzz`: scripts until there were enough inputs, all against one server.

use std::io;
use std::time::{Duration, Instant};

use soak::fuzzing::{Corpus, Found, Scripts, Siege, aftermath, echo};
use soak::record::{Record, Run};

use crate::args::Fuzz;

/// Inputs after which the server is looked at.
const ROUND: u64 = 500_000;

/// How long connections that their clients have left may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs it; whether nothing was found.
pub(crate) fn run(args: &Fuzz) -> io::Result<bool> {
    let seed = args.replay.map(|(seed, _)| seed).or(args.seed);
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    let corpus = Corpus::of_the_cases().map_err(io::Error::other)?;
    let mut scripts = Scripts::new(seed, corpus);
    let server = echo::start(args.workers)?;
    let handle = server.handle();
    if let Some((_, index)) = args.replay {
        let script = scripts.script(index);
        println!("{}\n{script:#?}", script.octets.escape_ascii());
        let one = Siege { first: index, scripts: 1, connections: 1, ..Siege::default() };
        return Ok(report(&one.lay(handle.local_addr(), &mut scripts)?));
    }
    println!("seed {seed}");
    let (began, bound) = (Instant::now(), Duration::from_secs(args.seconds));
    let mut all = Found::default();
    while all.inputs < args.inputs && began.elapsed() < bound && all.notes.count == 0 {
        let siege = Siege {
            first: all.next,
            inputs: ROUND.min(args.inputs - all.inputs),
            connections: args.connections,
            bound: bound.saturating_sub(began.elapsed()),
            ..Siege::default()
        };
        let mut found = siege.lay(handle.local_addr(), &mut scripts)?;
        aftermath(&handle, PATIENCE, &mut found.notes);
        all.absorb(found);
        let rate = all.inputs as f64 / began.elapsed().as_secs_f64();
        println!("{:>10} inputs  {rate:>7.0}/s  {} connections", all.inputs, all.next);
    }
    let took = began.elapsed();
    server.stop(Duration::from_secs(8)).map_err(io::Error::other)?;
    let nothing = report(&all);
    if let Some(path) = &args.record {
        let sums = [("inputs", all.inputs), ("connections", all.next), ("found", all.notes.count)];
        let command = "cargo run --release -p soak -- fuzz --record docs/record/fuzz-tcp.json";
        let sums = sums.into_iter().chain(all.sums.all());
        let settings = format!("{} workers, {} connections", args.workers, args.connections);
        Record::extend(path, command, Run::now(settings, seed, took, sums))?;
    }
    Ok(nothing)
}

fn report(found: &Found) -> bool {
    for (name, sum) in found.sums.all() {
        println!("{sum:>10}  {}", name.replace('_', " "));
    }
    for note in &found.notes.first {
        println!("  {note}");
    }
    println!("{}", if found.notes.count == 0 { "nothing found" } else { "FOUND something" });
    found.notes.count == 0
}
