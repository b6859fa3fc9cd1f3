//! The peers: how each is started, and a server that runs for one round.
//!
//! `peer/contestant.rs` says who there is, `peer/nginx.rs` how nginx is told what to do.

mod contestant;
pub(crate) mod nginx;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::bounded::Owned;
use crate::workload::Workload;

pub(crate) use contestant::{Contestant, Program};

const ADDRESS: &str = "{addr}";
/// Stands for a folder of the server's own.
const FOLDER: &str = "{folder}";
const START: Duration = Duration::from_secs(10);

/// A server program under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    /// The program and its arguments; `{addr}` stands for the address.
    pub(crate) words: Vec<String>,
    /// A file in the server's folder, by name, with `{addr}` and `{folder}` in it.
    file: Option<(&'static str, &'static str)>,
}

/// The folder `bench/`, and the repository around it.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) bench: PathBuf,
    pub(crate) root: PathBuf,
    /// Where Cargo puts what it builds, within each workspace unless the environment says otherwise.
    target: PathBuf,
}

impl Places {
    /// Where this program was built from.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bench = package.parent().context("the package lies in bench/")?.to_owned();
        let root = bench.parent().context("bench/ lies in the repository")?.to_owned();
        ensure!(bench.join("Cargo.toml").exists(), "{} is not there any more", bench.display());
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        Ok(Self { bench, root, target: target.into() })
    }

    /// A program of the bench workspace.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bench.join(&self.target).join("release").join(name)
    }

    /// The program `nova`.
    pub(crate) fn nova(&self) -> PathBuf {
        self.example("nova")
    }

    /// One of Nova's examples.
    pub(crate) fn example(&self, name: &str) -> PathBuf {
        self.root.join(&self.target).join("release").join(name)
    }
}

impl Peer {
    /// `NAME=PATH`, which is started as the workload starts its `nova`, or
    /// `NAME=COMMAND LINE WITH {addr}`.
    pub(crate) fn parse(text: &str, workload: &Workload) -> anyhow::Result<Self> {
        let (name, line) = text.split_once('=').context("--peer wants NAME=PATH")?;
        ensure!(!name.is_empty() && !line.trim().is_empty(), "--peer wants NAME=PATH");
        if line.contains(ADDRESS) {
            let words = line.split_whitespace().map(str::to_owned).collect();
            return Ok(Self { name: name.to_owned(), words, file: None });
        }
        let nova = workload.lineup.iter().find(|contestant| contestant.name == "nova");
        let nova = nova.with_context(|| format!("{} has no nova", workload.name))?;
        Ok(Self::new(name, line.to_owned(), nova.arguments))
    }

    fn new(name: &str, program: String, arguments: &[&str]) -> Self {
        let words = std::iter::once(program)
            .chain(arguments.iter().map(|word| (*word).to_owned()))
            .chain(["--bind".to_owned(), ADDRESS.to_owned()]);
        Self { name: name.to_owned(), words: words.collect(), file: None }
    }

    /// Starts the server on a free port of 127.0.0.1, on these cores only, and waits until it accepts.
    /// What it wants to have in a file goes to `folder`.
    pub(crate) fn start(&self, cores: &[usize], folder: &Path) -> anyhow::Result<Server> {
        // The port is free now, and nobody else on a measuring machine takes it in between; if
        // somebody does, the server says so and the round fails.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let fill = |text: &str| {
            text.replace(ADDRESS, &address.to_string())
                .replace(FOLDER, &folder.display().to_string())
        };
        if let Some((name, content)) = self.file {
            std::fs::write(folder.join(name), fill(content))?;
        }
        let mut words = self.words.iter().map(|word| fill(word));
        let program = words.next().context("a peer needs a program")?;
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null());
        bench_sys::process::prepare_child(&mut command, cores);
        let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
        let mut server = Server { child: Owned(child), address };
        let end = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.child.0.try_wait()? {
                bail!("{program} ended before it accepted ({status})");
            }
            ensure!(Instant::now() < end, "{program} does not accept after {START:?}");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Owned,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.child.0.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload;

    fn parse(text: &str, name: &str) -> anyhow::Result<Peer> {
        Peer::parse(text, workload::all().find(|workload| workload.name == name).unwrap())
    }

    /// A path becomes the command line that the workload has for Nova.
    #[test]
    fn a_path_is_a_nova() {
        let words = ["/builds/nova", "hello", "--workers", "1", "--bind", "{addr}"];
        assert_eq!(parse("old=/builds/nova", "hello").unwrap().words, words);
        let words = ["/builds/nova-peer", "--tokio", "--bind", "{addr}"];
        assert_eq!(parse("old=/builds/nova-peer", "async-sleep").unwrap().words, words);
    }

    /// A command line with a place for the address is taken as it is.
    #[test]
    fn a_command_line_is_kept() {
        let peer = parse("x=server -l {addr} -q", "hello").unwrap();
        assert_eq!(peer.words, ["server", "-l", "{addr}", "-q"]);
    }

    /// Something without a name or a program is refused.
    #[test]
    fn nonsense_is_refused() {
        for text in ["nova", "=path", "name=", "name= "] {
            assert!(parse(text, "hello").is_err(), "{text}");
        }
    }
}
