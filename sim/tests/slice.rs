//! A slice of all stories: the same ones each time, and others each time.

use std::time::{SystemTime, UNIX_EPOCH};

use sim::check::check;
use sim::play::Wrong;
use sim::shrink::shrink;
use sim::story::{Handlers, tell};

const SEEDS: u64 = 200;

/// Seeds in which a defect has been found since stories were last told in another way; with a line each
/// about the defect. What older stories have found is told as conversations:
/// `crates/nova-http/tests/played.rs`.
const FIXED: &[u64] = &[];

fn play(handlers: Handlers, from: u64, seeds: u64) {
    let checked = check(handlers, from, seeds, 2, 1);
    if let Some((seed, wrong)) = checked.wrongs.first() {
        let short = shrink(&tell(*seed).of(handlers)).map(|(story, _)| story.to_string());
        let (short, Wrong { oracle, what, step }) = (short.unwrap_or_default(), wrong);
        panic!("{handlers:?}, seed {seed}: {oracle}: {what} (step {step})\n{short}");
    }
    assert_eq!(checked.seeds, seeds);
    assert!(checked.balance.answered > checked.balance.opened / 10, "{}", checked.balance);
}

/// The first stories, and those that have failed once.
#[test]
fn stories_that_are_always_told() {
    play(Handlers::Engine, 0, SEEDS);
    for &seed in FIXED {
        assert_eq!(sim::play::play(&tell(seed), false).wrongs, [], "seed {seed}");
    }
}

/// The same stories, told of a tower service: it is judged as the engine's own handlers are.
#[test]
fn stories_that_are_told_of_a_service() {
    play(Handlers::Tower, 0, SEEDS / 2);
}

/// Stories that nobody has heard yet.
#[test]
fn stories_that_are_told_for_the_first_time() {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let from = (nanos as u64) & 0x0000_ffff_ffff_ffff;
    println!("seeds {from} to {}", from + SEEDS);
    play(Handlers::Engine, from, SEEDS);
    play(Handlers::Tower, from, SEEDS / 2);
}
