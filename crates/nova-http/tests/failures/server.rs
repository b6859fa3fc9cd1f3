//! What the server itself does: it stops, runs out of memory, and refuses.

use std::time::Duration;

use nova_http::Phase::{Accept, Answer, Content, Handler, Handshake, Head, Idle, Tunnel};
use nova_http::Reason::{Crowded, Shed, Stopped, Unopened};
use nova_http::{Gone, Limits};

use crate::Case;
use crate::rig::{Rig, Saw};

fn stop(it: &mut Rig) {
    it.bench.stop(Duration::from_secs(1));
    it.bench.settle();
    it.pass(Duration::from_secs(1));
}

/// Less memory than the smallest buffer.
fn bytes() -> Limits {
    Limits { buffer_bytes: 100, ..Limits::default() }
}

fn tight() -> Rig {
    Rig::with(bytes())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = stops();
    cases.extend(sheds());
    cases.push(Case {
        cell: (Crowded, Accept),
        rig: || Rig::with(Limits { connections_per_address: 1, ..Limits::default() }),
        provoke: Rig::another,
        client: Saw::SilentEnd,
        told: None,
    });
    cases.push(Case {
        cell: (Unopened, Handshake),
        rig: || Rig::proxied(Limits::default()),
        provoke: |it| it.get("/hello"),
        client: Saw::SilentEnd,
        told: None,
    });
    cases
}

fn stops() -> Vec<Case> {
    let case =
        |cell, provoke, told| Case { cell, rig: Rig::new, provoke, client: Saw::Reset, told };
    let unanswered = Some((None, Some(Gone::Stopped), 0));
    vec![
        case(
            (Stopped, Head),
            |it| {
                it.send("GET");
                stop(it);
            },
            None,
        ),
        case(
            (Stopped, Content),
            |it| {
                it.post("/", 100, "abc");
                stop(it);
            },
            unanswered,
        ),
        case(
            (Stopped, Handler),
            |it| {
                it.get("/never");
                stop(it);
            },
            unanswered,
        ),
        case(
            (Stopped, Answer),
            |it| {
                it.get("/stream/wait");
                stop(it);
            },
            Some((Some(200), Some(Gone::Stopped), 4)),
        ),
        case(
            (Stopped, Tunnel),
            |it| {
                it.tunnel();
                stop(it);
            },
            Some((Some(101), None, 0)),
        ),
    ]
}

fn sheds() -> Vec<Case> {
    let case = |cell, rig, provoke, client, told| Case { cell, rig, provoke, client, told };
    let answered = Some((Some(503), Some(Gone::Shed), 0));
    vec![
        case(
            (Shed, Handshake),
            || Rig::proxied(bytes()),
            |it| it.send("PROXY TCP4 "),
            Saw::Reset,
            None,
        ),
        // A request that waits for its turn.
        case(
            (Shed, Idle),
            || Rig::with(Limits { requests_per_turn: 1, ..bytes() }),
            |it| it.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2)),
            Saw::Closed(503),
            Some((Some(200), None, 5)),
        ),
        case((Shed, Head), tight, |it| it.send("GET"), Saw::Closed(503), None),
        case(
            (Shed, Content),
            tight,
            |it| it.post("/", 1_000, &"x".repeat(500)),
            Saw::Closed(503),
            answered,
        ),
        // What follows a request waits, too.
        case(
            (Shed, Handler),
            tight,
            |it| it.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\nGET"),
            Saw::Closed(503),
            answered,
        ),
        case(
            (Shed, Answer),
            tight,
            |it| it.send("GET /stream/wait HTTP/1.1\r\nHost: h\r\n\r\nGET"),
            Saw::Reset,
            Some((Some(200), Some(Gone::Shed), 4)),
        ),
        case(
            (Shed, Tunnel),
            tight,
            |it| {
                it.tunnel();
                it.send("enough");
            },
            Saw::Reset,
            Some((Some(101), None, 0)),
        ),
    ]
}
