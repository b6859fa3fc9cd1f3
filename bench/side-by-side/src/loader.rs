//! Runs the load program of this workspace: fixed rate, closed loop, fresh connections, idle ones.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, ensure};
use load::outcome::Outcome;

use crate::bounded::{self, Owned};

const GRACE: Duration = Duration::from_secs(15);
/// The longest that opening and using all idle connections may take.
const OPENING: Duration = Duration::from_secs(60);

/// The load program, aimed at a server.
#[derive(Debug, Clone)]
pub(crate) struct Loader<'a> {
    pub(crate) program: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) core: usize,
    pub(crate) connections: usize,
    /// Requests in one write of the closed loop.
    pub(crate) depth: usize,
    /// File with the octets of the request.
    pub(crate) request: &'a Path,
}

impl Loader<'_> {
    fn command(&self, load: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(load).arg("--address").arg(self.address.to_string());
        command.arg("--connections").arg(self.connections.to_string());
        command
    }

    /// As many requests as the server answers.
    pub(crate) fn closed(&self, seconds: u64) -> anyhow::Result<Outcome> {
        let mut command = self.command("closed");
        command.arg("--request").arg(self.request).arg("--depth").arg(self.depth.to_string());
        self.finish(command, seconds)
    }

    /// The same, each request on a connection of its own.
    pub(crate) fn fresh(&self, seconds: u64) -> anyhow::Result<Outcome> {
        let mut command = self.command("fresh");
        command.arg("--request").arg(self.request);
        self.finish(command, seconds)
    }

    /// As many bursts of one request on each connection as fit.
    pub(crate) fn burst(&self, seconds: u64) -> anyhow::Result<Outcome> {
        let mut command = self.command("burst");
        command.arg("--request").arg(self.request);
        self.finish(command, seconds)
    }

    /// `rate` requests each second; `sleep` says whether others may have the core in between.
    pub(crate) fn paced(&self, seconds: u64, rate: u64, sleep: bool) -> anyhow::Result<Outcome> {
        let mut command = self.command("paced");
        command.arg("--request").arg(self.request).arg("--rate").arg(rate.to_string());
        if sleep {
            command.arg("--sleep");
        }
        self.finish(command, seconds)
    }

    fn finish(&self, mut command: Command, seconds: u64) -> anyhow::Result<Outcome> {
        command.arg("--seconds").arg(seconds.to_string());
        let limit = Duration::from_secs(seconds) + GRACE;
        let outcome: Outcome = serde_json::from_str(&bounded::run(command, self.core, limit)?)?;
        ensure!(outcome.requests > 0, "no request was answered");
        Ok(outcome)
    }

    /// Starts the idle connections, which do what they are given before they are: a file with a GET, and
    /// one with a POST.
    pub(crate) fn idle(&self, get: Option<&Path>, post: Option<&Path>) -> anyhow::Result<Idle> {
        let mut command = self.command("idle");
        for (option, file) in [("--get", get), ("--post", post)] {
            if let Some(file) = file {
                command.arg(option).arg(file);
            }
        }
        bench_sys::process::prepare_child(&mut command, &[self.core]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = Owned(command.spawn().context("cannot start the load program")?);
        let out = child.0.stdout.take().context("no output")?;
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Idle { child, lines })
    }
}

/// The idle connections' program while it runs; ends when dropped.
#[derive(Debug)]
pub(crate) struct Idle {
    child: Owned,
    lines: Receiver<String>,
}

impl Idle {
    /// Waits for the next word and its number (0 where it has none).
    pub(crate) fn hear(&self, word: &str) -> anyhow::Result<usize> {
        let line = self.lines.recv_timeout(OPENING);
        let line = line.with_context(|| format!("the load program did not say `{word}`"))?;
        let rest = line.strip_prefix(word).with_context(|| format!("the load program: {line}"))?;
        Ok(if rest.is_empty() { 0 } else { rest.trim().parse()? })
    }

    /// Lets it go on.
    pub(crate) fn go_on(&mut self) -> anyhow::Result<()> {
        let input = self.child.0.stdin.as_mut().context("no input")?;
        Ok(input.write_all(b"\n")?)
    }
}
