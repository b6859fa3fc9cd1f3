//! The field: Nova beside its rivals, all doing the same work in turns.
//!
//! `field/definition.rs` reads what the work is out of `bench/workloads/*.toml`, `field/rival.rs` says who
//! there is and what each of them does not do, `field/record.rs` is what is kept of it. The measuring is
//! that of every other command: the same rounds, clients, accounts and verification.

mod definition;
mod record;
mod rival;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::machine::Machine;
use crate::options::Cores;
use crate::peer::{Contestant, Missing, Peer, Places, Program};
use crate::results::{PeerRuns, Results};
use crate::round::Bench;
use crate::workload::Workload;
use crate::{Scratch, rounds};

pub use definition::Definition;
pub use record::{Figures, Kind, Outcome, Record, Row, Spread};
pub use rival::{Rival, all as rivals};

/// What is to be measured, and how long.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The workloads by name, with or without the number of connections; all if none is named.
    pub workloads: Vec<String>,
    /// The rivals by name; all if none is named.
    pub peers: Vec<String>,
    /// How often each of them is measured.
    pub rounds: usize,
    /// Length of a measured run.
    pub seconds: u64,
    /// Length of the warm-up before it; without it, 2 for JavaScript and 1 for others.
    pub warm_up: Option<u64>,
    /// The version of Node.
    pub node: u32,
    /// Another `register.js` than that of this repository.
    pub door: Option<PathBuf>,
    /// The cores, where they matter.
    pub server_cpu: Option<usize>,
    /// The core of the client.
    pub client_cpu: Option<usize>,
    /// Whether programs are built first.
    pub build: bool,
    /// The words that asked for it.
    pub command: String,
}

/// How far it is, for whoever watches.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What is measured.
    pub workload: &'a str,
    /// Who is measured now.
    pub peer: &'a str,
    /// Which round, from 1.
    pub round: usize,
    /// Runs that are over.
    pub over: usize,
    /// All runs.
    pub all: usize,
}

