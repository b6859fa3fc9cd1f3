//! What clients do wrong: they reset, end too early, break rules and send too much.

use nova_http::Gone;
use nova_http::Limits;
use nova_http::Phase::{Answer, Content, Handler, Handshake, Head, Idle, Linger, Tunnel};
use nova_http::Reason::{Incomplete, Malformed, Reset, TooLarge};

use crate::Case;
use crate::rig::{Rig, Saw};

/// A server that takes four octets of content.
fn small() -> Rig {
    let mut limits = Limits::default();
    limits.message.content_bytes = 4;
    Rig::with(limits)
}

fn proxied() -> Rig {
    Rig::proxied(Limits::default())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = resets();
    cases.extend(ends());
    cases.extend(faults());
    cases
}

fn resets() -> Vec<Case> {
    let reset = |cell, rig, provoke, told| Case { cell, rig, provoke, client: Saw::Reset, told };
    vec![
        reset(
            (Reset, Handshake),
            proxied,
            |it| {
                it.send("PROXY TCP4 ");
                it.client.reset();
            },
            None,
        ),
        reset(
            (Reset, Idle),
            Rig::new,
            |it| {
                it.get("/hello");
                it.client.reset();
            },
            Some((Some(200), None, 5)),
        ),
        reset(
            (Reset, Head),
            Rig::new,
            |it| {
                it.send("GET");
                it.client.reset();
            },
            None,
        ),
        reset(
            (Reset, Content),
            Rig::new,
            |it| {
                it.post("/", 100, "abc");
                it.client.reset();
            },
            Some((None, Some(Gone::Reset), 0)),
        ),
        reset(
            (Reset, Handler),
            Rig::new,
            |it| {
                it.get("/never");
                it.client.reset();
            },
            Some((None, Some(Gone::Reset), 0)),
        ),
        reset(
            (Reset, Answer),
            Rig::new,
            |it| {
                it.get("/stream/wait");
                it.client.reset();
            },
            Some((Some(200), Some(Gone::Reset), 4)),
        ),
        reset(
            (Reset, Tunnel),
            Rig::new,
            |it| {
                it.tunnel();
                it.client.reset();
            },
            Some((Some(101), None, 0)),
        ),
        reset(
            (Reset, Linger),
            Rig::new,
            |it| {
                // Behind content, a client's own close is not taken at its word.
                it.send(
                    "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1",
                );
                it.client.reset();
            },
            Some((Some(200), None, 5)),
        ),
    ]
}

fn ends() -> Vec<Case> {
    vec![
        Case {
            cell: (Incomplete, Handshake),
            rig: proxied,
            provoke: |it| {
                it.send("PROXY TCP4 ");
                it.client.shutdown();
            },
            client: Saw::SilentEnd,
            told: None,
        },
        Case {
            cell: (Incomplete, Head),
            rig: Rig::new,
            provoke: |it| {
                it.send("GET / HT");
                it.client.shutdown();
            },
            client: Saw::Closed(400),
            told: None,
        },
        Case {
            cell: (Incomplete, Content),
            rig: Rig::new,
            provoke: |it| {
                it.post("/", 100, "abc");
                it.client.shutdown();
            },
            client: Saw::Closed(400),
            told: Some((Some(400), Some(Gone::Incomplete), 0)),
        },
        Case {
            cell: (Incomplete, Answer),
            rig: Rig::new,
            provoke: |it| {
                it.post("/early", 100, "abc");
                it.client.shutdown();
            },
            client: Saw::Reset,
            told: Some((Some(200), Some(Gone::Incomplete), 4)),
        },
    ]
}

fn faults() -> Vec<Case> {
    vec![
        Case {
            cell: (Malformed, Head),
            rig: Rig::new,
            provoke: |it| it.send("GET / HTTP/1.1\r\n\r\n"),
            client: Saw::Closed(400),
            told: None,
        },
        Case {
            cell: (Malformed, Content),
            rig: Rig::new,
            provoke: |it| it.chunked("/", "3\r\nabc\r\nnone\r\n"),
            client: Saw::Closed(400),
            told: Some((Some(400), Some(Gone::Refused), 0)),
        },
        Case {
            cell: (Malformed, Answer),
            rig: Rig::new,
            provoke: |it| it.chunked("/early", "3\r\nabc\r\nnone\r\n"),
            client: Saw::Reset,
            told: Some((Some(200), Some(Gone::Refused), 4)),
        },
        Case {
            cell: (TooLarge, Head),
            rig: Rig::new,
            provoke: |it| it.get(&format!("/{}", "a".repeat(100_000))),
            client: Saw::Closed(414),
            told: None,
        },
        Case {
            cell: (TooLarge, Content),
            rig: small,
            provoke: |it| it.post("/", 5, "abc"),
            client: Saw::Closed(413),
            told: Some((Some(413), Some(Gone::Refused), 0)),
        },
        Case {
            cell: (TooLarge, Answer),
            rig: small,
            provoke: |it| it.chunked("/early", "5\r\nhello\r\n"),
            client: Saw::Reset,
            told: Some((Some(200), Some(Gone::Refused), 4)),
        },
    ]
}
