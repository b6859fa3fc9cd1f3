//! The workloads, as a table, each with its bars.

use crate::figures::Figure;
use crate::heads::Heads;

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
    /// `load paced`: a fixed rate.
    Paced,
    /// `load idle`.
    Idle,
}

/// What a figure of the subject may be at most.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) figure: Figure,
    pub(crate) limit: Limit,
}

/// A limit, and what it is a limit of.
#[derive(Debug)]
pub(crate) enum Limit {
    /// The median ratio to a peer; where `upper` is given, also the upper end of its interval.
    Ratio { peer: &'static str, at_most: f64, upper: Option<f64> },
    /// The median ratio to a peer is below one.
    Below { peer: &'static str },
    /// The median itself.
    Value(f64),
}

const fn ratio(figure: Figure, peer: &'static str, at_most: f64) -> Bar {
    Bar { figure, limit: Limit::Ratio { peer, at_most, upper: None } }
}

const FLOOR: Bar = Bar {
    figure: Figure::Cpu,
    limit: Limit::Ratio { peer: "raw-epoll", at_most: 1.05, upper: Some(1.08) },
};
const BELOW_HYPER: Bar = Bar { figure: Figure::Cpu, limit: Limit::Below { peer: "hyper" } };
const AS_HYPER: [Bar; 3] = [
    ratio(Figure::Cpu, "hyper", 1.03),
    ratio(Figure::P50, "hyper", 1.03),
    ratio(Figure::P99, "hyper", 1.15),
];

const HELLO: Workload = Workload {
    name: "hello",
    what: "GET / with Host, 64 connections",
    client: Client::Wrk,
    connections: 64,
    heads: Heads::Bare,
    depth: 1,
    rounds: 15,
    bars: &[FLOOR, BELOW_HYPER],
};

/// Every workload, in the order of the report.
pub(crate) static ALL: &[Workload] = &[
    HELLO,
    Workload {
        name: "hello-fixed",
        what: "GET / with Host, 64 connections, at a fixed rate",
        client: Client::Paced,
        ..HELLO
    },
    Workload {
        name: "hello-c1",
        what: "GET / with Host, 1 connection (latencies in nanoseconds)",
        client: Client::Closed,
        connections: 1,
        rounds: 7,
        bars: &AS_HYPER,
        ..HELLO
    },
    Workload {
        name: "hello-c1-wrk",
        what: "GET / with Host, 1 connection, wrk (latencies in whole microseconds)",
        connections: 1,
        rounds: 7,
        bars: &[],
        ..HELLO
    },
    Workload {
        name: "hello-c500",
        what: "GET / with Host, 500 connections",
        connections: 500,
        rounds: 7,
        bars: &AS_HYPER,
        ..HELLO
    },
    Workload {
        name: "browser",
        what: "a browser's twelve fields, always the same",
        heads: Heads::Browser,
        rounds: 7,
        bars: &[ratio(Figure::Cpu, "hyper", 0.88)],
        ..HELLO
    },
    Workload {
        name: "browser-differing",
        what: "a browser's twelve fields, another path and cookie each time",
        heads: Heads::BrowserDiffering,
        rounds: 7,
        bars: &[ratio(Figure::Cpu, "hyper", 0.92)],
        ..HELLO
    },
    Workload {
        name: "pipelined",
        what: "GET / with Host, 16 in each write",
        depth: 16,
        rounds: 7,
        bars: &[ratio(Figure::Cpu, "hyper", 0.70)],
        ..HELLO
    },
    Workload {
        name: "pipelined-browser",
        what: "a browser's twelve fields, always the same, 16 in each write",
        heads: Heads::Browser,
        depth: 16,
        rounds: 7,
        bars: &[ratio(Figure::Cpu, "hyper", 0.42)],
        ..HELLO
    },
    Workload {
        name: "pipelined-browser-differing",
        what: "a browser's twelve fields, another path and cookie each time, 16 in each write",
        heads: Heads::BrowserDiffering,
        depth: 16,
        rounds: 7,
        bars: &[ratio(Figure::Cpu, "hyper", 0.52)],
        ..HELLO
    },
    Workload {
        name: "idle",
        what: "10,000 kept connections, after one twelve-field GET and one 10 kB POST each",
        client: Client::Idle,
        connections: 10_000,
        heads: Heads::Browser,
        rounds: 7,
        bars: &[Bar { figure: Figure::IdleOctets, limit: Limit::Value(400.0) }],
        ..HELLO
    },
];

/// The names, for the command line.
pub(crate) fn names() -> Vec<&'static str> {
    ALL.iter().map(|workload| workload.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Every workload has a name of its own.
    #[test]
    fn names_are_unique() {
        assert_eq!(names().iter().collect::<HashSet<_>>().len(), ALL.len());
    }

    /// Only the idle workload is judged by memory, and it is by nothing else.
    #[test]
    fn bars_fit_their_workload() {
        for workload in ALL {
            for bar in workload.bars {
                let idle = bar.figure == Figure::IdleOctets;
                assert_eq!(idle, workload.client == Client::Idle, "{}", workload.name);
            }
        }
    }
}
