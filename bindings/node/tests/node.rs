//! The package's own tests, which are JavaScript, with the addon as it was just built.
//!
//! They run with the `node` that is installed. Where there is none they are skipped, which is said;
//! `NOVA_NODES`, a folder with a Node in each of its folders `20`, `22` …, has them run with each.

mod nodes;

use std::path::Path;
use std::process::Command;

/// The versions that the figures are of.
fn is_headline(version: &str) -> bool {
    version.starts_with("v24.") || version.starts_with("v26.")
}

#[test]
fn the_package_in_each_node() {
    let addon = nodes::addon();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/all.js");
    let mut tried = Vec::new();
    for (node, version) in nodes::supported() {
        // The long table: once, and for the versions that most will use.
        let table = if tried.is_empty() || is_headline(&version) { "1" } else { "0" };
        let ran = Command::new(&node)
            .arg(&all)
            .env("NOVA_ADDON", &addon)
            .env("NOVA_TABLE", table)
            .output()
            .expect("it has said its version");
        let said = String::from_utf8_lossy(&ran.stdout);
        let wrong = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{version}:\n{said}\n{wrong}");
        tried.push(version);
    }
    match tried.is_empty() {
        true => println!("there is no node (20 or later): the package's tests are skipped"),
        false => println!("tried with {}", tried.join(", ")),
    }
}
