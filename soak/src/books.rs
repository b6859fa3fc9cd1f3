//! `soak ledger`: rounds until there were enough requests.

use std::io;
use std::net::ToSocketAddrs;
use std::time::{Duration, Instant};

use soak::external::{External, KINDS};
use soak::record::{Record, Run};
use soak::round::{Outcome, Round};
use soak::traffic::Mix;

use crate::args::Ledger;

/// Runs it; whether the books are clean.
pub(crate) fn run(args: &Ledger) -> io::Result<bool> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let bound = Duration::from_secs(args.seconds);
    let began = Instant::now();
    let mut seeds = fastrand::Rng::with_seed(seed);
    let (mut all, mut rounds) = (Outcome::default(), 0_u64);
    println!("seed {seed}");
    let external = match &args.external {
        Some(name) => name.to_socket_addrs()?.next(),
        None => None,
    };
    while (all.balance.opened as usize) < args.requests && began.elapsed() < bound {
        let left = args.requests - all.balance.opened as usize;
        let (requests, seed) = (args.round.clamp(1, left.max(1)), seeds.u64(..));
        let connections = args.connections;
        all.absorb(match external {
            Some(address) => {
                External { address, requests, seed, mix: Mix::harsh(connections) }.run()?
            }
            None => {
                let (workers, stop) = (args.workers, rounds % 2 == 1);
                let mix = Mix { connections, ..Mix::default() };
                Round { requests, workers, seed, stop, mix }.run()?
            }
        });
        rounds += 1;
        let rate = all.balance.opened as f64 / began.elapsed().as_secs_f64();
        println!("{rounds:>4}  {rate:>9.0}/s  {}", all.balance);
        if !all.is_clean() {
            break;
        }
    }
    let took = began.elapsed();
    for (name, sum) in all.sums.all() {
        println!("{sum:>10}  {}", name.replace('_', " "));
    }
    if external.is_some() {
        for kind in KINDS {
            let share = all.sums.get(kind) as f64 * 100.0 / all.balance.opened.max(1) as f64;
            println!("{share:>8.1} %  {}", kind.replace('_', " "));
        }
    }
    for note in &all.notes.first {
        println!("  {note}");
    }
    if let Some(path) = &args.record {
        let complaints = [("complaints", all.notes.count)];
        let sums = all.balance.sums().into_iter().chain(complaints).chain(all.sums.all());
        let command = match external {
            Some(_) => {
                "node bindings/node/test/ledger/run.js --record docs/record/node-ledger.json"
            }
            None => "cargo run --release -p soak -- ledger --record docs/record/ledger.json",
        };
        let settings = match external {
            Some(_) => format!("{} connections", args.connections),
            None => format!("{} workers, {} connections", args.workers, args.connections),
        };
        Record::extend(path, command, Run::now(settings, seed, took, sums))?;
    }
    println!("{}", if all.is_clean() { "clean" } else { "NOT clean" });
    Ok(all.is_clean())
}
