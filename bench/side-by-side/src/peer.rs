//! The peers: how each is started, and a server that runs for one round.
//!
//! `peer/contestant.rs` says who there is, `peer/nginx.rs` and `peer/h2o.rs` how these are told what to do,
//! `peer/runtimes.rs` where Node and Bun are, `peer/door.rs` what Nova's door for Node reports.

mod contestant;
mod door;
pub(crate) mod h2o;
pub(crate) mod nginx;
mod runtimes;

use std::borrow::Cow;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::bounded::Owned;
use crate::workload::Workload;

pub(crate) use contestant::{Contestant, Missing, Program};
pub(crate) use door::Served;
pub(crate) use runtimes::{Runtimes, Script, VERSIONS};

const ADDRESS: &str = "{addr}";
/// Stands for its port alone.
const PORT: &str = "{port}";
/// Stands for a folder of the server's own.
const FOLDER: &str = "{folder}";
const START: Duration = Duration::from_secs(10);
/// How long a server that is asked to end may take.
const END: Duration = Duration::from_secs(5);
/// The file of the door's report, in the server's folder.
const REPORT: &str = "door-report";

/// A server program under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its name in tables.
    pub name: String,
    /// The program and its arguments; `{addr}` stands for the address.
    pub(crate) words: Vec<String>,
    /// A file in the server's folder, by name, with `{addr}` and `{folder}` in it.
    file: Option<(&'static str, &'static str)>,
    /// Variables that its environment has beside ours.
    environment: Vec<(&'static str, String)>,
    /// Whether Nova's door is to say at its end who has served.
    reports: bool,
}

/// The folder `bench/`, and the repository around it.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder `bench/`.
    pub bench: PathBuf,
    /// The repository.
    pub root: PathBuf,
    /// Where Cargo puts what it builds, within each workspace unless the environment says otherwise.
    target: PathBuf,
    pub(crate) runtimes: Runtimes,
}

impl Places {
    /// Where this program was built from.
    ///
    /// # Errors
    /// The folder is not there any more.
    pub fn find() -> anyhow::Result<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bench = package.parent().context("the package lies in bench/")?.to_owned();
        let root = bench.parent().context("bench/ lies in the repository")?.to_owned();
        ensure!(bench.join("Cargo.toml").exists(), "{} is not there any more", bench.display());
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let runtimes = Runtimes::find(&bench, &root);
        Ok(Self { bench, root, target: target.into(), runtimes })
    }

    /// A program of the bench workspace.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bench.join(&self.target).join("release").join(name)
    }

    /// A program of the rivals' workspace.
    pub(crate) fn rival(&self, name: &str) -> PathBuf {
        self.rivals().join(&self.target).join("release").join(name)
    }

    /// The workspace of the rivals that are heavy to build.
    pub(crate) fn rivals(&self) -> PathBuf {
        self.bench.join("rivals")
    }

    /// The program `nova`.
    pub fn nova(&self) -> PathBuf {
        self.example("nova")
    }

    /// One of Nova's examples.
    pub fn example(&self, name: &str) -> PathBuf {
        self.root.join(&self.target).join("release").join(name)
    }
}

impl Peer {
    /// `NAME=PATH`, which is started as the workload starts its `nova`, or
    /// `NAME=COMMAND LINE WITH {addr}`.
    pub(crate) fn parse(
        text: &str,
        workload: &Workload,
        places: &Places,
        version: Option<u32>,
    ) -> anyhow::Result<Self> {
        let (name, line) = text.split_once('=').context("--peer wants NAME=PATH")?;
        ensure!(!name.is_empty() && !line.trim().is_empty(), "--peer wants NAME=PATH");
        if line.contains(ADDRESS) {
            let words = line.split_whitespace().map(str::to_owned).collect();
            return Ok(Self { words, ..Self::named(name) });
        }
        let nova = workload.lineup.iter().find(|contestant| contestant.name == "nova");
        let nova = nova.with_context(|| format!("{} has no nova", workload.name))?;
        nova.peer(name, Some(line), places, version).map_err(anyhow::Error::msg)
    }

    /// A program under a name, with all that it is told; `{addr}` stands for the address.
    pub fn command_line(name: &str, words: impl IntoIterator<Item = String>) -> Self {
        Self { words: words.into_iter().collect(), ..Self::named(name) }
    }

    fn named(name: &str) -> Self {
        let (words, environment) = (Vec::new(), Vec::new());
        Self { name: name.to_owned(), words, file: None, environment, reports: false }
    }

    /// The program and what it is told, the address last.
    fn words<'a>(
        mut self,
        program: impl Iterator<Item = Cow<'a, str>>,
        arguments: &[&str],
    ) -> Self {
        self.words = program.map(Cow::into_owned).collect();
        self.words
            .extend(arguments.iter().chain(&["--bind", ADDRESS]).map(|&word| word.to_owned()));
        self
    }

    /// As JavaScript programs are run by those who care how fast they are.
    fn in_production(mut self) -> Self {
        self.environment.push(("NODE_ENV", "production".to_owned()));
        self
    }

    /// With a report of Nova's door at the end.
    fn with_door(mut self) -> Self {
        self.environment.push(("NOVA_REPORT", format!("{FOLDER}/{REPORT}")));
        self.reports = true;
        self
    }

    /// Starts the server on a free port of 127.0.0.1, on these cores only, and waits until it accepts.
    /// What it wants to have in a file goes to `folder`.
    ///
    /// # Errors
    /// It cannot be started, or does not accept in time.
    pub fn start(&self, cores: &[usize], folder: &Path) -> anyhow::Result<Server> {
        // The port is free now, and nobody else on a measuring machine takes it in between; if
        // somebody does, the server says so and the round fails.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let fill = |text: &str| {
            text.replace(ADDRESS, &address.to_string())
                .replace(PORT, &address.port().to_string())
                .replace(FOLDER, &folder.display().to_string())
        };
        if let Some((name, content)) = self.file {
            std::fs::write(folder.join(name), fill(content))?;
        }
        let report = self.reports.then(|| folder.join(REPORT));
        if let Some(report) = report.as_ref().filter(|report| report.exists()) {
            std::fs::remove_file(report)?;
        }
        let mut words = self.words.iter().map(|word| fill(word));
        let program = words.next().context("a peer needs a program")?;
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null());
        // What Node would be told behind our back.
        command.env_remove("NODE_OPTIONS");
        command.envs(self.environment.iter().map(|(name, value)| (name, fill(value))));
        bench_sys::process::prepare_child(&mut command, cores);
        let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
        let mut server = Server { child: Owned(child), address, report };
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
pub struct Server {
    child: Owned,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where Nova's door will say who has served.
    report: Option<PathBuf>,
}

impl Server {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Asks a server that has a door to end, and returns what the door says. Others are killed when they
    /// are dropped.
    pub(crate) fn end(mut self) -> anyhow::Result<Option<Served>> {
        let Some(report) = self.report.take() else { return Ok(None) };
        bench_sys::process::ask_to_end(self.pid())?;
        let status = self.child.wait(END)?;
        let status = status.with_context(|| format!("the server did not end within {END:?}"))?;
        ensure!(status.success(), "the server ended with {status}");
        Served::read(&report).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload;

    fn parse(text: &str, name: &str) -> anyhow::Result<Peer> {
        let workload = workload::all().find(|workload| workload.name == name).unwrap();
        Peer::parse(text, workload, &Places::find()?, None)
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
