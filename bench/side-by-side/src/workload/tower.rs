//! One axum router behind three front doors: Nova's, axum's own, and hyper's.
//!
//! The router is that of the example `axum_hello`, which is also what is measured as `nova`.

use agreed::NAP;

use super::{Bar, Client, Limit, Workload, ratio};
use crate::expect::Expect;
use crate::figures::Figure;
use crate::heads::Heads;
use crate::peer::{Contestant, Program};

const LINEUP: &[Contestant] = &[
    Contestant::new("axum", Program::Bench("axum-peer"), &["--door", "axum"]),
    Contestant::new("axum-on-hyper", Program::Bench("axum-peer"), &["--door", "hyper"]),
    Contestant::new("nova", Program::Example("axum_hello"), &[]),
    // The rivals' own program with Nova in it.
    Contestant::new("nova-in-peer", Program::Bench("axum-peer"), &["--door", "nova"]).on_demand(),
];

const HELLO: &str = "Hello, World!";

/// What `/json/{id}` answers, around the number.
const USER: Expect = Expect::Json {
    of: "application/json",
    before: r#"{"id":"#,
    digits: 7,
    after: r#","name":"Ada Lovelace","admin":true,"tags":["first","of","all"]}"#,
};

const fn cpu(peer: &'static str, at_most: f64) -> Bar {
    ratio(Figure::Cpu, peer, at_most)
}

const UNPIPELINED: [Bar; 2] = [cpu("axum", 0.94), ratio(Figure::P99, "axum", 1.10)];
const PIPELINED: [Bar; 2] = [cpu("axum", 0.25), cpu("axum-on-hyper", 0.80)];

const AXUM_HELLO: Workload = Workload {
    name: "axum-hello",
    what: "GET / with Host, answered by an axum router, 64 connections",
    client: Client::Wrk,
    connections: 64,
    heads: Heads::Get("/"),
    depth: 1,
    expect: Expect::Text(HELLO),
    lineup: LINEUP,
    rounds: 7,
    bars: &UNPIPELINED,
};

const AXUM_JSON: Workload = Workload {
    name: "axum-json",
    what: "JSON for a path parameter, a browser's twelve fields, all differing, 64 connections",
    heads: Heads::JsonDiffering,
    expect: USER,
    ..AXUM_HELLO
};

const AXUM_POST: Workload = Workload {
    name: "axum-post-10k",
    what: "POST of 10,000 octets that the handler gets as Bytes, 64 connections",
    client: Client::Closed,
    heads: Heads::Post("/post", 10_000),
    expect: Expect::Text("10000 octets"),
    bars: &[cpu("axum", 0.92)],
    ..AXUM_HELLO
};

/// The workloads of the front door, in the order of the report.
pub(crate) static ALL: &[Workload] = &[
    AXUM_HELLO,
    Workload {
        name: "axum-hello-c500",
        what: "GET / with Host, answered by an axum router, 500 connections",
        connections: 500,
        ..AXUM_HELLO
    },
    AXUM_JSON,
    Workload {
        name: "axum-json-c500",
        what: "JSON for a path parameter, a browser's twelve fields, all differing, 500 connections",
        connections: 500,
        ..AXUM_JSON
    },
    Workload {
        name: "axum-pipelined",
        what: "GET / with Host, answered by an axum router, 16 in each write",
        depth: 16,
        bars: &PIPELINED,
        ..AXUM_HELLO
    },
    Workload {
        name: "axum-json-pipelined",
        what: "JSON for a path parameter, twelve fields, all differing, 16 in each write",
        depth: 16,
        bars: &PIPELINED,
        ..AXUM_JSON
    },
    AXUM_POST,
    Workload {
        name: "axum-json-10k",
        what: "POST of 10,000 octets of JSON that the handler gets as a structure, 64 connections",
        heads: Heads::PostOrder("/orders"),
        expect: Expect::Text("624 things, 5408 letters"),
        bars: &[cpu("axum", 0.98)],
        ..AXUM_POST
    },
    Workload {
        name: "axum-sleep",
        what: "GET answered by a handler that sleeps for 1 ms on Tokio's clock, 500 connections",
        connections: 500,
        heads: Heads::Get("/sleep"),
        expect: Expect::TextAfter(HELLO, NAP),
        bars: &[cpu("axum", 1.05)],
        ..AXUM_HELLO
    },
    Workload {
        name: "axum-idle",
        what: "10,000 kept connections, after one twelve-field GET and one 10 kB POST each",
        client: Client::Idle,
        connections: 10_000,
        heads: Heads::Browser,
        bars: &[Bar::new(Figure::IdleOctets, Limit::Value(700.0))],
        ..AXUM_HELLO
    },
];
