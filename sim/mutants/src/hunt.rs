//! Lets the simulator play until an oracle fails.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use crate::list::{Handlers, Mutant};
use crate::tree::Tree;
use crate::verdict::Verdict;

/// Seeds of the first slice; each next one is twice as long.
const FIRST_SLICE: u64 = 125;

/// A slice of a mutant may take so many times as long as the same seeds take without it, and
const PATIENCE: u32 = 20;
/// so much more.
const START: Duration = Duration::from_secs(60);

/// Memory that a simulator may have, in KiB: a fault that fills it is the fault's end, not the machine's.
const MEMORY: u64 = 4 * 1024 * 1024;

/// Which seeds are played, and how.
#[derive(Clone, Copy, Debug)]
pub struct Seeds {
    /// The first of them.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// On how many threads.
    pub threads: usize,
}

/// What came of one mutant, or of the tree as it is.
#[derive(Clone, Debug)]
pub struct Catch {
    /// What.
    pub verdict: Verdict,
    /// How long the seeds took, without the building.
    pub took: Duration,
}

/// Plays the seeds in the tree as it is, told of both kinds of handlers.
///
/// # Errors
/// The simulator cannot be built or run.
pub fn control(tree: &Tree, seeds: Seeds) -> io::Result<Catch> {
    let an_hour = |_| Duration::from_secs(3_600);
    match tree.build()? {
        Ok(sim) => {
            let engine = play(&sim, Handlers::Engine, seeds, an_hour)?;
            if engine.verdict != Verdict::Survived {
                return Ok(engine);
            }
            let tower = play(&sim, Handlers::Tower, seeds, an_hour)?;
            Ok(Catch { took: engine.took.max(tower.took), ..tower })
        }
        Err(why) => Ok(Catch { verdict: Verdict::NotBuilt { why }, took: Duration::ZERO }),
    }
}

/// Hunts one mutant. `usual` is how long all of the seeds take without it.
///
/// # Errors
/// The mutant has no place in the tree, or the simulator cannot be run.
pub fn hunt(tree: &Tree, mutant: &Mutant, seeds: Seeds, usual: Duration) -> io::Result<Catch> {
    tree.spoil(mutant)?;
    let built = tree.build();
    tree.restore(mutant)?;
    let share = |slice: u64| usual.mul_f64(slice as f64 / seeds.count.max(1) as f64);
    let limit = |slice| START + share(slice) * PATIENCE;
    match built? {
        Ok(sim) => play(&sim, mutant.handlers, seeds, limit),
        Err(why) => Ok(Catch { verdict: Verdict::NotBuilt { why }, took: Duration::ZERO }),
    }
}

/// Plays in slices that grow, so that a fault which hangs is found to do so soon.
fn play(
    sim: &Path,
    handlers: Handlers,
    seeds: Seeds,
    limit: impl Fn(u64) -> Duration,
) -> io::Result<Catch> {
    let begun = Instant::now();
    let (mut at, mut slice, end) = (seeds.from, FIRST_SLICE, seeds.from + seeds.count);
    let mut verdict = Verdict::Survived;
    while at < end && verdict == Verdict::Survived {
        let count = slice.min(end - at);
        verdict = play_slice(sim, handlers, Seeds { from: at, count, ..seeds }, limit(count))?;
        at += count;
        slice *= 2;
    }
    Ok(Catch { verdict, took: begun.elapsed() })
}

fn play_slice(
    sim: &Path,
    handlers: Handlers,
    seeds: Seeds,
    limit: Duration,
) -> io::Result<Verdict> {
    let words = sim.with_extension("words");
    let mut child = bounded(sim)
        .args(["check", "--failures", "1", "--no-shrink"])
        .args(["--handlers", handlers.name()])
        .args(["--from", &seeds.from.to_string(), "--seeds", &seeds.count.to_string()])
        .args(["--threads", &seeds.threads.to_string()])
        .stdout(File::create(&words)?)
        // What a mutant has to say for itself does not matter.
        .stderr(Stdio::null())
        .spawn()?;
    let Some(status) = child.wait_timeout(limit)? else {
        child.kill()?;
        child.wait()?;
        return Ok(Verdict::Hangs { from: seeds.from });
    };
    Ok(Verdict::of(status.code(), &std::fs::read_to_string(&words)?, seeds.from))
}

/// The simulator, with a bound for its memory where there is a shell that can set one.
fn bounded(sim: &Path) -> Command {
    if !cfg!(unix) {
        return Command::new(sim);
    }
    let mut command = Command::new("sh");
    // `exec`: whoever ends this process ends the simulator.
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"")]).arg(sim);
    command
}
