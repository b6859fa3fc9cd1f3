//! How connections end: each end that is not the client's own has a reason in the story.

use std::rc::Rc;

use ledger::Standing;
use nova_http::{Failed, Phase, Reason};

use super::Oracle;
use crate::play::{Asked, Books, Conn, Facts, Got, Over};
use crate::story::{Due, Request};

/// The connection is over: what becomes of the requests that were not answered.
pub(crate) fn ended(conn: &mut Conn, over: Over, name: &str, facts: &Facts<'_>, books: &Rc<Books>) {
    let explained = if over == Over::Left { Ok(()) } else { explain(conn, over, facts, books) };
    if let Err(what) = &explained {
        let asked: Vec<_> = conn.asked.iter().map(|asked| asked.request.to_string()).collect();
        let asked = asked.join("; ");
        books.wrong(Oracle::Ledger, format!("{name}: {over:?} although {what}; asked: {asked}"));
    }
    for asked in conn.asked.drain(..) {
        match over {
            Over::Left => books.ledger.left(asked.mark),
            // The server has made an error of it, or has never read it whole; both are explained.
            Over::Ended | Over::Reset if explained.is_ok() => {
                if !matches!(books.ledger.standing(asked.mark), Some(Standing::Apart { .. })) {
                    books.ledger.refused(asked.mark);
                }
            }
            Over::Ended | Over::Reset => {}
        }
    }
}

fn explain(conn: &Conn, over: Over, facts: &Facts<'_>, books: &Books) -> Result<(), String> {
    if over == Over::Reset
        && let Some(passed_over) = passed_over(conn, facts)
    {
        return Err(format!("{passed_over} came before what has failed, and was not answered"));
    }
    // What it had not read when the reset came is lost, and with it the reason.
    if conn.broken || conn.overran || (over == Over::Reset && conn.lagged) {
        return Ok(());
    }
    if over == Over::Ended && conn.reader.is_within() {
        return Err("an answer is not complete: only a reset may cut it".into());
    }
    if conn.closes {
        return Ok(());
    }
    if !is_cut_off(facts) && owes_an_error(conn, books) {
        return Err("500 was due".into());
    }
    if !conn.failures.is_empty() {
        return Ok(());
    }
    if let Some(tunnel) = &conn.tunnel {
        return match (over, conn.ended, tunnel.heard == conn.said(tunnel)) {
            (Over::Ended, true, true) => Ok(()),
            (_, _, whole) => Err(format!("the tunnel was not at its end (whole: {whole})")),
        };
    }
    if over == Over::Ended && conn.ended && conn.asked.iter().all(|asked| asked.began.is_none()) {
        return Ok(());
    }
    if !facts.connected.contains(&conn.peer) {
        // It was never taken in.
        return match facts.stop.is_some() || facts.adopt_failures > 0 {
            true => Ok(()),
            false => Err("nothing has kept it from being accepted".into()),
        };
    }
    if is_cut_off(facts) {
        return Ok(());
    }
    let untouched = |asked: &Asked| {
        matches!(books.ledger.standing(asked.mark), Some(Standing::Apart { ran: false, .. }))
    };
    if !conn.asked.iter().all(untouched) {
        return Err("a handler had begun".into());
    }
    let idle_since = conn.known_wrote.max(conn.known_took.min(conn.known_wrote));
    if facts.now >= idle_since + facts.limits.idle {
        return Ok(());
    }
    if let Some(stop) = &facts.stop
        && (facts.now >= stop.idle() || conn.took >= stop.at)
    {
        // An answer that had begun before the order announces no close.
        return Ok(());
    }
    if conn.took.saturating_sub(conn.since) >= facts.limits.age {
        return Ok(());
    }
    Err(format!("it was idle since {idle_since:?} only"))
}

/// Whether the grace of a stop is over.
fn is_cut_off(facts: &Facts<'_>) -> bool {
    facts.stop.is_some_and(|stop| facts.now >= stop.at + stop.grace)
}

/// A reset that a failed handler has caused comes when everything before its answer has been sent, be it
/// that the reset then erases it: the request that was passed over.
fn passed_over<'a>(conn: &'a Conn, facts: &Facts<'_>) -> Option<&'a Request> {
    use Reason::{Aborted, BrokenPromise, InvalidAnswer, Panicked, Unanswered};
    let handlers = |failed: &Failed| {
        matches!(failed.reason, Panicked | Unanswered | InvalidAnswer | Aborted | BrokenPromise)
    };
    let by_handlers = !conn.unmatched.is_empty() && conn.failures.iter().all(handlers);
    // Who does not take what is owed is not waited for, nor does a stop wait, or memory that is short.
    let cut_off = facts.now >= conn.known_took.saturating_add(facts.limits.write_stall)
        || is_cut_off(facts)
        || facts.limits.buffer_bytes < 1 << 20;
    // An answer to HEAD is whole when its handler may still fail.
    let after_head = !conn.past.is_empty();
    if !by_handlers || cut_off || after_head || conn.broken || conn.overran || conn.closes {
        return None;
    }
    let mut reader = conn.reader.clone();
    reader.push(&conn.erased);
    let mut asked = conn.asked.iter();
    let mut next = asked.next()?;
    while let Ok(Some(got)) = reader.next(Some(next.question())) {
        match got {
            Got::Answer(answer) if answer.closes => return None,
            Got::Answer(_) if next.request.head => return None,
            Got::Answer(_) => next = asked.next()?,
            Got::Switched(_) | Got::Octets(_) => return None,
            Got::Interim(_) => {}
        }
    }
    let may_fail = next.request.act.fails() || next.request.act.is_tunnel();
    (!may_fail).then_some(&next.request)
}

/// A handler has failed before it had answered, nothing else has failed, and nothing of the answer was
/// lost on its way: its client must have got 500.
fn owes_an_error(conn: &Conn, books: &Books) -> bool {
    use Reason::{InvalidAnswer, Panicked, Unanswered};
    let handlers = |failed: &Failed| {
        failed.phase == Phase::Handler
            && matches!(failed.reason, Panicked | Unanswered | InvalidAnswer)
    };
    // Who panics after the answer has failed, too; that is not what the next one is owed an error for.
    let ran = |asked: &Asked| {
        !matches!(books.ledger.standing(asked.mark), Some(Standing::Apart { ran: false, .. }))
    };
    let due = |asked: &Asked| asked.request.act.due(asked.request.head) == Due::Error && ran(asked);
    !conn.lagged
        && !conn.unmatched.is_empty()
        && conn.failures.iter().all(handlers)
        && conn.asked.front().is_some_and(due)
}
