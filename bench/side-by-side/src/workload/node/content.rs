//! Content that a handler reads by `data` and `end`, and an answer that it writes in pieces.

use agreed::{PIECE, PIECES};

use super::{
    Client, Contestant, Expect, HTTP, Heads, ROUNDS, Workload, bun, bun_serve, cpu, nova, stock,
};

const POST_LINEUP: &[Contestant] =
    &[stock(HTTP, &["post"]), bun(HTTP, &["post"]), bun_serve(&["post"]), nova(HTTP, &["post"])];

const POST_1K: Workload = Workload {
    name: "node-post-1k",
    what: "POST of 1,000 octets read by data and end, 64 connections",
    client: Client::Closed,
    connections: 64,
    heads: Heads::Post("/orders", 1_000),
    depth: 1,
    expect: Expect::Counted(1_000),
    lineup: POST_LINEUP,
    rounds: ROUNDS,
    bars: &[cpu(0.65)],
};

const POST_100K: Workload = Workload {
    name: "node-post-100k",
    what: "POST of 100,000 octets read by data and end, 16 connections",
    connections: 16,
    heads: Heads::Post("/orders", 100_000),
    expect: Expect::Counted(100_000),
    bars: &[cpu(0.90)],
    ..POST_1K
};

const STREAM: Workload = Workload {
    name: "node-stream-1m",
    what: "an answer of 1 MiB, written in pieces of 64 KiB with back-pressure, 16 connections",
    connections: 16,
    heads: Heads::Get("/stream"),
    expect: Expect::Stream { piece: &PIECE, times: PIECES },
    lineup: &[
        stock(HTTP, &["stream"]),
        bun(HTTP, &["stream"]),
        bun_serve(&["stream"]),
        nova(HTTP, &["stream"]),
    ],
    bars: &[cpu(0.90)],
    ..POST_1K
};

pub(super) const ALL: &[Workload] = &[
    POST_1K,
    Workload {
        name: "node-post-1k-differing",
        what: "the same with a browser's fields; path, cookie and trace id differ each time",
        heads: Heads::PostDiffering("/orders/", 1_000),
        ..POST_1K
    },
    POST_100K,
    Workload {
        name: "node-post-100k-differing",
        what: "the same with a browser's fields; path, cookie and trace id differ, out of 83",
        heads: Heads::PostDiffering("/orders/", 100_000),
        ..POST_100K
    },
    STREAM,
    Workload {
        name: "node-stream-1m-differing",
        what: "the same with a browser's fields; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering("/streams/"),
        ..STREAM
    },
];
