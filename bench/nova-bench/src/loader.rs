//! `nova-bench loader`: the built-in load generator beside wrk, on the same raw server, in turns.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use side_by_side::heads::Heads;
use side_by_side::machine::{self, Machine};
use side_by_side::wrk;

use crate::client::{Client, Way};
use crate::progress::Progress;
use crate::stage::{self, Common, Needed, Stage};
use crate::table::{table, thousands};
use crate::{interrupt, server};

const CONNECTIONS: usize = 64;
/// Requests in one write.
const DEPTHS: [usize; 2] = [1, 16];
/// The share of wrk's speed from which on it is not slower: two runs of one of them differ as much.
const NOT_SLOWER: f64 = 0.98;

/// Shows what the built-in load generator can do, beside wrk: requests each second out of a server that
/// hardly does anything, and the client's own CPU time for each.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Rounds; each runs both once for each depth.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// Length of each run in seconds.
    #[arg(long, value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,

    #[command(flatten)]
    common: Common,
}

/// A run of a client.
#[derive(Debug, Clone, Copy, Serialize)]
struct Run {
    rps: f64,
    /// The client's CPU time for one request, microseconds.
    client_us: f64,
}

/// Both clients at one depth.
#[derive(Debug, Default, Serialize)]
struct Pair {
    depth: usize,
    wrk: Vec<Run>,
    load: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Record<'a> {
    kind: &'static str,
    command: String,
    machine: &'a Machine,
    connections: usize,
    seconds: u64,
    pairs: Vec<Pair>,
    /// `None`: wrk is not installed.
    not_slower: Option<bool>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    interrupt::listen()?;
    let stage = Stage::set(&options.common, Needed { packages: &["raw-epoll"], nova: false })?;
    let has_wrk = machine::has_wrk();
    if !has_wrk {
        println!("wrk is not installed: there is nobody to compare with.");
    }
    let pairs = measure(&stage, options, has_wrk)?;
    println!("{}\n", shown(&pairs));
    let ratios: Vec<f64> = pairs.iter().filter_map(Pair::ratio).collect();
    let not_slower = (!ratios.is_empty()).then(|| ratios.iter().all(|&ratio| ratio >= NOT_SLOWER));
    match not_slower {
        Some(true) => println!("The built-in load generator is not slower than wrk."),
        Some(false) => println!("The built-in load generator is SLOWER than wrk."),
        None => {}
    }
    let record = Record {
        kind: "loader",
        command: stage::command_line(),
        machine: &stage.machine,
        connections: CONNECTIONS,
        seconds: options.seconds,
        pairs,
        not_slower,
    };
    stage::record(&options.common, &record)?;
    Ok(if not_slower == Some(false) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn measure(stage: &Stage, options: &Options, has_wrk: bool) -> anyhow::Result<Vec<Pair>> {
    let clients = if has_wrk { 2 } else { 1 };
    let runs = options.rounds as u64 * DEPTHS.len() as u64 * clients;
    let each = options.seconds as f64 + 0.1;
    let mut progress = Progress::over(runs as f64 * each);
    let server = server::start(stage, "raw-epoll", &server::program(stage, "raw-epoll"))?;
    let head = Heads::Get("/").render(server.address).concat();
    let file = stage.file("requests", head.as_bytes())?;
    let mut pairs: Vec<Pair> =
        DEPTHS.iter().map(|&depth| Pair { depth, ..Pair::default() }).collect();
    for round in 0..options.rounds {
        for pair in &mut pairs {
            // Who comes first changes.
            for wrk in [round % 2 == 0, round % 2 == 1].into_iter().filter(|wrk| has_wrk || !wrk) {
                let name = if wrk { "wrk" } else { "load" };
                progress.now(&format!("{name}, {} in a write", pair.depth));
                let run = one(stage, wrk, pair.depth, server.address, &file, options.seconds);
                if interrupt::asked() {
                    return Ok(pairs);
                }
                if wrk { &mut pair.wrk } else { &mut pair.load }.push(run?);
                progress.passed(each);
            }
        }
    }
    Ok(pairs)
}

/// One run of one of them. Nobody else's child ends meanwhile, so what children have spent is its own.
fn one(
    stage: &Stage,
    wrk: bool,
    depth: usize,
    address: SocketAddr,
    file: &Path,
    seconds: u64,
) -> anyhow::Result<Run> {
    let before = bench_sys::process::cpu_time_of_children()?;
    let (requests, took) = if wrk {
        let script = stage.places.bench.join("workloads/batches.lua");
        let printed = wrk::Run {
            url: &format!("http://{address}/"),
            connections: CONNECTIONS,
            seconds,
            core: stage.cores.client,
            script: (depth > 1).then_some((&script, file, depth)),
        }
        .run()?;
        (printed.requests, printed.seconds)
    } else {
        let client = Client { connections: CONNECTIONS, way: Way::Closed { depth } };
        let outcome = client.run(stage, address, file, seconds)?;
        (outcome.requests, outcome.seconds)
    };
    let spent: Duration = bench_sys::process::cpu_time_of_children()?.saturating_sub(before);
    let requests = requests as f64;
    Ok(Run { rps: requests / took, client_us: spent.as_secs_f64() * 1e6 / requests })
}

impl Pair {
    /// How fast ours is, as a share of wrk: the median over the rounds.
    fn ratio(&self) -> Option<f64> {
        let ratios = self.load.iter().zip(&self.wrk).map(|(load, wrk)| load.rps / wrk.rps);
        median(ratios.collect())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn shown(pairs: &[Pair]) -> String {
    let mut rows = Vec::new();
    for pair in pairs {
        for (name, runs) in [("wrk", &pair.wrk), ("load", &pair.load)] {
            let of = |figure: fn(&Run) -> f64| median(runs.iter().map(figure).collect());
            let (Some(rps), Some(client)) = (of(|run| run.rps), of(|run| run.client_us)) else {
                continue;
            };
            let ratio = if name == "load" { pair.ratio() } else { None };
            rows.push(vec![
                format!("{CONNECTIONS} connections, {} in a write", pair.depth),
                name.to_owned(),
                thousands(rps),
                ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")),
                format!("{client:.2}"),
            ]);
        }
    }
    table(&["load", "client", "requests/s", "of wrk", "client CPU us"], 2, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slower one is found to be slower.
    #[test]
    fn slower_is_slower() {
        let run = |rps| Run { rps, client_us: 1.0 };
        let wrk = [100.0, 110.0, 90.0].map(run).to_vec();
        let load = [90.0, 99.0, 81.0].map(run).to_vec();
        let ratio = Pair { depth: 1, wrk, load }.ratio().unwrap();
        assert!((ratio - 0.9).abs() < 1e-9 && ratio < NOT_SLOWER);
    }
}
