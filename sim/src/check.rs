//! Many seeds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use ledger::Balance;

use crate::play::{Wrong, play};
use crate::story::{Handlers, tell};

/// What came of many seeds.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many were played.
    pub seeds: u64,
    /// How many steps all of them took.
    pub steps: u64,
    /// How many requests were made, and how they stand.
    pub balance: Balance,
    /// Seeds whose history was wrong, and what was wrong first.
    pub wrongs: Vec<(u64, Wrong)>,
}

/// Plays `seeds` seeds from `from` on, told of such handlers, on so many threads, until `failures` of them
/// have failed.
pub fn check(
    handlers: Handlers,
    from: u64,
    seeds: u64,
    threads: usize,
    failures: usize,
) -> Checked {
    let (next, checked) = (AtomicU64::new(0), Mutex::new(Checked::default()));
    let worker = || loop {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        if nth >= seeds || checked.lock().expect("no panic").wrongs.len() >= failures {
            return;
        }
        let seed = from.wrapping_add(nth);
        let outcome = play(&tell(seed).of(handlers), false);
        let mut checked = checked.lock().expect("no panic");
        checked.seeds += 1;
        checked.steps += outcome.steps;
        checked.balance += outcome.balance;
        if let Some(wrong) = outcome.wrongs.into_iter().next() {
            checked.wrongs.push((seed, wrong));
        }
    };
    thread::scope(|scope| {
        (1..threads.max(1)).for_each(|_| drop(scope.spawn(worker)));
        worker();
    });
    let mut checked = checked.into_inner().expect("no panic");
    checked.wrongs.sort_by_key(|(seed, _)| *seed);
    checked
}
