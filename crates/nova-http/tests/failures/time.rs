//! What takes too long: octets that do not come, answers that do not, clients that do not take them.

use std::time::Duration;

use nova_http::Phase::{Answer, Content, Handler, Handshake, Head, Tunnel};
use nova_http::Reason::{Stalled, TimedOut};
use nova_http::{Gone, Limits};

use crate::Case;
use crate::rig::{Rig, Saw};

/// Everything that has no bound by default has one of this.
const SPAN: Duration = Duration::from_secs(20);

fn bounded() -> Rig {
    Rig::with(Limits { handler: SPAN, tunnel_silence: SPAN, ..Limits::default() })
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = late();
    cases.extend(stalls());
    cases
}

fn late() -> Vec<Case> {
    vec![
        Case {
            cell: (TimedOut, Handshake),
            rig: || Rig::proxied(Limits::default()),
            provoke: |it| {
                it.send("PROXY TCP4 ");
                it.pass(Limits::default().head);
            },
            client: Saw::SilentEnd,
            told: None,
        },
        Case {
            cell: (TimedOut, Head),
            rig: Rig::new,
            provoke: |it| {
                it.send("GET");
                it.pass(Limits::default().head);
            },
            client: Saw::Closed(408),
            told: None,
        },
        Case {
            cell: (TimedOut, Content),
            rig: Rig::new,
            provoke: |it| {
                it.post("/", 100, "abc");
                it.pass(Limits::default().content_silence);
            },
            client: Saw::Closed(408),
            told: Some((Some(408), Some(Gone::Expired), 0)),
        },
        Case {
            cell: (TimedOut, Handler),
            rig: bounded,
            provoke: |it| {
                it.get("/never");
                it.pass(SPAN);
            },
            client: Saw::Closed(503),
            told: Some((Some(503), Some(Gone::Expired), 0)),
        },
        Case {
            cell: (TimedOut, Answer),
            rig: bounded,
            provoke: |it| {
                it.get("/stream/wait");
                it.pass(SPAN);
            },
            client: Saw::Reset,
            told: Some((Some(200), Some(Gone::Expired), 4)),
        },
        Case {
            cell: (TimedOut, Tunnel),
            rig: bounded,
            provoke: |it| {
                it.tunnel();
                it.pass(SPAN);
            },
            client: Saw::Reset,
            told: Some((Some(101), None, 0)),
        },
    ]
}

fn stalls() -> Vec<Case> {
    vec![
        Case {
            cell: (Stalled, Answer),
            rig: Rig::new,
            provoke: |it| {
                it.client.set_window(1_000);
                it.get("/large");
                it.pass(Limits::default().write_stall);
            },
            client: Saw::Reset,
            told: Some((Some(200), None, 1 << 20)),
        },
        Case {
            cell: (Stalled, Tunnel),
            rig: Rig::new,
            provoke: |it| {
                it.tunnel();
                it.client.set_window(1_000);
                it.send("large");
                it.pass(Limits::default().write_stall);
            },
            client: Saw::Reset,
            told: Some((Some(101), None, 0)),
        },
    ]
}

/// A handler that wants no content is late by itself: its client is not blamed for what nobody reads.
#[test]
fn who_reads_nothing_is_waited_for_in_the_handler() {
    let mut rig = bounded();
    rig.post("/unread", 100, "abc");
    rig.pass(SPAN);
    rig.settle();
    assert_eq!(rig.saw(), Saw::Closed(503));
    let cells: Vec<_> = rig.bench.total().failures.all().collect();
    assert_eq!(cells, [(TimedOut, Handler, 1)]);
}
