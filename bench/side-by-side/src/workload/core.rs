//! The core: small answers, heads short and long, alone and pipelined, connections that keep silent.

use super::{Bar, Client, Limit, Workload, ratio};
use crate::expect::Expect;
use crate::figures::Figure;
use crate::heads::Heads;
use crate::peer::{Contestant, Program};

const LINEUP: &[Contestant] = &[
    Contestant::new("raw-epoll", Program::Bench("raw-epoll"), &[]),
    Contestant::new("raw-epoll-memmem", Program::Bench("raw-epoll"), &["--memmem"]),
    Contestant::new("hyper", Program::Bench("hyper-peer"), &[]),
    Contestant::new("hyper-no-timer", Program::Bench("hyper-peer"), &["--no-timer"]).on_demand(),
    Contestant::new("may", Program::Bench("may-peer"), &[]),
    Contestant::new("nova", Program::Nova, &["hello", "--workers", "1"]),
];

const FLOOR: Bar =
    Bar::new(Figure::Cpu, Limit::Ratio { peer: "raw-epoll", at_most: 1.05, upper: Some(1.08) });
const BELOW_HYPER: Bar = Bar::new(Figure::Cpu, Limit::Below { peer: "hyper" });
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
    heads: Heads::Get("/"),
    depth: 1,
    expect: Expect::Hello,
    lineup: LINEUP,
    rounds: 15,
    bars: &[FLOOR, BELOW_HYPER],
};

/// The workloads of the core, in the order of the report.
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
        bars: &[Bar::new(Figure::IdleOctets, Limit::Value(400.0))],
        ..HELLO
    },
];
