//! A copy of the tree's sources, in which faults are put and taken out again.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use crate::list::Mutant;

/// The copy, under the target directory of the tree.
#[derive(Debug)]
pub struct Tree {
    origin: PathBuf,
    copy: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Copies what has changed since the last time; files that are as they were keep their time, so that
    /// only what differs is built again.
    ///
    /// # Errors
    /// Cargo or Git do not say what is asked of them, or the copy cannot be written.
    pub fn copy() -> io::Result<Self> {
        let (origin, target) = ask_cargo()?;
        let scratch = target.join("mutants");
        let tree = Self { origin, copy: scratch.join("tree"), target: scratch.join("target") };
        let files = tree.sources()?;
        for file in &files {
            let octets = fs::read(tree.origin.join(file))?;
            let path = tree.copy.join(file);
            if fs::read(&path).is_ok_and(|there| there == octets) {
                continue;
            }
            fs::create_dir_all(path.parent().unwrap_or(&tree.copy))?;
            fs::write(path, octets)?;
        }
        tree.forget_others(&tree.copy, &files)?;
        Ok(tree)
    }

    /// The files of the tree, but for what Git ignores.
    fn sources(&self) -> io::Result<HashSet<PathBuf>> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&self.origin)
            .stderr(Stdio::inherit())
            .output()?;
        if !listed.status.success() {
            return Err(io::Error::other("git does not list the files of the tree"));
        }
        let names = listed.stdout.split(|&octet| octet == 0).filter(|name| !name.is_empty());
        let paths = names.map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()));
        Ok(paths.filter(|path| self.origin.join(path).is_file()).collect())
    }

    /// Removes what the tree has not any more.
    fn forget_others(&self, folder: &Path, files: &HashSet<PathBuf>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.forget_others(&path, files)?;
            } else if path.strip_prefix(&self.copy).is_ok_and(|path| !files.contains(path)) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Puts a fault in.
    ///
    /// # Errors
    /// The engine has changed, so that the fault has no place; or the file cannot be written.
    pub fn spoil(&self, mutant: &Mutant) -> io::Result<()> {
        let text = fs::read_to_string(self.origin.join(&mutant.file))?;
        let spoilt = mutant.apply(&text).map_err(io::Error::other)?;
        fs::write(self.copy.join(&mutant.file), spoilt)
    }

    /// Takes it out again.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn restore(&self, mutant: &Mutant) -> io::Result<()> {
        fs::copy(self.origin.join(&mutant.file), self.copy.join(&mutant.file)).map(drop)
    }

    /// Builds the simulator of the copy and says where it is; or what the compiler says.
    ///
    /// # Errors
    /// Cargo cannot be run.
    pub fn build(&self) -> io::Result<Result<PathBuf, String>> {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--profile", "proof", "-p", "sim"])
            .args(["--config", "profile.proof.debug=false"])
            // One fault is a small change, and is played for seconds only: it is building that takes time.
            .args(["--config", "profile.proof.incremental=true"])
            .args(["--config", "profile.proof.opt-level=1"])
            .current_dir(&self.copy)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .output()?;
        Ok(match built.status.success() {
            true => Ok(self.target.join("proof").join("sim")),
            false => Err(String::from_utf8_lossy(&built.stderr).into_owned()),
        })
    }
}

/// The root of the workspace, and where it is built.
fn ask_cargo() -> io::Result<(PathBuf, PathBuf)> {
    let said = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()?;
    let said: serde_json::Value = serde_json::from_slice(&said.stdout)?;
    let path = |name: &str| {
        let path = said[name].as_str().map(PathBuf::from);
        path.ok_or_else(|| io::Error::other(format!("cargo does not say its {name}")))
    };
    Ok((path("workspace_root")?, path("target_directory")?))
}
