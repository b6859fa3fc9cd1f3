//! The command line.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Parser;

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
    #[arg(long, conflicts_with_all = ["workload", "core", "runtime", "tower"])]
    pub(crate) all: bool,

    /// Run the workloads of the core: small answers, heads, idle connections.
    #[arg(long, conflicts_with_all = ["runtime", "tower"])]
    pub(crate) core: bool,

    /// Run the workloads of the runtime: fresh connections, content, futures, two workers.
    #[arg(long, conflicts_with = "tower")]
    pub(crate) runtime: bool,

    /// Run the workloads of the front door for axum: one router behind three servers.
    #[arg(long)]
    pub(crate) tower: bool,

    /// Rounds; each measures every peer once. Without it: 15 for hello, 7 for the others.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: Option<u32>,

    /// Length of each measured run in seconds.
    #[arg(long, value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,

    /// Length of the warm-up before each measured run in seconds.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) warm_up: u64,

    /// Requests each second in hello-fixed; lowered if some peer or the client cannot reach it.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    pub(crate) rate: u64,

    /// Peers to measure, by name, where they can do the work. Without it: a list for each workload.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) peers: Option<Vec<String>>,

    /// One more peer: a binary that is started as the workload's nova is (`nova` for the core,
    /// `nova-peer` for the runtime), or a whole command line with {addr} where the address belongs.
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

/// The two cores of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) client: usize,
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
            self.all
                || parts.iter().any(|(asked, part)| *asked && of(part))
                || self.workload.iter().any(|name| name == workload.name)
                || (self.nothing_asked() && workload.name == "hello")
        };
        workload::all().filter(asked).collect()
    }

    fn nothing_asked(&self) -> bool {
        self.workload.is_empty() && !self.core && !self.runtime && !self.tower
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
        ensure!(
            allowed.len() >= 2,
            "side-by-side needs two cores, one for the server and one for the client, and may use {}.",
            allowed.len()
        );
        for asked in [self.server_cpu, self.client_cpu].into_iter().flatten() {
            ensure!(
                allowed.contains(&asked),
                "core {asked} is none of those allowed: {allowed:?}."
            );
        }
        let other =
            |taken: Option<usize>| allowed.iter().copied().find(|core| Some(*core) != taken);
        let server = self.server_cpu.or_else(|| other(self.client_cpu));
        let server = server.context("no core is left for the server")?;
        let client = self.client_cpu.or_else(|| other(Some(server)));
        let client = client.context("no core is left for the client")?;
        ensure!(server != client, "the server and the client need a core each.");
        Ok(Cores { server, client })
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
        assert!(sentence.contains("needs two cores"), "{sentence}");
    }

    /// The three parts are all.
    #[test]
    fn the_parts_are_all() {
        let names = |words: &[&str]| -> Vec<_> {
            parse(words).workloads().iter().map(|workload| workload.name).collect()
        };
        let parts = ["--core", "--runtime", "--tower"].map(|part| names(&[part]));
        assert_eq!(names(&["--all"]), parts.concat());
        assert_eq!(names(&["--runtime"])[0], "close");
        assert_eq!(names(&["--core", "--workload", "close"]).last(), Some(&"close"));
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
