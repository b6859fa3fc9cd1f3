//! Small answers out of `node:http`: whole cost, cost above a raw epoll loop, latencies, pipelining,
//! bursts, and what a store and a subscriber add.

use super::{
    ARTICLES, Bar, Client, Contestant, Expect, Figure, HTTP, Heads, Limit, Program, ROUNDS, USERS,
    Workload, bun, bun_serve, cpu, nova, ratio, stock, user,
};

/// The floor sends the fields that `node:http` sends, and finds its heads with SIMD: the lower of the two
/// floors there are, so that the share above it is the larger.
const RAW: Contestant = Contestant::new(
    "raw-epoll-memmem",
    Program::Bench("raw-epoll"),
    &["--memmem", "--field", "connection: keep-alive", "--field", "keep-alive: timeout=5"],
);
const RAW_JSON: Contestant = Contestant::new(
    "raw-epoll-memmem",
    Program::Bench("raw-epoll"),
    &[
        "--memmem",
        "--field",
        "connection: keep-alive",
        "--field",
        "keep-alive: timeout=5",
        "--content-type",
        "application/json",
        "--content",
        r#"{"id":1000000,"name":"Ada Lovelace","admin":true,"agent":101,"language":"en-GB,en;q=0.9,de;q=0.8"}"#,
    ],
);

const HELLO_LINEUP: &[Contestant] = &[
    RAW,
    stock(HTTP, &["hello"]),
    bun(HTTP, &["hello"]),
    bun_serve(&["hello"]),
    nova(HTTP, &["hello"]),
];
const JSON_LINEUP: &[Contestant] = &[
    RAW_JSON,
    stock(HTTP, &["json"]),
    bun(HTTP, &["json"]),
    bun_serve(&["json"]),
    nova(HTTP, &["json"]),
];

const fn above_raw(at_most: f64) -> Bar {
    let floor = "raw-epoll-memmem";
    Bar::new(Figure::Cpu, Limit::ShareAbove { floor, peer: "node", at_most })
}

const fn against_bun_serve(at_most: f64) -> Bar {
    ratio(Figure::Cpu, "bun-serve", at_most)
}

const WHOLE: &[Bar] = &[
    cpu(0.58).on(&[20, 22, 24]),
    cpu(0.65).on(&[26]),
    Bar::new(Figure::Cpu, Limit::Below { peer: "bun-http" }),
    against_bun_serve(1.05),
];
const NOT_LATER: &[Bar] = &[ratio(Figure::P50, "node", 1.0), ratio(Figure::P99, "node", 1.0)];
const WATCHED: &[Bar] = &[Bar::new(Figure::Cpu, Limit::Plus { peer: "nova-plain", at_most: 0.5 })];

const HELLO: Workload = Workload {
    name: "node-hello",
    what: "GET / with Host, 64 connections",
    client: Client::Wrk,
    connections: 64,
    heads: Heads::Get("/"),
    depth: 1,
    expect: Expect::Hello,
    lineup: HELLO_LINEUP,
    rounds: ROUNDS,
    bars: WHOLE,
};

const JSON: Workload = Workload {
    name: "node-json",
    what: "JSON for a query string and two fields, a browser's fields, always the same",
    heads: Heads::Traced(USERS),
    expect: user("application/json"),
    lineup: JSON_LINEUP,
    bars: &[cpu(0.58), against_bun_serve(0.80), above_raw(0.30)],
    ..HELLO
};

const PIPELINED: Workload = Workload {
    name: "node-pipelined",
    what: "GET / with Host, 16 in each write",
    depth: 16,
    bars: &[cpu(0.30)],
    ..HELLO
};

const LATER: Workload = Workload {
    name: "node-async",
    what: "GET / with Host, answered behind an await",
    lineup: &[
        stock(HTTP, &["later"]),
        bun(HTTP, &["later"]),
        bun_serve(&["later"]),
        nova(HTTP, &["later"]),
    ],
    bars: &[],
    ..HELLO
};

