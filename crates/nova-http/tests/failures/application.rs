//! What applications do wrong.

use nova_http::Gone;
use nova_http::Phase::{Answer, Handler, Tunnel};
use nova_http::Reason::{Aborted, BrokenPromise, InvalidAnswer, Panicked, Unanswered};

use crate::Case;
use crate::rig::{Rig, Saw};

const CUT: Option<(Option<u16>, Option<Gone>, u64)> = Some((Some(200), Some(Gone::Aborted), 4));
const REPLACED: Option<(Option<u16>, Option<Gone>, u64)> =
    Some((Some(500), Some(Gone::Aborted), 0));
const TUNNEL: Option<(Option<u16>, Option<Gone>, u64)> = Some((Some(101), None, 0));

pub(crate) fn cases() -> Vec<Case> {
    let case = |cell, provoke, client, told| Case { cell, rig: Rig::new, provoke, client, told };
    vec![
        case((Panicked, Handler), |it| it.get("/panic"), Saw::Closed(500), REPLACED),
        case((Panicked, Answer), |it| it.get("/stream/panic"), Saw::Reset, CUT),
        case(
            (Panicked, Tunnel),
            |it| {
                it.tunnel();
                it.send("panic");
            },
            Saw::Reset,
            TUNNEL,
        ),
        case(
            (Unanswered, Handler),
            |it| {
                it.get("/never");
                drop(it.responder());
            },
            Saw::Kept(500),
            REPLACED,
        ),
        // The handler's response is replaced by one of its own; that is a whole answer.
        case((InvalidAnswer, Handler), |it| it.get("/invalid"), Saw::Kept(500), REPLACED),
        case((InvalidAnswer, Answer), |it| it.get("/stream/trailers"), Saw::Reset, CUT),
        case((BrokenPromise, Answer), |it| it.get("/promise"), Saw::Reset, CUT),
        case((Aborted, Handler), |it| it.post("/abort", 100, ""), Saw::Kept(500), REPLACED),
        case((Aborted, Answer), |it| it.get("/stream/abort"), Saw::Reset, CUT),
        case(
            (Aborted, Tunnel),
            |it| {
                it.tunnel();
                it.send("abort");
            },
            Saw::Reset,
            TUNNEL,
        ),
    ]
}

/// An answer that a thread gives and HTTP does not allow is one failure, not two.
#[test]
fn an_invalid_deferred_answer_counts_once() {
    let mut rig = Rig::new();
    rig.get("/never");
    let answer = nova_http::OwnedAnswer::text("x").field("x", "a\r\nb: c");
    rig.responder().respond(answer).unwrap();
    rig.settle();
    assert_eq!(rig.saw(), Saw::Kept(500));
    let cells: Vec<_> = rig.bench.total().failures.all().collect();
    assert_eq!(cells, [(InvalidAnswer, Handler, 1)]);
}

/// What an answer owes is still sent after the application has broken it off; a client that does not
/// take it is not a second failure.
#[test]
fn a_broken_answer_that_is_not_taken_counts_once() {
    let mut rig = Rig::new();
    rig.client.set_window(10);
    rig.get("/promise");
    rig.pass(nova_http::Limits::default().write_stall);
    rig.settle();
    assert_eq!(rig.saw(), Saw::Reset);
    let cells: Vec<_> = rig.bench.total().failures.all().collect();
    assert_eq!(cells, [(BrokenPromise, Answer, 1)]);
}
