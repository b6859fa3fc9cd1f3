//! The peers: how each is started, and a server that runs for one round.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::bounded::Owned;

const ADDRESS: &str = "{addr}";
const START: Duration = Duration::from_secs(10);

/// A server program under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    /// The program and its arguments; `{addr}` stands for the address.
    pub(crate) words: Vec<String>,
}

/// The folder `bench/`, and the repository around it.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) bench: PathBuf,
    pub(crate) root: PathBuf,
}

impl Places {
    /// Where this program was built from.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bench = package.parent().context("the package lies in bench/")?.to_owned();
        let root = bench.parent().context("bench/ lies in the repository")?.to_owned();
        ensure!(bench.join("Cargo.toml").exists(), "{} is not there any more", bench.display());
        Ok(Self { bench, root })
    }

    /// A program of the bench workspace.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bench.join("target/release").join(name)
    }
}

impl Peer {
    /// One of the peers that this workspace builds, or Nova.
    pub(crate) fn known(name: &str, places: &Places) -> anyhow::Result<Self> {
        let (program, arguments): (PathBuf, &[&str]) = match name {
            "raw-epoll" => (places.program("raw-epoll"), &["--bind", ADDRESS]),
            "raw-epoll-memmem" => (places.program("raw-epoll"), &["--memmem", "--bind", ADDRESS]),
            "hyper" => (places.program("hyper-peer"), &["--bind", ADDRESS]),
            "hyper-no-timer" => (places.program("hyper-peer"), &["--no-timer", "--bind", ADDRESS]),
            "may" => (places.program("may-peer"), &["--bind", ADDRESS]),
            "nova" => (places.root.join("target/release/nova"), NOVA),
            _ => bail!(
                "there is no peer {name}; known are raw-epoll, raw-epoll-memmem, hyper, \
                 hyper-no-timer, may and nova, and --peer {name}=PATH adds one."
            ),
        };
        Ok(Self::new(name, program.to_string_lossy().into_owned(), arguments))
    }

    /// `NAME=PATH` or `NAME=COMMAND LINE WITH {addr}`.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let (name, line) = text.split_once('=').context("--peer wants NAME=PATH")?;
        ensure!(!name.is_empty() && !line.trim().is_empty(), "--peer wants NAME=PATH");
        if line.contains(ADDRESS) {
            let words = line.split_whitespace().map(str::to_owned).collect();
            return Ok(Self { name: name.to_owned(), words });
        }
        Ok(Self::new(name, line.to_owned(), NOVA))
    }

    fn new(name: &str, program: String, arguments: &[&str]) -> Self {
        let words = std::iter::once(program).chain(arguments.iter().map(|word| (*word).to_owned()));
        Self { name: name.to_owned(), words: words.collect() }
    }

    /// Starts the server on a free port of 127.0.0.1, on one core, and waits until it accepts.
    pub(crate) fn start(&self, core: usize) -> anyhow::Result<Server> {
        // The port is free now, and nobody else on a measuring machine takes it in between; if
        // somebody does, the server says so and the round fails.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut words = self.words.iter().map(|word| word.replace(ADDRESS, &address.to_string()));
        let program = words.next().context("a peer needs a program")?;
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null());
        bench_sys::process::prepare_child(&mut command, core);
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

const NOVA: &[&str] = &["hello", "--bind", ADDRESS, "--workers", "1"];

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

    /// A path becomes Nova's command line.
    #[test]
    fn a_path_is_a_nova() {
        let peer = Peer::parse("old=/builds/nova").unwrap();
        let words = ["/builds/nova", "hello", "--bind", "{addr}", "--workers", "1"];
        assert_eq!(peer, Peer { name: "old".into(), words: words.map(String::from).into() });
    }

    /// A command line with a place for the address is taken as it is.
    #[test]
    fn a_command_line_is_kept() {
        let peer = Peer::parse("x=server -l {addr} -q").unwrap();
        assert_eq!(peer.words, ["server", "-l", "{addr}", "-q"]);
    }

    /// Something without a name or a program is refused.
    #[test]
    fn nonsense_is_refused() {
        for text in ["nova", "=path", "name=", "name= "] {
            assert!(Peer::parse(text).is_err(), "{text}");
        }
    }

    /// Every name of the default list is known, and another is refused with a sentence.
    #[test]
    fn names_are_known() {
        let places = Places::find().unwrap();
        for name in ["raw-epoll", "raw-epoll-memmem", "hyper", "hyper-no-timer", "may", "nova"] {
            assert_eq!(Peer::known(name, &places).unwrap().name, name);
        }
        assert!(Peer::known("nginx", &places).is_err());
    }
}
