//! The runtime: connections that come and go, content in both directions, futures, several workers.

use agreed::{COUNT, NAP, PIECE, PIECES, POST, SLEEP, STREAM};

use super::{Bar, Client, Workload, ratio};
use crate::expect::Expect;
use crate::figures::Figure;
use crate::heads::Heads;
use crate::peer::{Contestant, Program};

const HYPER: Contestant = Contestant::new("hyper", Program::Bench("hyper-peer"), &[]);
const SYNC: Contestant = Contestant::new("nova", Program::Bench("nova-peer"), &["--sync"]);
const ON_TOKIO: Contestant =
    Contestant::new("nova-tokio", Program::Bench("nova-peer"), &["--tokio"]);

const fn cpu(peer: &'static str, at_most: f64) -> Bar {
    ratio(Figure::Cpu, peer, at_most)
}

const POST_10K: Workload = Workload {
    name: "post-10k",
    what: "POST of 10,000 octets that the handler gets as one slice, 64 connections",
    client: Client::Closed,
    connections: 64,
    heads: Heads::Post(POST, 10_000),
    depth: 1,
    expect: Expect::Counted(10_000),
    lineup: &[HYPER, SYNC, ON_TOKIO],
    rounds: 7,
    bars: &[cpu("hyper", 0.95)],
};

const POST_100K: Workload = Workload {
    name: "post-100k",
    what: "POST of 100,000 octets that the handler gets as one slice, 16 connections",
    connections: 16,
    heads: Heads::Post(POST, 100_000),
    expect: Expect::Counted(100_000),
    ..POST_10K
};

const ASYNC_HELLO: Workload = Workload {
    name: "async-hello",
    what: "GET / with Host, answered by a future that is ready at once, 64 connections",
    client: Client::Wrk,
    heads: Heads::Get("/"),
    expect: Expect::Hello,
    lineup: &[
        HYPER,
        Contestant::new("nova-sync", Program::Bench("nova-peer"), &["--sync"]),
        Contestant::new("nova", Program::Bench("nova-peer"), &["--async"]),
        ON_TOKIO,
    ],
    bars: &[cpu("nova-sync", 1.05)],
    ..POST_10K
};

/// The workloads of the runtime, in the order of the report.
pub(crate) static ALL: &[Workload] = &[
    Workload {
        name: "close",
        what: "a new connection for each GET with Host and Connection: close, 64 at a time",
        client: Client::Fresh,
        heads: Heads::GetAndClose,
        expect: Expect::HelloAndEnd,
        lineup: &[
            Contestant::new("raw-epoll", Program::Bench("raw-epoll"), &["--close"]),
            HYPER,
            Contestant::new("nginx", Program::Nginx, &[]),
            SYNC,
        ],
        bars: &[cpu("hyper", 0.80)],
        ..POST_10K
    },
    POST_10K,
    POST_100K,
    Workload {
        name: "post-100k-pieces",
        what: "POST of 100,000 octets that the handler counts as they come, 16 connections",
        heads: Heads::Post(COUNT, 100_000),
        ..POST_100K
    },
    Workload {
        name: "stream-1m",
        what: "an answer of 1 MiB in chunks, written in pieces of 64 KiB, 16 connections",
        connections: 16,
        heads: Heads::Get(STREAM),
        expect: Expect::Stream { piece: &PIECE, times: PIECES },
        lineup: &[
            Contestant::new("hyper", Program::Bench("hyper-peer"), &["--no-pipeline-flush"]),
            Contestant::new("hyper-flattened", Program::Bench("hyper-peer"), &[]),
            SYNC,
            ON_TOKIO,
        ],
        bars: &[cpu("hyper", 0.95), cpu("hyper-flattened", 0.95)],
        ..POST_10K
    },
    ASYNC_HELLO,
    Workload {
        name: "async-sleep",
        what: "GET answered by a future that sleeps for 1 ms on Tokio's clock, 500 connections",
        connections: 500,
        heads: Heads::Get(SLEEP),
        expect: Expect::HelloAfter(NAP),
        lineup: &[
            HYPER,
            Contestant::new("nova", Program::Bench("nova-peer"), &["--tokio"]),
            Contestant::new("nova-own-clock", Program::Bench("nova-peer"), &["--async"]),
        ],
        bars: &[cpu("hyper", 1.05)],
        ..ASYNC_HELLO
    },
    Workload {
        name: "two-workers",
        what: "GET / with Host, 2 threads, 64 connections, at 60 % of saturation",
        client: Client::PacedBelow(60),
        lineup: &[
            Contestant::new("hyper", Program::Bench("hyper-peer"), &["--threads", "2"]),
            Contestant::new("nova", Program::Bench("nova-peer"), &["--sync", "--workers", "2"]),
        ],
        bars: &[cpu("hyper", 0.97)],
        ..ASYNC_HELLO
    },
];
