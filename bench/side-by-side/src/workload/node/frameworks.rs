//! Express 5, alone and behind five common middlewares, Fastify and Koa.

use super::{
    ARTICLES, Bar, Client, Contestant, Expect, Figure, Heads, Limit, Program, ROUNDS, Script,
    USERS, Workload, bun, cpu, nova, ratio, stock, user,
};

const EXPRESS: Script = Script { file: "express.js", package: Some("express") };
const FASTIFY: Script = Script { file: "fastify.js", package: Some("fastify") };
const KOA: Script = Script { file: "koa.js", package: Some("koa") };

/// What all three frameworks call JSON.
const JSON: &str = "application/json; charset=utf-8";

/// Stock Node, told to make messages with the prototypes that Express wants: what an expert could do
/// without any engine. On 20 and 22 that is most of what can be gained.
const PREPARED: Contestant = Contestant::new(
    "node-prepared",
    Program::Node { script: EXPRESS, flags: &[], door: false },
    &["hello", "--prototypes"],
);

const EXPRESS_HELLO: Workload = Workload {
    name: "node-express",
    what: "GET / with Host, answered by an Express 5 application, 64 connections",
    client: Client::Wrk,
    connections: 64,
    heads: Heads::Get("/"),
    depth: 1,
    expect: Expect::Text("Hello World"),
    lineup: &[
        stock(EXPRESS, &["hello"]),
        PREPARED,
        bun(EXPRESS, &["hello"]),
        nova(EXPRESS, &["hello"]),
    ],
    rounds: ROUNDS,
    bars: &[
        cpu(0.20).on(&[20, 22]),
        ratio(Figure::Cpu, "node-prepared", 0.55).on(&[20, 22]),
        cpu(0.60).on(&[24]),
        cpu(0.68).on(&[26]),
        Bar::new(Figure::Cpu, Limit::Below { peer: "bun-http" }),
    ],
};

const EXPRESS_JSON: Workload = Workload {
    name: "node-express-middlewares",
    what: "JSON behind helmet, cors, compression, cookie-parser and express.json, a browser's fields",
    heads: Heads::Traced(USERS),
    expect: user(JSON),
    lineup: &[stock(EXPRESS, &["json"]), bun(EXPRESS, &["json"]), nova(EXPRESS, &["json"])],
    bars: &[cpu(0.85).on(&[24, 26])],
    ..EXPRESS_HELLO
};

const FASTIFY_JSON: Workload = Workload {
    name: "node-fastify",
    what: "JSON by Fastify with a schema, a browser's fields, 64 connections",
    lineup: &[stock(FASTIFY, &["json"]), bun(FASTIFY, &["json"]), nova(FASTIFY, &["json"])],
    bars: &[cpu(0.65).on(&[20, 22, 24]), cpu(0.75).on(&[26])],
    ..EXPRESS_JSON
};

const KOA_JSON: Workload = Workload {
    name: "node-koa",
    what: "JSON by Koa, a browser's fields, 64 connections",
    lineup: &[stock(KOA, &["json"]), bun(KOA, &["json"]), nova(KOA, &["json"])],
    ..FASTIFY_JSON
};

pub(super) const ALL: &[Workload] = &[
    EXPRESS_HELLO,
    Workload {
        name: "node-express-differing",
        what: "a route of Express 5, a browser's fields; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(ARTICLES),
        ..EXPRESS_HELLO
    },
    EXPRESS_JSON,
    Workload {
        name: "node-express-middlewares-differing",
        what: "the same; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(USERS),
        ..EXPRESS_JSON
    },
    FASTIFY_JSON,
    Workload {
        name: "node-fastify-differing",
        what: "the same; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(USERS),
        ..FASTIFY_JSON
    },
    KOA_JSON,
    Workload {
        name: "node-koa-differing",
        what: "the same; path, cookie and trace id differ each time",
        heads: Heads::TracedDiffering(USERS),
        ..KOA_JSON
    },
];
