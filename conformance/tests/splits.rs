//! A slice of every split: each input at a few offsets and at ten random places, for the protocol and
//! for a server. All of it: `cargo run --release -p conformance --bin splits`.

use std::thread;

use conformance::splits::cuts::LONG;
use conformance::splits::run::{self, Report};
use conformance::splits::{Plan, Subject, Tally, subject};

/// Another slice for another seed: `NOVA_SEED` in the environment.
fn seed() -> u64 {
    std::env::var("NOVA_SEED").map_or(1, |seed| seed.parse().expect("NOVA_SEED is a number"))
}

fn subjects() -> Vec<Subject> {
    let subjects = subject::all().unwrap();
    let only = std::env::var_os("NOVA_CASE").is_some();
    assert!(subjects.len() > 1_300 || only, "only {} inputs were found", subjects.len());
    subjects
}

/// Nothing differs, and every subject that can be cut was.
fn hold(report: &Report, tallies: &[Tally], subjects: usize) {
    let stories: Vec<_> = report.differences.iter().map(ToString::to_string).collect();
    println!("{} splits of {subjects} inputs, seed {}", report.splits(), seed());
    assert_eq!(report.different, 0, "{}", stories.join("\n\n"));
    for tally in tallies {
        assert_eq!(tally.inputs, subjects as u64);
    }
}

/// The same events, with every field, framing, content and refusal.
#[test]
fn the_protocol_understands_pieces_as_the_whole() {
    let plan = Plan { seed: seed(), most: Some(12), rounds: 1, long: LONG };
    let mut subjects = subjects();
    let mut seen = std::collections::HashSet::new();
    subjects.retain(|subject| seen.insert(subject.octets.clone()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let report = run::core(&subjects, &plan, threads);
    hold(&report, &[report.core, report.core_remembering], subjects.len());
}

/// The same answers, octet by octet, and the same fate of the connection.
#[test]
fn a_server_answers_pieces_as_the_whole() {
    let plan = Plan { seed: seed(), most: Some(3), rounds: 1, long: LONG };
    let subjects = subjects();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let report = run::server(&subjects, &plan, threads);
    hold(&report, &[report.server], subjects.len());
}
