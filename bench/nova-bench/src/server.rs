//! A server for a run: started, verified, and its accounts.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use load::answer::Answer;
use side_by_side::account;
use side_by_side::expect::Expect;
use side_by_side::peer::{Peer, Server};

use crate::stage::Stage;

/// Starts a program on the server's core.
pub(crate) fn start(stage: &Stage, name: &str, words: &[String]) -> anyhow::Result<Server> {
    Peer::command_line(name, words.iter().cloned()).start(&[stage.cores.server], stage.scratch())
}

/// The words of `nova hello` with one worker.
pub(crate) fn nova(stage: &Stage) -> Vec<String> {
    let program = stage.places.nova().to_string_lossy().into_owned();
    let words = ["hello", "--workers", "1", "--bind", "{addr}"].map(str::to_owned);
    [program].into_iter().chain(words).collect()
}

/// The words of a program of this workspace that only wants to know its address.
pub(crate) fn program(stage: &Stage, name: &str) -> Vec<String> {
    let program = stage.places.program(name).to_string_lossy().into_owned();
    vec![program, "--bind".to_owned(), "{addr}".to_owned()]
}

/// Asks on a connection of its own, and judges the answer.
pub(crate) fn verify(address: SocketAddr) -> anyhow::Result<()> {
    let ask = || -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let head = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        let answer = Answer::read(&mut BufReader::new(stream))?;
        Expect::HelloAndEnd.judge(&answer, SystemTime::now()).map(drop)
    };
    ask().context("a wrong answer")
}

/// What a server has spent so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    cpu: Duration,
    /// In ticks of 10 ms.
    user_ns: u64,
    system_ns: u64,
}

impl Spent {
    pub(crate) fn by(pid: u32) -> anyhow::Result<Self> {
        let (user_ns, system_ns) = account::user_and_system(pid)?;
        Ok(Self { cpu: bench_sys::process::cpu_time(pid)?, user_ns, system_ns })
    }

    /// CPU time since `before`, and the kernel's share of it.
    pub(crate) fn since(self, before: Self) -> (Duration, f64) {
        let user = self.user_ns.saturating_sub(before.user_ns) as f64;
        let system = self.system_ns.saturating_sub(before.system_ns) as f64;
        (self.cpu.saturating_sub(before.cpu), system / (user + system).max(1.0))
    }
}
