//! Nobody waits for what is there.

use std::rc::Rc;

use super::Oracle;
use crate::play::{Asked, Books, Conn, Deferred, Facts};
use crate::story::Due;

/// Turns of one worker between two moments of rest: far more than any story needs.
pub(crate) const TURNS: u64 = 60_000;

/// Nobody has anything left to do at this moment: whoever can be answered has been.
pub(crate) fn quiet(conn: &Conn, reads: bool, name: &str, facts: &Facts<'_>, books: &Rc<Books>) {
    if conn.over.is_some() || conn.broken || !reads || !facts.connected.contains(&conn.peer) {
        return;
    }
    if conn.socket.unreceived() > 0 && conn.asked.is_empty() && conn.tunnel.is_none() {
        // Nobody needs an answer, so nobody need read; but then a deadline runs.
        return;
    }
    if let Some(tunnel) = &conn.tunnel {
        let said = conn.said(tunnel);
        if tunnel.heard < said {
            let heard = tunnel.heard;
            books.wrong(Oracle::Liveness, format!("{name} has heard {heard} of {said} octets"));
        }
        return;
    }
    let Some(front) = conn.asked.front() else { return };
    if waits_for_continue(conn, front, books) {
        let mark = front.mark;
        books.wrong(Oracle::Liveness, format!("{name} waits for 100 (Continue) to {mark}"));
    }
    let stuck = |it: &Deferred| it.mark == front.mark && it.is_full();
    let stuck = books.deferred.borrow().iter().any(stuck);
    if front.sent.is_none() || (books.is_pending(front.mark) && !stuck) {
        return;
    }
    if conn.past.iter().any(|(mark, _)| books.is_pending(*mark)) {
        return;
    }
    let (request, mark) = (&front.request, front.mark);
    books.wrong(Oracle::Liveness, format!("{name} waits for the answer to {mark}, {request}"));
}

/// Everything before it is answered, its handler wants the content, and the client has not been asked for it.
fn waits_for_continue(conn: &Conn, front: &Asked, books: &Books) -> bool {
    let handler = front.request.act.due(front.request.head);
    let reads = matches!(handler, Due::Receipt { read: true, .. });
    let before = conn.past.iter().any(|(mark, _)| books.is_pending(*mark));
    conn.waits_for_continue()
        && conn.barriers.front().is_some_and(|(_, mark)| *mark == front.mark)
        && !front.continued
        && reads
        && !before
}
