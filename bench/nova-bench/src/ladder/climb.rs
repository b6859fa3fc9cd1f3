//! The rounds: every rung with every load once in each, so that an interrupted climb has all of them.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use side_by_side::heads::Heads;

use super::record::{Load, OfRung, Point, Run, Which};
use super::rung::{RUNGS, Rung};
use super::{Options, PIPELINED};
use crate::client::{Client, Way};
use crate::interrupt;
use crate::progress::Progress;
use crate::server::{self, Spent};
use crate::stage::Stage;

/// Connections of the closer loads.
const CLOSELY: usize = 50;
/// Starting, verifying, ending; seconds, for the plan.
const AROUND: f64 = 0.3;
/// How long the client waits for who is starved, in the warm-up and in the run.
const STARVING: f64 = 4.0;

/// One thing to measure: a rung's place and a load.
pub(super) type Part = (usize, Load);

/// All parts of a round; in each, another rung is the first.
pub(super) fn parts(options: &Options, round: usize) -> Vec<Part> {
    let small =
        |connections: &usize| Load { connections: *connections, depth: 1, heads: Which::Small };
    let mut loads: Vec<Load> = options.connections.iter().map(small).collect();
    loads.push(Load { connections: CLOSELY, depth: PIPELINED, heads: Which::Small });
    loads.push(Load { connections: CLOSELY, depth: 1, heads: Which::Browser });
    loads.push(Load { connections: CLOSELY, depth: PIPELINED, heads: Which::Browser });
    let rungs = |load: &Load| {
        let load = *load;
        let common = load.depth == 1 && load.heads == Which::Small;
        let places = (0..RUNGS.len()).map(move |place| (place + round) % RUNGS.len());
        places.filter(move |&place| common || RUNGS[place].closely).map(move |place| (place, load))
    };
    loads.iter().flat_map(rungs).collect()
}

/// How long a part takes, by plan.
pub(super) fn planned((place, load): Part, options: &Options) -> f64 {
    let starving = RUNGS[place].name == "keep-alive" && load.connections > 1;
    (options.seconds + options.warm_up) as f64 + AROUND + if starving { STARVING } else { 0.0 }
}

/// Measures all parts, round by round, until it is done or interrupted.
pub(super) fn climb(
    stage: &Stage,
    options: &Options,
    progress: &mut Progress,
) -> anyhow::Result<Vec<OfRung>> {
    let mut rungs: Vec<OfRung> = RUNGS.iter().map(OfRung::new).collect();
    for round in 0..options.rounds as usize {
        for part @ (place, load) in parts(options, round) {
            let rung = &RUNGS[place];
            let rounds = options.rounds;
            progress.now(&format!("round {}/{rounds}: {} {}", round + 1, rung.title(), load.say()));
            let run = measure(stage, options, rung, load);
            if interrupt::asked() {
                // What ended it was not the server's fault.
                return Ok(rungs);
            }
            let points = &mut rungs[place].points;
            let at = points.iter().position(|point| point.load == load).unwrap_or_else(|| {
                let (runs, failures) = (Vec::new(), Vec::new());
                points.push(Point { load, median: None, runs, failures });
                points.len() - 1
            });
            match run {
                Ok(run) => points[at].runs.push(run),
                Err(error) => {
                    progress.say(&format!("{} {}: {error:#}", rung.title(), load.say()));
                    points[at].failures.push(format!("{error:#}"));
                }
            }
            points[at].median = Run::median(&points[at].runs);
            progress.passed(planned(part, options));
        }
    }
    Ok(rungs)
}

/// A rung with a load, on a fresh server.
fn measure(stage: &Stage, options: &Options, rung: &Rung, load: Load) -> anyhow::Result<Run> {
    let server = server::start(stage, rung.name, &rung.words(stage))?;
    server::verify(server.address)?;
    let file = requests(stage, server.address, load.heads, rung.persistent)?;
    let way = if rung.persistent { Way::Closed { depth: load.depth } } else { Way::Fresh };
    let client = Client { connections: load.connections, way };
    let go = |seconds| client.run(stage, server.address, &file, seconds);
    go(options.warm_up)?;
    let before = Spent::by(server.pid())?;
    let outcome = go(options.seconds)?;
    let (cpu, kernel) = Spent::by(server.pid())?.since(before);
    server::verify(server.address)?;
    ensure!(outcome.requests > 0, "no request was answered");
    let requests = outcome.requests as f64;
    Ok(Run {
        rps: requests / outcome.seconds,
        cpu_us: cpu.as_secs_f64() * 1e6 / requests,
        kernel,
        busy: cpu.as_secs_f64() / Duration::from_secs_f64(outcome.seconds).as_secs_f64(),
        p50_us: outcome.p50_us,
        p99_us: outcome.p99_us,
        starved: outcome.starved as f64,
    })
}

/// The file with the requests.
pub(super) fn requests(
    stage: &Stage,
    address: std::net::SocketAddr,
    which: Which,
    persistent: bool,
) -> anyhow::Result<PathBuf> {
    let heads = match (which, persistent) {
        (Which::Small, true) => Heads::Get("/"),
        (Which::Small, false) => Heads::GetAndClose,
        (Which::Browser, _) => Heads::BrowserDiffering,
    };
    stage.file("requests", heads.render(address).concat().as_bytes())
}

impl Load {
    /// For whoever watches.
    pub(super) fn say(self) -> String {
        let depth =
            if self.depth > 1 { format!(", {} pipelined", self.depth) } else { String::new() };
        let heads = if self.heads == Which::Browser { ", twelve fields" } else { "" };
        format!("c={}{depth}{heads}", self.connections)
    }
}
