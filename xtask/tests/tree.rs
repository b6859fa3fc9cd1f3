//! This repository holds what it says.

use xtask::{Tree, compliance, packages, security};

fn tree() -> Tree {
    Tree::read(Tree::root()).unwrap()
}

/// Every requirement that we say to obey has its place and its test, and docs/COMPLIANCE.md says so.
#[test]
fn requirements_are_obeyed_where_they_are_said_to_be() {
    let (summary, problems) = compliance::check(&tree()).unwrap();
    println!("{summary}");
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Every test that the security model relies on exists.
#[test]
fn the_security_model_names_what_is_there() {
    let (summary, problems) = security::check(&tree()).unwrap();
    println!("{summary}");
    assert!(problems.is_empty(), "{problems:#?}");
}

/// What is published can be, and names its features.
#[test]
fn packages_are_as_they_must_be() {
    let (summary, problems) = packages::check(&tree()).unwrap();
    println!("{summary}");
    assert!(problems.is_empty(), "{problems:#?}");
}
