//! What a connection holds that keeps silent: before its first request, after it, and with its socket
//! touched by the handler.

use super::{Bar, Client, Expect, Figure, HTTP, Heads, Limit, Program, ROUNDS, Workload};
use crate::peer::Contestant;

/// Garbage is collected on demand, and the space for new objects keeps its size: otherwise it grows while
/// connections come, to what a busy server needs, and is counted as theirs.
const FLAGS: &[&str] = &["--expose-gc", "--max-semi-space-size=1"];

const fn patient(name: &'static str, arguments: &'static [&'static str], door: bool) -> Contestant {
    Contestant::new(name, Program::Node { script: HTTP, flags: FLAGS, door }, arguments)
}

const fn at_most(octets: f64) -> Bar {
    Bar::new(Figure::IdleOctets, Limit::Value(octets))
}

const AFTER: Workload = Workload {
    name: "node-idle",
    what: "10,000 kept connections, after one GET with a browser's fields each, garbage collected",
    client: Client::Collected { silent: false },
    connections: 10_000,
    heads: Heads::Traced(super::ARTICLES),
    depth: 1,
    expect: Expect::Hello,
    lineup: &[
        patient("node", &["hello", "--idle"], false),
        patient("nova", &["hello", "--idle"], true),
    ],
    rounds: ROUNDS,
    bars: &[at_most(1_000.0)],
};

pub(super) const ALL: &[Workload] = &[
    Workload {
        name: "node-idle-silent",
        what: "10,000 connections that have not sent anything yet, garbage collected",
        client: Client::Collected { silent: true },
        bars: &[at_most(500.0)],
        ..AFTER
    },
    AFTER,
    Workload {
        name: "node-idle-touched",
        what: "10,000 kept connections, after one GET each whose handler used its socket",
        lineup: &[
            patient("node", &["touched", "--idle"], false),
            patient("nova", &["touched", "--idle"], true),
        ],
        bars: &[at_most(2_500.0)],
        ..AFTER
    },
];
