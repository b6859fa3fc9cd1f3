//! The oracles find what is wrong: each of them something that is planted; and the shrinker tells it in
//! few words.

use std::collections::BTreeMap;

use sim::oracle::Oracle;
use sim::play::{Plant, play, play_with};
use sim::shrink::shrink_by;
use sim::story::{Handlers, tell};

/// One seed is one history, octet by octet.
#[test]
fn a_seed_is_one_history() {
    let mut answered = 0;
    let stories = |handlers| (0..20).map(move |seed| (seed, tell(seed).of(handlers)));
    for (seed, story) in stories(Handlers::Engine).chain(stories(Handlers::Tower)) {
        assert_eq!(story, tell(seed).of(story.world.handlers));
        let (once, again) = (play(&story, true), play(&story, true));
        assert_eq!(once.history, again.history, "seed {seed}");
        assert_eq!((once.steps, once.balance), (again.steps, again.balance), "seed {seed}");
        answered += once.balance.answered;
        let other = play(&sim::story::Story { dice: seed + 1_000, ..story }, true);
        assert!(once.history != other.history || once.steps < 50, "the dice decide: seed {seed}");
    }
    assert!(answered > 20);
}

/// What is planted is found, by the oracle whose business it is, within a few stories.
#[test]
fn each_oracle_can_fail() {
    for plant in Plant::ALL {
        let expected: &[Oracle] = match plant {
            Plant::Octet => &[Oracle::Order, Oracle::Ledger],
            Plant::Lost => &[Oracle::Ledger],
            Plant::Kept | Plant::Thrifty => &[Oracle::Memory],
            Plant::Hasty | Plant::Patient => &[Oracle::Deadlines],
            Plant::Callback => &[Oracle::Callbacks],
            Plant::Asleep | Plant::Restless => &[Oracle::Liveness],
            Plant::Miscounted => &[Oracle::Counters],
            Plant::MadeUp => &[Oracle::Reasons],
            Plant::Panic => &[Oracle::Panics],
        };
        let mut found: BTreeMap<Oracle, u64> = BTreeMap::new();
        for seed in 0..40 {
            let wrongs = play_with(&tell(seed), false, Some(plant)).wrongs;
            if let Some(first) = wrongs.first() {
                *found.entry(first.oracle).or_default() += 1;
            }
            if expected.iter().all(|oracle| found.contains_key(oracle)) {
                break;
            }
        }
        for oracle in expected {
            assert!(found.contains_key(oracle), "{plant:?} is not found by {oracle}: {found:?}");
        }
    }
}

/// A failure of a long story is told as a short one, which the same oracle finds wrong.
#[test]
fn a_failure_is_told_in_few_words() {
    let judge = |story: &sim::story::Story| play_with(story, false, Some(Plant::Octet)).wrongs;
    let long = (0..).map(tell).find(|story| {
        story.clients.len() >= 4
            && judge(story).first().is_some_and(|it| it.oracle == Oracle::Order)
    });
    let long = long.expect("there is one");
    let (short, wrong) = shrink_by(&long, &judge).expect("it fails");
    assert_eq!(wrong.oracle, Oracle::Order);
    assert_eq!(judge(&short).first(), Some(&wrong), "it is that which fails");
    assert_eq!(
        (short.clients.len(), short.world.workers, short.events.len()),
        (1, 1, 0),
        "{short}"
    );
    assert!(short.to_string().lines().count() <= 10, "{short}");
    assert!(shrink_by(&tell(0), &|story| play(story, false).wrongs).is_none(), "nothing is wrong");
}
