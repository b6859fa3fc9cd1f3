//! The list fits the tree as it is today.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use mutants::list::{Mutant, choose, load};

/// The oracles of the simulator, and what stands for one that panics.
const ORACLES: [&str; 9] = [
    "ledger",
    "order",
    "memory",
    "deadlines",
    "callbacks",
    "liveness",
    "counters",
    "reasons",
    "panics",
];

/// What each mutant replaces is there, once, and what it puts there is something else.
#[test]
fn every_mutant_has_its_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for mutant in load().unwrap() {
        let text = fs::read_to_string(root.join(&mutant.file)).unwrap();
        let spoilt = mutant.apply(&text).unwrap();
        assert_ne!(spoilt, text, "{}", mutant.name);
        assert!(ORACLES.contains(&mutant.oracle.as_str()), "{}: {}", mutant.name, mutant.oracle);
        assert!(!mutant.breaks.is_empty() && !mutant.suffers.is_empty(), "{}", mutant.name);
    }
}

/// There are at least twenty, and each has a name of its own.
#[test]
fn there_are_enough() {
    let mutants = load().unwrap();
    let names: HashSet<_> = mutants.iter().map(|mutant| &mutant.name).collect();
    assert!(mutants.len() >= 20, "{}", mutants.len());
    assert_eq!(names.len(), mutants.len());
}

/// A place that is not there, or is there twice, is said to be so.
#[test]
fn a_list_that_does_not_fit_is_told() {
    let mutant = Mutant { before: "b".into(), after: "c".into(), ..load().unwrap().swap_remove(0) };
    assert_eq!(mutant.apply("abd").unwrap(), "acd");
    assert!(mutant.apply("a").unwrap_err().contains("0 times"));
    assert!(mutant.apply("abb").unwrap_err().contains("2 times"));
}

/// Mutants are chosen by name; nobody is hunted who does not exist.
#[test]
fn mutants_are_chosen_by_name() {
    let all = load().unwrap();
    let second = all[1].name.clone();
    assert_eq!(choose(all.clone(), &[]).unwrap(), all);
    assert_eq!(choose(all.clone(), std::slice::from_ref(&second)).unwrap(), [all[1].clone()]);
    assert!(choose(all, &["nobody".into()]).unwrap_err().contains("nobody"));
}

/// The record is of this list, and in it everybody is caught.
#[test]
fn the_record_is_of_this_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/record/mutants.json");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let rows = record["rows"].as_array().unwrap();
    let names: HashSet<_> = rows.iter().map(|row| row["mutant"].as_str().unwrap()).collect();
    let mutants = load().unwrap();
    let listed: HashSet<_> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
    assert_eq!(names, listed, "to be hunted again with --record");
    assert_eq!(record["caught"], record["mutants"]);
    assert_eq!(record["control"], "survived");
}
