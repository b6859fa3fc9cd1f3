//! Nobody waits for what is there.

use std::rc::Rc;

use super::Oracle;
use crate::play::{Books, Conn, Facts};

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
    let stuck = |it: &crate::play::Deferred| it.mark == front.mark && it.is_full();
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
