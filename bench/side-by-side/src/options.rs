//! The command line.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Parser;

use crate::peer::VERSIONS;
use crate::workload::{self, Workload};

/// Measures Nova and its peers side by side: alternating rounds, the server on one core and the
/// client on another, the server's CPU time for each request.
#[derive(Debug, Parser)]
#[command(name = "side-by-side")]
pub(crate) struct Options {
    /// Workload to run; may be repeated. Without it: hello.
    #[arg(long, value_name = "NAME", value_parser = workload::names())]
    pub(crate) workload: Vec<String>,

    /// Run every workload that has a bar, and the others too.
    #[arg(long, conflicts_with_all = ["workload", "core", "runtime", "tower", "node"])]
    pub(crate) all: bool,

    /// Run the workloads of the core: small answers, heads, idle connections.
    #[arg(long, conflicts_with_all = ["runtime", "tower", "node"])]
    pub(crate) core: bool,

    /// Run the workloads of the runtime: fresh connections, content, futures, two workers.
    #[arg(long, conflicts_with_all = ["tower", "node"])]
    pub(crate) runtime: bool,

    /// Run the workloads of the front door for axum: one router behind three servers.
    #[arg(long, conflicts_with = "node")]
    pub(crate) tower: bool,

    /// Run the workloads of the door for Node: one JavaScript program under stock Node and under Nova.
    #[arg(long)]
    pub(crate) node: bool,

    /// Only these rows of --node: the names of its workloads without `node-`.
    #[arg(long, value_name = "LIST", value_delimiter = ',', requires = "node", value_parser = workload::node::rows())]
    pub(crate) rows: Vec<String>,

    /// The versions of Node that are measured.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [24, 26], value_parser = version)]
    pub(crate) versions: Vec<u32>,

    /// The register.js of the door for Node that is measured as nova. Without it: that of this repository.
    #[arg(long, value_name = "FILE")]
    pub(crate) door: Option<PathBuf>,

    /// Fetch these versions of Node, Bun, Deno, and the packages of the JavaScript programs with npm, into
    /// folders of the workspace that git ignores; and measure nothing.
    #[arg(long)]
    pub(crate) install: bool,

    /// Rounds; each measures every peer once. Without it: 15 for hello, 5 for Node, 7 for the others.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: Option<u32>,

    /// Length of each measured run in seconds.
    #[arg(long, value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,

    /// Length of the warm-up before each measured run in seconds. Without it: 2 for Node, whose compilers
    /// have more to do, 1 for the others.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) warm_up: Option<u64>,

    /// Requests each second in hello-fixed; lowered if some peer or the client cannot reach it.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    pub(crate) rate: u64,

    /// Peers to measure, by name, where they can do the work. Without it: a list for each workload.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) peers: Option<Vec<String>>,

    /// One more peer: a binary that is started as the workload's nova is (`nova` for the core,
    /// `nova-peer` for the runtime), another door's register.js for Node, or a whole command line with {addr} where the address belongs.
    /// May be repeated.
    #[arg(long = "peer", value_name = "NAME=PATH")]
    pub(crate) more_peers: Vec<String>,

    /// The peer that the bars are about and that all others are compared with.
    #[arg(long, value_name = "NAME", default_value = "nova")]
    pub(crate) subject: String,

    /// Core of the server. Without it: the first that this process may use.
    #[arg(long, value_name = "CORE")]
    pub(crate) server_cpu: Option<usize>,

    /// Core of the client. Without it: the second that this process may use.
    #[arg(long, value_name = "CORE")]
    pub(crate) client_cpu: Option<usize>,

    /// Write every round and every result to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Take the binaries as they are.
    #[arg(long)]
    pub(crate) no_build: bool,
}

/// A version of Node that is known here.
fn version(text: &str) -> Result<u32, String> {
    let known = VERSIONS.into_iter().find(|version| version.to_string() == text);
    known.ok_or_else(|| format!("known are {VERSIONS:?}"))
}

/// The two cores of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cores {
    /// Of the server.
    pub server: usize,
    /// Of the client.
    pub client: usize,
}

impl Options {
    /// The workloads that were asked for, in the order of the table.
    pub(crate) fn workloads(&self) -> Vec<&'static Workload> {
        let parts = [
            (self.core, workload::core::ALL),
            (self.runtime, workload::runtime::ALL),
            (self.tower, workload::tower::ALL),
        ];
        let asked = |workload: &&Workload| {
            let of = |part: &[Workload]| part.iter().any(|other| other.name == workload.name);
            let row = |name: &str| {
                let row = name.strip_prefix(workload::node::PREFIX);
                row.is_some_and(|row| self.rows.is_empty() || self.rows.iter().any(|r| r == row))
            };
            self.all
                || (self.node && row(workload.name))
                || parts.iter().any(|(asked, part)| *asked && of(part))
                || self.workload.iter().any(|name| name == workload.name)
                || (self.nothing_asked() && workload.name == "hello")
        };
        workload::all().filter(asked).collect()
    }

    fn nothing_asked(&self) -> bool {
        self.workload.is_empty() && !self.core && !self.runtime && !self.tower && !self.node
    }

    /// The versions of Node that a workload is measured under; none where there is no Node in it.
    pub(crate) fn versions_for(&self, workload: &Workload) -> Vec<Option<u32>> {
        if workload.on_node() {
            self.versions.iter().copied().map(Some).collect()
        } else {
            vec![None]
        }
    }

    /// How long a workload's servers are warmed up.
    pub(crate) fn warm_up_for(&self, workload: &Workload) -> u64 {
        self.warm_up.unwrap_or(if workload.on_node() { 2 } else { 1 })
    }

    /// Whether each name of `--peers` is one that some workload knows.
    pub(crate) fn check_names(&self) -> anyhow::Result<()> {
        let mut known: Vec<&str> =
            workload::all().flat_map(|workload| workload.lineup).map(|peer| peer.name).collect();
        known.sort_unstable();
        known.dedup();
        let added =
            |name: &str| self.more_peers.iter().any(|peer| peer.split('=').next() == Some(name));
        for name in self.peers.iter().flatten() {
            ensure!(
                known.contains(&name.as_str()) || added(name),
                "there is no peer {name}; known are {}, and --peer {name}=PATH adds one.",
                known.join(", ")
            );
        }
        let unique: std::collections::HashSet<_> = self.peers.iter().flatten().collect();
        ensure!(
            unique.len() == self.peers.iter().flatten().count(),
            "a peer of --peers is named twice."
        );
        Ok(())
    }

    /// Chooses two cores out of those allowed.
    pub(crate) fn cores(&self, allowed: &[usize]) -> anyhow::Result<Cores> {
        Cores::choose(allowed, self.server_cpu, self.client_cpu)
    }
}

