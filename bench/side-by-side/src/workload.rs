//! The workloads: what the client does, who is compared, and the bars.
//!
//! `workload/core.rs`, `workload/runtime.rs`, `workload/tower.rs` and `workload/node.rs` are the parts of
//! the table.

pub(crate) mod core;
pub(crate) mod node;
pub(crate) mod runtime;
pub(crate) mod tower;

use crate::expect::Expect;
use crate::figures::Figure;
use crate::heads::Heads;
use crate::peer::Contestant;

/// One kind of work.
#[derive(Debug)]
pub(crate) struct Workload {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it does, for the head of its table.
    pub(crate) what: &'static str,
    pub(crate) client: Client,
    pub(crate) connections: usize,
    pub(crate) heads: Heads,
    /// Requests in one write.
    pub(crate) depth: usize,
    /// What is right to answer.
    pub(crate) expect: Expect,
    /// Who can do it.
    pub(crate) lineup: &'static [Contestant],
    /// Rounds unless the command line says otherwise.
    pub(crate) rounds: u32,
    pub(crate) bars: &'static [Bar],
}

/// Who makes the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// wrk, one thread.
    Wrk,
    /// `load closed`: as wrk, with latencies in nanoseconds.
    Closed,
    /// `load fresh`: a new connection for each request.
    Fresh,
    /// `load paced`: a fixed rate.
    Paced,
    /// `load paced --sleep`, at so many hundredths of the rate that the slowest peer reaches in
    /// `load closed`. The server has both cores, and the client shares one of them with it.
    PacedBelow(u64),
    /// `load burst`: one request on each connection at the same instant, and again.
    Burst,
    /// `load idle`: a GET and a POST on each connection.
    Idle,
    /// The same with the workload's GET only.
    Held,
    /// The same with the workload's GET only, or without a request, for a server that collects its garbage
    /// when it is asked to.
    Collected { silent: bool },
}

impl Client {
    /// Whether the server is kept waiting for a core by its own client.
    pub(crate) fn shares_a_core(self) -> bool {
        matches!(self, Self::PacedBelow(_))
    }

    /// Whether its connections keep silent, and memory is what is measured.
    pub(crate) fn idle(self) -> bool {
        matches!(self, Self::Idle | Self::Held | Self::Collected { .. })
    }

    /// Whether the rate is fixed and must be reached.
    pub(crate) fn paced(self) -> bool {
        matches!(self, Self::Paced | Self::PacedBelow(_))
    }
}

/// What a figure of the subject may be at most.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) figure: Figure,
    pub(crate) limit: Limit,
    /// The versions of Node that it was set for; all if none is named.
    pub(crate) on: &'static [u32],
}

impl Bar {
    /// For all versions.
    pub(crate) const fn new(figure: Figure, limit: Limit) -> Self {
        Self { figure, limit, on: &[] }
    }

    /// For these versions only.
    pub(crate) const fn on(mut self, versions: &'static [u32]) -> Self {
        self.on = versions;
        self
    }
}

/// A limit, and what it is a limit of.
#[derive(Debug)]
pub(crate) enum Limit {
    /// The median ratio to a peer; where `upper` is given, also the upper end of its interval.
    Ratio { peer: &'static str, at_most: f64, upper: Option<f64> },
    /// The median ratio to a peer is below one.
    Below { peer: &'static str },
    /// The median share of what a peer spends above a floor that the subject spends above it.
    ShareAbove { floor: &'static str, peer: &'static str, at_most: f64 },
    /// The median difference to a peer, in the figure's own unit.
    Plus { peer: &'static str, at_most: f64 },
    /// The median itself.
    Value(f64),
}

const fn ratio(figure: Figure, peer: &'static str, at_most: f64) -> Bar {
    Bar::new(figure, Limit::Ratio { peer, at_most, upper: None })
}

/// Every workload, in the order of the report.
pub(crate) fn all() -> impl Iterator<Item = &'static Workload> {
    let parts =
        [core::ALL, runtime::ALL, tower::ALL].into_iter().chain(node::PARTS.iter().copied());
    parts.flatten()
}

impl Workload {
    /// Whether it is measured under several versions of Node.
    pub(crate) fn on_node(&self) -> bool {
        self.lineup.iter().any(Contestant::on_node)
    }
}

/// The names, for the command line.
pub(crate) fn names() -> Vec<&'static str> {
    all().map(|workload| workload.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Every workload has a name of its own.
    #[test]
    fn names_are_unique() {
        assert_eq!(names().iter().collect::<HashSet<_>>().len(), all().count());
    }

    /// Only the idle workload is judged by memory, and it is by nothing else.
    #[test]
    fn bars_fit_their_workload() {
        for workload in all() {
            for bar in workload.bars {
                let idle = bar.figure == Figure::IdleOctets;
                assert_eq!(idle, workload.client.idle(), "{}", workload.name);
            }
        }
    }

    /// A bar compares with somebody who is measured without being asked for, and so is the subject.
    #[test]
    fn bars_can_be_judged() {
        for workload in all() {
            let measured = |name: &str| {
                workload.lineup.iter().any(|peer| peer.name == name && peer.by_default)
            };
            assert!(measured("nova"), "{}", workload.name);
            for bar in workload.bars {
                match bar.limit {
                    Limit::Ratio { peer, .. }
                    | Limit::Below { peer }
                    | Limit::Plus { peer, .. } => {
                        assert!(measured(peer), "{}: {peer}", workload.name);
                    }
                    Limit::ShareAbove { floor, peer, .. } => {
                        assert!(measured(floor) && measured(peer), "{}", workload.name);
                    }
                    Limit::Value(_) => {}
                }
            }
        }
    }

    /// In a line-up everybody has a name of his own.
    #[test]
    fn contestants_are_unique() {
        for workload in all() {
            let names: HashSet<_> = workload.lineup.iter().map(|peer| peer.name).collect();
            assert_eq!(names.len(), workload.lineup.len(), "{}", workload.name);
        }
    }

    /// wrk sends heads, and no content.
    #[test]
    fn wrk_sends_heads_only() {
        for workload in all().filter(|workload| workload.client == Client::Wrk) {
            let posts = matches!(
                workload.heads,
                Heads::Post(..) | Heads::PostOrder(_) | Heads::PostDiffering(..)
            );
            assert!(!posts, "{}", workload.name);
        }
    }
}
