//! Very many inputs: blocks of them in threads, watched, and added up.
//!
//! A block is one seed of one check. Each check takes its seeds in order and one at a time, so that
//! what was done is a number for each check: all seeds below it.

mod block;
pub mod record;
mod tally;
mod watch;

pub use block::{Failure, Found, block, look};
pub use record::Record;
pub use tally::Tally;
pub use watch::{Slot, Watch};

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::checks::Kind;
use crate::generate::{Corpus, Generator, INPUTS_OF_A_SEED};

/// No input may take longer.
pub const LONGEST: Duration = Duration::from_secs(1);

/// How long to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until so much time is over; blocks that were begun are finished.
    Time(Duration),
    /// Until so many inputs were looked at, rounded up to whole seeds.
    Inputs(u64),
}

/// What is done, and what is to be done.
#[derive(Debug)]
struct Plan {
    record: Record,
    kinds: Vec<(Kind, bool)>,
    inputs: u64,
    failure: Option<Failure>,
}

/// Runs the checks `kinds` behind what `record` says was done, and adds to it. `note` is told of the
/// record after each block.
///
/// # Errors
/// The first disagreement, panic or hang. What was done before it is in the record.
pub fn run(
    record: &mut Record,
    kinds: &[Kind],
    corpus: &Corpus,
    threads: usize,
    until: Until,
    note: &(dyn Fn(&Record) + Sync),
) -> Result<(), Failure> {
    let threads = threads.clamp(1, kinds.len().max(1));
    let watch = Watch::new(threads, LONGEST);
    let begin = Instant::now();
    let plan = Mutex::new(Plan {
        record: std::mem::take(record),
        kinds: kinds.iter().map(|&kind| (kind, false)).collect(),
        inputs: 0,
        failure: None,
    });
    let is_over = |plan: &Plan| match until {
        Until::Time(time) => begin.elapsed() >= time,
        Until::Inputs(inputs) => plan.inputs >= inputs,
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let (plan, watch, is_over) = (&plan, &watch, &is_over);
                scope.spawn(move || {
                    let mut generator = Generator::new(corpus.clone());
                    loop {
                        let claimed = claim(&mut locked(plan), is_over);
                        let Some((kind, seed)) = claimed else { break };
                        let slot = watch.slot(thread);
                        let begin = Instant::now();
                        let mut check = kind.check();
                        let (check, all) = (check.as_mut(), 0..INPUTS_OF_A_SEED);
                        let looked = block(kind, check, &mut generator, seed, all, slot);
                        finish(&mut locked(plan), kind, looked, begin.elapsed(), note);
                    }
                })
            })
            .collect();
        scope.spawn(|| watch.run());
        for worker in workers {
            // A panic within a block was caught there.
            drop(worker.join());
        }
        watch.stop();
    });
    let plan = plan.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    *record = plan.record;
    plan.failure.map_or(Ok(()), Err)
}

fn locked(plan: &Mutex<Plan>) -> std::sync::MutexGuard<'_, Plan> {
    plan.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The next block: of the check that is furthest behind, and that nobody is at.
fn claim(plan: &mut Plan, is_over: &impl Fn(&Plan) -> bool) -> Option<(Kind, u64)> {
    if plan.failure.is_some() || is_over(plan) {
        return None;
    }
    let Plan { record, kinds, inputs, .. } = plan;
    let free = kinds.iter_mut().filter(|(_, busy)| !busy);
    let (kind, busy) = free.min_by_key(|(kind, _)| record.seeds(*kind))?;
    *busy = true;
    *inputs += INPUTS_OF_A_SEED;
    Some((*kind, record.seeds(*kind)))
}

fn finish(
    plan: &mut Plan,
    kind: Kind,
    looked: Result<Tally, Failure>,
    took: Duration,
    note: &(dyn Fn(&Record) + Sync),
) {
    if let Some((_, busy)) = plan.kinds.iter_mut().find(|(other, _)| *other == kind) {
        *busy = false;
    }
    match looked {
        Ok(tally) => {
            plan.record.add(kind, &tally, took);
            note(&plan.record);
        }
        Err(failure) => plan.failure = Some(failure),
    }
}
