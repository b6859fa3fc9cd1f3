//! What llhttp reads: a Node that runs `llhttp.js`, asked by pipes for many inputs at a time.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

use crate::reading::{Ending, Head, Line, Reading, Saw};

/// A Node that reads.
#[derive(Debug)]
pub struct Llhttp {
    /// What it is.
    pub name: String,
    child: Child,
    asked: Vec<u8>,
    inputs: u32,
}

impl Llhttp {
    /// Starts `node`.
    ///
    /// # Errors
    /// It does not run.
    pub fn start(node: &Path) -> anyhow::Result<Self> {
        let said = Command::new(node)
            .args(["-p", "`Node ${process.versions.node}, llhttp ${process.versions.llhttp}`"])
            .output()
            .with_context(|| node.display().to_string())?;
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("llhttp.js");
        let child = Command::new(node)
            .args(["--no-warnings", "--expose-internals"])
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| node.display().to_string())?;
        let name = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        Ok(Self { name, child, asked: Vec::new(), inputs: 0 })
    }

    /// Every Node of `NOVA_NODES` (a folder with a Node in each of its folders `20`, `22` …), and the one
    /// that is installed where that is not given; none of them may be there.
    pub fn all(folder: Option<OsString>) -> Vec<PathBuf> {
        let Some(folder) = folder.map(PathBuf::from) else { return vec![PathBuf::from("node")] };
        let mut nodes = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let packages = std::fs::read_dir(entry.path().join("node_modules"));
            for package in packages.into_iter().flatten().flatten() {
                nodes.push(package.path().join("bin/node"));
            }
        }
        nodes.retain(|node| node.exists());
        nodes.sort();
        nodes
    }

    /// One more input for the next question, as it comes in pieces.
    pub fn add(&mut self, head_bytes: u32, pieces: &[&[u8]]) {
        self.inputs += 1;
        number(&mut self.asked, head_bytes as usize);
        number(&mut self.asked, pieces.len());
        for piece in pieces {
            number(&mut self.asked, piece.len());
            self.asked.extend_from_slice(piece);
        }
    }

    /// Asks about all inputs that were added.
    ///
    /// # Errors
    /// It has ended.
    pub fn ask(&mut self) -> anyhow::Result<()> {
        let Some(pipe) = &mut self.child.stdin else { bail!("{} has no pipe", self.name) };
        let mut front = Vec::with_capacity(8);
        number(&mut front, self.asked.len() + 4);
        number(&mut front, self.inputs as usize);
        pipe.write_all(&front)?;
        pipe.write_all(&self.asked)?;
        self.asked.clear();
        Ok(())
    }

    /// What was read of each of them.
    ///
    /// # Errors
    /// It has ended, or says what cannot be understood.
    pub fn answers(&mut self) -> anyhow::Result<Vec<Reading>> {
        let Some(pipe) = &mut self.child.stdout else { bail!("{} has no pipe", self.name) };
        let mut length = [0; 4];
        pipe.read_exact(&mut length).with_context(|| self.name.clone())?;
        let mut octets = vec![0; u32::from_le_bytes(length) as usize];
        pipe.read_exact(&mut octets).with_context(|| self.name.clone())?;
        let mut rest = Rest(&octets);
        let inputs = std::mem::take(&mut self.inputs);
        (0..inputs).map(|_| rest.reading().context("an answer is cut off")).collect()
    }
}

impl Drop for Llhttp {
    fn drop(&mut self) {
        // Without a pipe it ends.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

/// The rest of an answer.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    fn octets(&mut self) -> Option<Vec<u8>> {
        let length = self.number()? as usize;
        let (octets, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(octets.to_vec())
    }

    fn text(&mut self) -> Option<String> {
        self.octets().map(|octets| String::from_utf8_lossy(&octets).into_owned())
    }

    fn lines(&mut self) -> Option<Vec<Line>> {
        let count = self.number()?;
        (0..count).map(|_| Some((self.octets()?, self.octets()?))).collect()
    }

    fn head(&mut self) -> Option<Head> {
        let (flags, version) = (self.number()?, self.number()?);
        let (method, target, lines) = (self.octets()?, self.octets()?, self.lines()?);
        let (keep_alive, upgrade) = (flags & 1 != 0, flags & 2 != 0);
        Some(Head { method, target, version, lines, keep_alive, upgrade })
    }

    /// The numbers of kinds are those of `llhttp.js`.
    fn reading(&mut self) -> Option<Reading> {
        let mut reading = Reading::default();
        loop {
            reading.ending = match self.number()? {
                1 => {
                    reading.saw.push(Saw::Head(self.head()?));
                    continue;
                }
                2 => {
                    reading.content(&self.octets()?);
                    continue;
                }
                3 => {
                    reading.saw.push(Saw::Trailers(self.lines()?));
                    continue;
                }
                4 => {
                    reading.saw.push(Saw::End);
                    continue;
                }
                5 => Ending::Fault(self.text()?),
                6 => Ending::Left(self.number()? as usize),
                7 => Ending::Unfinished(self.text()?),
                8 => Ending::Over,
                _ => return None,
            };
            return Some(reading);
        }
    }
}