/// With a store and a subscriber, beside the same programs without.
const HELLO_WATCHED: Workload = Workload {
    name: "node-hello-context",
    what: "GET / with Host, with an AsyncLocalStorage store and a diagnostics_channel subscriber",
    lineup: &[
        plain("node-plain", &["hello"], false),
        stock(HTTP, &["hello", "--context"]),
        plain("nova-plain", &["hello"], true),
        nova(HTTP, &["hello", "--context"]),
    ],
    bars: WATCHED,
    ..HELLO
};

const JSON_WATCHED: Workload = Workload {
    name: "node-json-context",
    what: "JSON for a query string and two fields, with a store and a subscriber",
    heads: Heads::Traced(USERS),
    expect: user("application/json"),
    lineup: &[
        plain("node-plain", &["json"], false),
        stock(HTTP, &["json", "--context"]),
        plain("nova-plain", &["json"], true),
        nova(HTTP, &["json", "--context"]),
    ],
    ..HELLO_WATCHED
};

const fn plain(name: &'static str, arguments: &'static [&'static str], door: bool) -> Contestant {
    Contestant::new(name, Program::Node { script: HTTP, flags: &[], door }, arguments)
}

pub(super) const ALL: &[Workload] = &[
    HELLO,
    Workload {
        name: "node-hello-c1",
        what: "GET / with Host, 1 connection (latencies in nanoseconds)",
        client: Client::Closed,
        connections: 1,
        bars: NOT_LATER,
        ..HELLO
    },
    Workload {
        name: "node-hello-c500",
        what: "GET / with Host, 500 connections",
        connections: 500,
        bars: &[],
        ..HELLO
    },
    Workload {
        name: "node-browser",
        what: "a browser's fields and a trace id, always the same",
        heads: Heads::Traced(ARTICLES),
        bars: &[above_raw(0.30)],
        ..HELLO
    },
    Workload {
        name: "node-browser-differing",
        what: "a browser's fields and a trace id; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(ARTICLES),
        bars: &[above_raw(0.45)],
        ..HELLO
    },
    JSON,
    Workload {
        name: "node-json-differing",
        what: "JSON for a query string and two fields; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(USERS),
        bars: &[cpu(0.65), against_bun_serve(0.95), above_raw(0.45)],
        ..JSON
    },
    Workload {
        name: "node-json-c1",
        what: "JSON for a query string and two fields, 1 connection (latencies in nanoseconds)",
        client: Client::Closed,
        connections: 1,
        bars: NOT_LATER,
        ..JSON
    },
    Workload {
        name: "node-json-c500",
        what: "JSON for a query string and two fields, 500 connections",
        connections: 500,
        bars: &[],
        ..JSON
    },
    PIPELINED,
    Workload {
        name: "node-pipelined-differing",
        what: "a browser's fields and a trace id, 16 in each write; path, cookie, trace id differ",
        heads: Heads::TracedDiffering(ARTICLES),
        ..PIPELINED
    },
    LATER,
    Workload {
        name: "node-async-differing",
        what: "the same with a browser's fields; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(ARTICLES),
        ..LATER
    },
    Workload {
        name: "node-burst",
        what: "64 requests at one instant, each handler computes for 1 ms",
        client: Client::Burst,
        expect: Expect::HelloAfter(agreed::NAP),
        lineup: &[stock(HTTP, &["busy"]), bun(HTTP, &["busy"]), nova(HTTP, &["busy"])],
        bars: &[ratio(Figure::First, "node", 1.0), ratio(Figure::P50, "node", 1.0)],
        ..HELLO
    },
    HELLO_WATCHED,
    Workload {
        name: "node-hello-context-differing",
        what: "the same with a browser's fields; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(ARTICLES),
        ..HELLO_WATCHED
    },
    JSON_WATCHED,
    Workload {
        name: "node-json-context-differing",
        what: "JSON with a store and a subscriber; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(USERS),
        ..JSON_WATCHED
    },
];
