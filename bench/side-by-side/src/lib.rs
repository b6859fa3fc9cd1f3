//! `side-by-side`: builds Nova and its peers, measures them in alternating rounds, and holds the
//! figures against the bars. See `bench/README.md` for what is measured and what would make it unfair.
//!
//! What other commands of this workspace need, too, is public: servers that are started and ended
//! ([`peer`]), verified ([`expect`]) and sent requests ([`heads`]), the kernel's accounts of them ([`account`]), children that end in time ([`bounded`]), and
//! what the figures were measured on ([`machine`]).
#![forbid(unsafe_code)]

pub mod account;
pub mod bounded;
pub mod expect;
pub mod field;
mod figures;
pub mod heads;
mod loader;
pub mod machine;
pub mod options;
pub mod peer;
mod rate;
mod record;
mod report;
mod results;
mod round;
mod rounds;
mod stats;
pub mod verify;
mod workload;
pub mod wrk;

use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};
use clap::Parser;

use machine::Machine;
use options::Options;
use peer::Places;
use round::Bench;

/// The program: reads the command line, measures, and says how it ended.
pub fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("side-by-side: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<()> {
    let mut places = Places::find()?;
    if let Some(door) = &options.door {
        // Node would look for a relative one among its modules.
        places.runtimes.door = std::path::absolute(door)?;
    }
    if options.install {
        return places.runtimes.install(&options.versions);
    }
    let cores = options.cores(&bench_sys::process::allowed_cores()?)?;
    ensure!(machine::has_wrk(), "wrk is missing; install it (Debian: apt-get install wrk).");
    options.check_names()?;
    let mut work = Vec::new();
    for workload in options.workloads() {
        for version in options.versions_for(workload) {
            let chosen = workload.choose(options, &places, version)?;
            if chosen.peers.is_empty() && chosen.missing.is_empty() {
                println!("{}: nobody who was asked for does this.", workload.name);
            } else {
                work.push((workload, version, chosen));
            }
        }
    }
    if !options.no_build {
        let peers = || work.iter().flat_map(|(_, _, chosen)| &chosen.peers);
        let wanted = |name: &&str| {
            let program = places.example(name).to_string_lossy().into_owned();
            peers().any(|peer| peer.words.first() == Some(&program))
        };
        let wanted: Vec<_> = ["nova", "axum_hello"].into_iter().filter(wanted).collect();
        build(&places, &wanted)?;
    }
    let machine = Machine::look(&places, cores);
    // From here on this process keeps off the server's core.
    bench_sys::process::pin_to(&[cores.client])?;
    print!("{}", machine.header());
    if machine.load > 0.5 {
        println!("WARNING   the machine was busy when this began (load {:.2})", machine.load);
    }
    let scratch = Scratch::new()?;
    let mut finished = Vec::new();
    for (workload, version, chosen) in work {
        let mut bench = Bench {
            places: &places,
            workload,
            version,
            cores,
            seconds: options.seconds,
            warm_up: options.warm_up_for(workload),
            rate: options.rate,
            scratch: &scratch.0,
        };
        let rounds = options.rounds.unwrap_or(workload.rounds) as usize;
        let mut results = rounds::run(&mut bench, &chosen.peers, rounds)?;
        chosen.missing.into_iter().for_each(|missing| results.missing(missing));
        print!("{}", report::table(&results, &options.subject, rounds));
        finished.push(results);
        if let Some(file) = &options.json {
            // After each workload, so that an interrupted run keeps what it has.
            record::write(file, &machine, &finished, options)?;
        }
    }
    summary(&finished, &options.subject);
    Ok(())
}

/// Builds the bench workspace, and these programs of Nova's, with the one profile that both have.
///
/// # Errors
/// Cargo cannot be started, or cannot build them.
pub fn build(places: &Places, programs: &[&str]) -> anyhow::Result<()> {
    let mut builds = vec![(&places.bench, vec!["build", "--release", "--workspace"])];
    for &program in programs {
        builds.push((&places.root, vec!["build", "--release", "--workspace", "--bin", program]));
    }
    for (folder, arguments) in builds {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let status = command.args(arguments).current_dir(folder).status();
        let status = status.context("cannot start cargo")?;
        ensure!(status.success(), "cargo could not build {}.", folder.display());
    }
    Ok(())
}

/// All bars once more, together.
fn summary(finished: &[results::Results<'_>], subject: &str) {
    let mut rows = vec![["workload", "bar", "measured", ""].map(String::from).to_vec()];
    for results in finished {
        for (sentence, measured, verdict) in report::bars(results, subject) {
            rows.push(vec![results.name(), sentence, measured, verdict.to_owned()]);
        }
    }
    if rows.len() > 1 {
        println!("\nBars for {subject}\n\n{}", report::align(&rows, rows[0].len()));
        if finished.iter().any(report::disturbed) {
            println!("  Others were using the machine: take none of these figures for certain.");
        }
        println!(
            "  Allocations and system calls for each request are counted elsewhere, not here."
        );
    }
}

/// A folder for the clients' files, removed at the end.
pub(crate) struct Scratch(pub(crate) std::path::PathBuf);

impl Scratch {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("side-by-side-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing depends on it; the temporary folder is emptied by others, too.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
