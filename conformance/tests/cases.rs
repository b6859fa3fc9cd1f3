//! The cases are what they should be: readable, different, complete.

use std::collections::HashSet;

/// Rows of the list of conformance that the suite began with; siblings are counted apart.
const ROWS: &str = include_str!("rows.txt");

/// Enough different inputs, each with a name of its own and one fate.
#[test]
fn inputs_differ() {
    let inputs = conformance::all().unwrap();
    if std::env::var_os("NOVA_CASE").is_some() {
        return;
    }
    let names: HashSet<_> = inputs.iter().map(|input| &input.name).collect();
    assert_eq!(names.len(), inputs.len(), "two inputs have the same name");
    let different: HashSet<_> = inputs.iter().map(|input| &input.steps).collect();
    println!("{} inputs, {} of them different", inputs.len(), different.len());
    assert!(different.len() >= 800, "only {} inputs differ", different.len());
    for input in &inputs {
        assert!(input.outcome.fate().is_some(), "{}: one fate, please", input.name);
    }
}

/// Every row is there, with as many inputs as it had siblings.
#[test]
fn rows_are_complete() {
    if std::env::var_os("NOVA_CASE").is_some() {
        return;
    }
    let inputs = conformance::all().unwrap();
    for row in ROWS.lines() {
        let (number, siblings) = row.split_once(' ').unwrap_or((row, "1"));
        let prefix = format!("{number} ");
        let count = inputs.iter().filter(|input| input.name.starts_with(&prefix)).count();
        let least: usize = siblings.parse().unwrap();
        assert!(count >= least, "row {number} has {count} inputs instead of {least}");
    }
}
