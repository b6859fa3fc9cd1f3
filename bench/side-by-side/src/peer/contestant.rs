//! Who takes part in a workload, and how it is started for that.

use std::path::PathBuf;

use super::{Peer, Places, Script, h2o, nginx};
use crate::options::Options;
use crate::workload::Workload;

/// A peer of a workload's line-up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contestant {
    /// Its name on the command line and in the table.
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    /// What it is told beside its address.
    pub(crate) arguments: &'static [&'static str],
    /// Whether it is measured without being asked for.
    pub(crate) by_default: bool,
}

/// A program that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// One of this workspace.
    Bench(&'static str),
    /// The program `nova`.
    Nova,
    /// One of the rivals, a workspace of its own.
    Rival(&'static str),
    /// One of Nova's examples.
    Example(&'static str),
    /// nginx, if it is installed.
    Nginx,
    /// h2o, if it is installed.
    H2o,
    /// A JavaScript program under Node of the version that is measured.
    Node {
        script: Script,
        /// What Node is told before the program.
        flags: &'static [&'static str],
        /// Whether Nova's door is in between.
        door: bool,
    },
    /// A JavaScript program under Bun.
    Bun(Script),
    /// A JavaScript program under Deno.
    Deno(Script),
}

impl Contestant {
    /// One that is always measured.
    pub(crate) const fn new(
        name: &'static str,
        program: Program,
        arguments: &'static [&'static str],
    ) -> Self {
        Self { name, program, arguments, by_default: true }
    }

    /// The same, if it is asked for.
    pub(crate) const fn on_demand(mut self) -> Self {
        self.by_default = false;
        self
    }

    /// How it is started under a name, with `other` in place of its program, or of its door where it has
    /// one. Or why it cannot be started.
    pub(crate) fn peer(
        &self,
        name: &str,
        other: Option<&str>,
        places: &Places,
        version: Option<u32>,
    ) -> Result<Peer, String> {
        let runtimes = &places.runtimes;
        let of_node = || runtimes.node(version.ok_or("no version of Node was named")?);
        let mut words = Vec::new();
        let mut peer = Peer::named(name);
        match self.program {
            Program::Nginx => return nginx::peer(name).ok_or("it is not installed".to_owned()),
            Program::H2o => return h2o::peer(name).ok_or("it is not installed".to_owned()),
            Program::Bench(program) => words.push(places.program(program)),
            Program::Rival(program) => words.push(places.rival(program)),
            Program::Nova => words.push(places.nova()),
            Program::Example(program) => words.push(places.example(program)),
            Program::Node { script, flags, door } => {
                words.push(of_node()?);
                words.extend(flags.iter().map(PathBuf::from));
                if door {
                    words.extend(["--require".into(), runtimes.door(other)?]);
                    peer = peer.with_door();
                }
                words.push(runtimes.script(script)?);
                peer = peer.in_production();
            }
            Program::Bun(script) => {
                words.extend([runtimes.bun()?, runtimes.script(script)?]);
                peer = peer.in_production();
            }
            Program::Deno(script) => {
                words.push(runtimes.deno()?);
                // Nothing is asked for and nothing fetched while it runs.
                words.extend(["run", "--allow-all", "--quiet", "--cached-only"].map(PathBuf::from));
                words.push(runtimes.script(script)?);
                peer = peer.in_production();
            }
        }
        if let (Some(other), Program::Bench(_) | Program::Nova | Program::Example(_)) =
            (other, self.program)
        {
            words[0] = other.into();
        }
        Ok(peer.words(words.iter().map(|word| word.to_string_lossy()), self.arguments))
    }

    /// Whether it is a program of Node's.
    pub(crate) fn on_node(&self) -> bool {
        matches!(self.program, Program::Node { .. })
    }
}

/// A contestant that cannot be measured here, and why.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// The peers of a workload that are measured, and what is to be said about those that are not.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) peers: Vec<Peer>,
    pub(crate) missing: Vec<Missing>,
}

impl Workload {
    /// Those of the line-up that the command line names, in the order in which it does, or else all
    /// that are measured by default; and what `--peer` adds.
    pub(crate) fn choose(
        &self,
        options: &Options,
        places: &Places,
        version: Option<u32>,
    ) -> anyhow::Result<Chosen> {
        let mut chosen = Chosen::default();
        let named = options.peers.as_ref().map(|names| {
            let find = |name: &String| self.lineup.iter().find(|peer| peer.name == name);
            names.iter().filter_map(find).collect::<Vec<_>>()
        });
        let all = || self.lineup.iter().filter(|contestant| contestant.by_default).collect();
        for contestant in named.unwrap_or_else(all) {
            let name = contestant.name;
            match contestant.peer(name, None, places, version) {
                Ok(peer) => chosen.peers.push(peer),
                Err(reason) => chosen.missing.push(Missing { name: name.to_owned(), reason }),
            }
        }
        for text in &options.more_peers {
            let peer = Peer::parse(text, self, places, version)?;
            let name = &peer.name;
            let taken = chosen.peers.iter().any(|other| other.name == *name);
            anyhow::ensure!(!taken, "{name} is named twice.");
            chosen.peers.push(peer);
        }
        Ok(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload;
    use clap::Parser;

    fn names(workload: &str, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
        let options = Options::try_parse_from([&["side-by-side"], arguments].concat()).unwrap();
        let workload = workload::all().find(|other| other.name == workload).unwrap();
        let chosen = workload.choose(&options, &Places::find()?, None)?;
        Ok(chosen.peers.into_iter().map(|peer| peer.name).collect())
    }

    /// Without words, everybody is measured who always is.
    #[test]
    fn the_line_up_is_measured() {
        let all = ["raw-epoll", "raw-epoll-memmem", "hyper", "may", "nova"];
        assert_eq!(names("hello", &[]).unwrap(), all);
        assert_eq!(
            names("async-hello", &[]).unwrap(),
            ["hyper", "nova-sync", "nova", "nova-tokio"]
        );
    }

    /// Who is named is measured, in that order, where he can do the work.
    #[test]
    fn peers_can_be_named() {
        let words = ["--peers", "nova,hyper-no-timer,nova-sync"];
        assert_eq!(names("hello", &words).unwrap(), ["nova", "hyper-no-timer"]);
        assert_eq!(names("async-hello", &words).unwrap(), ["nova", "nova-sync"]);
    }

    /// What is added is measured, too, under a name of its own.
    #[test]
    fn peers_can_be_added() {
        let words = ["--peers", "nova", "--peer", "old=/builds/nova"];
        assert_eq!(names("hello", &words).unwrap(), ["nova", "old"]);
        assert!(names("hello", &["--peer", "nova=/builds/nova"]).is_err());
    }
}