/// Hears what happens.
pub trait Watch {
    /// A run begins.
    fn begins(&mut self, progress: Progress<'_>);
    /// The run is over, and this is its figure in a word.
    fn ended(&mut self, brief: &str);
    /// Whether to stop, and keep what there is.
    fn stop(&self) -> bool;
    /// A round is over: what has been measured so far.
    ///
    /// # Errors
    /// It cannot be kept.
    fn keep(&mut self, record: &Record) -> anyhow::Result<()>;
}

/// What belongs beside figures that are fewer than was asked for.
const INTERRUPTED: &str = "It was interrupted: there are fewer figures than were asked for.";

/// More processes than this, on average over the last minute, are somebody else.
const BUSY: f64 = 0.5;

/// One workload, and who does it here.
struct Work {
    definition: &'static Definition,
    workload: &'static Workload,
    peers: Vec<(&'static Rival, Peer)>,
    missing: Vec<(&'static Rival, String)>,
}

/// Fetches the runtimes of JavaScript and the packages of their programs.
///
/// # Errors
/// npm is not there, or cannot do it.
pub fn install(node: u32) -> anyhow::Result<()> {
    Places::find()?.runtimes.install(&[node])
}

/// The workloads as they are defined, in the order of their names.
///
/// # Errors
/// A file cannot be read, or is not a definition.
pub fn definitions() -> anyhow::Result<Vec<Definition>> {
    definition::read(&Places::find()?.bench.join("workloads"))
}

/// Measures.
///
/// # Errors
/// Nothing can be measured here at all: no cores, a name that nobody has. A rival that is missing or fails
/// is a row.
pub fn run(plan: &Plan, watch: &mut dyn Watch) -> anyhow::Result<Record> {
    let mut places = Places::find()?;
    if let Some(door) = &plan.door {
        places.runtimes.door = std::path::absolute(door)?;
    }
    let allowed = bench_sys::process::allowed_cores()?;
    let cores = Cores::choose(&allowed, plan.server_cpu, plan.client_cpu)?;
    let rivals = chosen(&plan.peers)?;
    let mut troubles = Vec::new();
    if plan.build {
        crate::build(&places, &[])?;
        let heavy = |rival: &&Rival| matches!(rival.program, Program::Rival(_));
        if rivals.iter().copied().any(|rival| heavy(&rival)) {
            // Who does not build is a row without figures.
            troubles.extend(build_rivals(&places.rivals()).err().map(|error| format!("{error:#}")));
        }
    }
    let work = work(plan, &places, &rivals)?;
    let machine = Machine::look(&places, cores);
    bench_sys::process::pin_to(&[cores.client])?;
    let scratch = Scratch::new()?;
    let mut record = Record::new(&machine, plan);
    record.notes.extend(troubles);
    if machine.load > BUSY {
        record
            .notes
            .push("Others were using the machine: take none of this for certain.".to_owned());
    }
    let all = work.iter().map(|work| work.peers.len() * plan.rounds).sum();
    let mut over = 0;
    'all: for work in &work {
        let mut results = Results {
            workload: work.workload,
            version: None,
            peers: work.peers.iter().map(|(_, peer)| PeerRuns::new(&peer.name)).collect(),
            notes: Vec::new(),
        };
        record.workloads.push(outcome(work, &results));
        for round in 0..plan.rounds {
            for index in rounds::order(work.peers.len(), round) {
                if watch.stop() {
                    record.notes.push(INTERRUPTED.to_owned());
                    if let Some(last) = record.workloads.last_mut() {
                        *last = outcome(work, &results);
                    }
                    watch.keep(&record)?;
                    break 'all;
                }
                let (rival, peer) = &work.peers[index];
                let workload = &work.workload.name;
                watch.begins(Progress { workload, peer: &peer.name, round: round + 1, over, all });
                let bench = bench(plan, &places, work, rival, cores, &scratch.0);
                results.peers[index].push(bench.measure(peer));
                watch.ended(&rounds::brief(&results.peers[index]));
                over += 1;
            }
            // After each round, so that an interrupted run keeps what it has.
            if let Some(last) = record.workloads.last_mut() {
                *last = outcome(work, &results);
            }
            watch.keep(&record)?;
        }
    }
    Ok(record)
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Rival>> {
    let known = || rivals().iter().map(|rival| rival.name).collect::<Vec<_>>().join(", ");
    for name in names {
        let there = rivals().iter().any(|rival| rival.name == name);
        ensure!(there, "there is no rival {name}; known are {}.", known());
    }
    let asked = |rival: &&Rival| names.is_empty() || names.iter().any(|name| name == rival.name);
    Ok(rivals().iter().filter(asked).collect())
}

/// Builds the rivals that bring many dependencies with them.
fn build_rivals(folder: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let arguments = ["build", "--release", "--workspace", "--locked", "--keep-going"];
    let status = command.args(arguments).current_dir(folder).status();
    let status = status.context("cannot start cargo")?;
    ensure!(status.success(), "not all rivals could be built");
    Ok(())
}

/// The workloads that were asked for, each with those who do it.
fn work(plan: &Plan, places: &Places, rivals: &[&'static Rival]) -> anyhow::Result<Vec<Work>> {
    let mut all = Vec::new();
    for definition in definition::read(&places.bench.join("workloads"))? {
        // Read once, and needed until the program ends.
        let definition: &'static Definition = Box::leak(Box::new(definition));
        for workload in definition.workloads() {
            let asked = |name: &String| *name == definition.name || name == workload.name;
            if !plan.workloads.is_empty() && !plan.workloads.iter().any(asked) {
                continue;
            }
            let (mut peers, mut missing) = (Vec::new(), Vec::new());
            for &rival in rivals {
                match peer(rival, definition, places, plan.node) {
                    Ok(peer) => peers.push((rival, peer)),
                    Err(reason) => missing.push((rival, reason)),
                }
            }
            all.push(Work { definition, workload, peers, missing });
        }
    }
    for name in &plan.workloads {
        let there = |work: &Work| work.definition.name == *name || work.workload.name == name;
        ensure!(all.iter().any(there), "there is no workload {name} in bench/workloads.");
    }
    Ok(all)
}

/// How a rival is started for this work, or why it is not.
fn peer(
    rival: &'static Rival,
    definition: &Definition,
    places: &Places,
    node: u32,
) -> Result<Peer, String> {
    if let Some(reason) = rival.cannot(definition.work) {
        return Err(reason.to_owned());
    }
    let contestant = Contestant::new(rival.name, rival.program, rival.arguments(definition.work));
    let peer = contestant.peer(rival.name, None, places, Some(node))?;
    match rival.program {
        Program::Bench(_) | Program::Rival(_) if !Path::new(&peer.words[0]).exists() => {
            Err("it is not built".to_owned())
        }
        _ => Ok(peer),
    }
}

fn bench<'a>(
    plan: &Plan,
    places: &'a Places,
    work: &Work,
    rival: &Rival,
    cores: Cores,
    scratch: &'a Path,
) -> Bench<'a> {
    // Compilers that work while the program runs have more to do.
    let slow = rival.kind == Kind::JavaScript || rival.on_node();
    Bench {
        places,
        workload: work.workload,
        version: None,
        cores,
        seconds: plan.seconds,
        warm_up: plan.warm_up.unwrap_or(if slow { 2 } else { 1 }),
        rate: 0,
        scratch,
    }
}

fn outcome(work: &Work, results: &Results<'_>) -> Outcome {
    let measured = work.peers.iter().zip(&results.peers);
    let measured = measured.map(|((rival, _), runs)| Row::measured(rival, runs));
    let missing = |(rival, reason): &(&'static Rival, String)| {
        let reason = reason.clone();
        Row::missing(rival, Missing { name: rival.name.to_owned(), reason })
    };
    let missing = work.missing.iter().map(missing);
    let rows = measured.chain(missing).collect();
    Outcome::new(work.definition, work.workload, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name that nobody has is an error before anything is measured.
    #[test]
    fn unknown_names_are_refused() {
        let error = chosen(&["nobody".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("there is no rival nobody") && error.contains("hyper"), "{error}");
        assert_eq!(chosen(&["hyper".to_owned()]).unwrap().len(), 1);
        assert_eq!(chosen(&[]).unwrap().len(), rivals().len());
    }
}