impl Cores {
    /// Chooses two cores out of those allowed: those that are asked for, or else the first that are left.
    ///
    /// # Errors
    /// There are fewer than two, or what is asked for is not among them.
    pub fn choose(
        allowed: &[usize],
        server: Option<usize>,
        client: Option<usize>,
    ) -> anyhow::Result<Self> {
        ensure!(
            allowed.len() >= 2,
            "two cores are needed, one for the server and one for the client, and {} may be used.",
            allowed.len()
        );
        for asked in [server, client].into_iter().flatten() {
            ensure!(
                allowed.contains(&asked),
                "core {asked} is none of those allowed: {allowed:?}."
            );
        }
        let other =
            |taken: Option<usize>| allowed.iter().copied().find(|core| Some(*core) != taken);
        let server = server.or_else(|| other(client));
        let server = server.context("no core is left for the server")?;
        let client = client.or_else(|| other(Some(server)));
        let client = client.context("no core is left for the client")?;
        ensure!(server != client, "the server and the client need a core each.");
        Ok(Self { server, client })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Options {
        Options::try_parse_from([&["side-by-side"], arguments].concat()).unwrap()
    }

    /// Without words, the hello workload runs on the first two cores.
    #[test]
    fn the_defaults() {
        let options = parse(&[]);
        let names: Vec<_> = options.workloads().iter().map(|workload| workload.name).collect();
        assert_eq!(names, ["hello"]);
        assert_eq!(options.cores(&[0, 1, 2]).unwrap(), Cores { server: 0, client: 1 });
    }

    /// A core that was asked for is taken, and the other side gets another.
    #[test]
    fn cores_can_be_chosen() {
        let cores = |words: &[&str]| parse(words).cores(&[0, 1]);
        assert_eq!(cores(&["--client-cpu", "0"]).unwrap(), Cores { server: 1, client: 0 });
        assert_eq!(cores(&["--server-cpu", "1"]).unwrap(), Cores { server: 1, client: 0 });
        assert!(cores(&["--server-cpu", "1", "--client-cpu", "1"]).is_err());
        assert!(cores(&["--server-cpu", "7"]).is_err());
    }

    /// One core is not enough, and the sentence says so.
    #[test]
    fn one_core_is_refused() {
        let sentence = parse(&[]).cores(&[0]).unwrap_err().to_string();
        assert!(sentence.contains("two cores are needed"), "{sentence}");
    }

    /// The four parts are all.
    #[test]
    fn the_parts_are_all() {
        let names = |words: &[&str]| -> Vec<_> {
            parse(words).workloads().iter().map(|workload| workload.name).collect()
        };
        let parts = ["--core", "--runtime", "--tower", "--node"].map(|part| names(&[part]));
        assert_eq!(names(&["--all"]), parts.concat());
        assert_eq!(names(&["--runtime"])[0], "close");
        assert_eq!(names(&["--core", "--workload", "close"]).last(), Some(&"close"));
    }

    /// Rows and versions can be chosen.
    #[test]
    fn rows_and_versions_can_be_chosen() {
        let options = parse(&["--node", "--rows", "koa,hello", "--versions", "20,26"]);
        let names: Vec<_> = options.workloads().iter().map(|workload| workload.name).collect();
        assert_eq!(names, ["node-hello", "node-koa"]);
        assert_eq!(options.versions_for(options.workloads()[0]), [Some(20), Some(26)]);
        assert_eq!(options.versions_for(&workload::core::ALL[0]), [None]);
        for words in [["--rows", "nonsense"], ["--versions", "21"]] {
            let words = [&["side-by-side", "--node"][..], &words].concat();
            assert!(Options::try_parse_from(&words).is_err(), "{words:?}");
        }
    }

    /// A peer that nobody knows is refused, with the names of those who are known.
    #[test]
    fn unknown_peers_are_refused() {
        parse(&["--peers", "nova,hyper,nginx"]).check_names().unwrap();
        parse(&["--peers", "old", "--peer", "old=x"]).check_names().unwrap();
        let error = parse(&["--peers", "nova,nonsense"]).check_names().unwrap_err().to_string();
        assert!(error.contains("nonsense") && error.contains("raw-epoll-memmem"), "{error}");
        assert!(parse(&["--peers", "nova,nova"]).check_names().is_err());
    }

    /// A workload that does not exist is refused at the command line.
    #[test]
    fn unknown_workloads_are_refused() {
        assert!(Options::try_parse_from(["side-by-side", "--workload", "nonsense"]).is_err());
    }
}
