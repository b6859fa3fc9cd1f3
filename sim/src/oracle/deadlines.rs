//! Deadlines that must have been kept by now. That none comes early is judged where it comes:
//! `reasons.rs`, `ends.rs`.

use std::rc::Rc;
use std::time::Duration;

use super::Oracle;
use crate::play::{Asked, Books, Conn, Facts};
use crate::story::{Content, Due};

/// The wheel's tick, twice: filed within one, looked at after the next.
pub(super) const TICK: Duration = Duration::from_millis(135);

const CONTENT: &str = "content";
const IDLE: &str = "idle time";

/// Nobody has anything left to do at this moment: who should have been gone by now?
pub(crate) fn quiet(
    conn: &mut Conn,
    reads: bool,
    name: &str,
    facts: &Facts<'_>,
    books: &Rc<Books>,
) {
    if !facts.connected.contains(&conn.peer) {
        conn.quiet_since = None; // It waits to be accepted, and nothing counts yet.
        return;
    }
    let since = *conn.quiet_since.get_or_insert(facts.now);
    if conn.over.is_some() || conn.broken || !reads {
        return;
    }
    if conn.socket.unread() > 0 {
        return;
    }
    let Some((what, span)) = runs(conn, facts, books) else { return };
    if let (IDLE, Some(stop)) = (what, facts.stop)
        && let Some(told) = stop.quiet
        && facts.now > since.max(told + (stop.idle() - stop.at)).saturating_add(TICK)
    {
        let what = format!("{name}: it is idle since {since:?}, and the server stops: {stop:?}");
        books.wrong(Oracle::Deadlines, what);
    }
    // The spans of content are looked at one after the other: one begins when the last one was judged.
    let since = if what == CONTENT { since.max(facts.jumped) } else { since };
    if facts.now > since.saturating_add(span).saturating_add(TICK) {
        let (now, peer) = (facts.now, conn.peer);
        let what =
            format!("{name} ({peer}): its {what} of {span:?} has run since {since:?}, at {now:?}");
        books.wrong(Oracle::Deadlines, what);
    }
}

/// Which deadline runs for a client that has been silent.
fn runs(conn: &Conn, facts: &Facts<'_>, books: &Books) -> Option<(&'static str, Duration)> {
    let limits = facts.limits;
    if conn.written < conn.announcement {
        return Some(("handshake", limits.head));
    }
    if conn.closes {
        return Some(("linger", limits.linger));
    }
    if conn.tunnel.is_some() {
        return Some(("tunnel", limits.tunnel_silence)).filter(|_| !conn.ended);
    }
    let begun = conn.asked.front().is_some_and(|front| front.began.is_some());
    if !begun && conn.early.iter().any(|(end, _)| *end > conn.written) {
        // The rest of a request that has been answered is awaited, to be thrown away.
        return Some((CONTENT, limits.content_silence * 2 + TICK));
    }
    let Some(front) = conn.asked.front() else { return Some((IDLE, limits.idle)) };
    if front.began.is_none() {
        return Some((IDLE, limits.idle));
    }
    if front.headed.is_none() {
        return Some(("head", limits.head));
    }
    if front.sent.is_none() && front.request.content != Content::None {
        let receives = match front.request.act.due(front.request.head) {
            Due::Receipt { read, .. } => read,
            _ => false,
        };
        // A span with an octet in it is followed by one without.
        return receives.then(|| (CONTENT, limits.content_silence * 2 + TICK));
    }
    if !books.is_pending(front.mark) {
        return None;
    }
    match front.request.act.sleeps() {
        Duration::ZERO if limits.handler == Duration::MAX => None,
        Duration::ZERO => Some(("handler", limits.handler)),
        sleep => Some(("sleep", sleep.min(limits.handler))),
    }
}

/// Nothing will ever happen any more, and this client is still connected, having read everything.
pub(crate) fn left_open(conn: &Conn, name: &str, books: &Rc<Books>) {
    let promised = |mark| books.is_pending(mark);
    let awake = |asked: &&Asked| asked.request.act.sleeps() == Duration::ZERO;
    let waits = conn.asked.iter().filter(awake).any(|asked| promised(asked.mark))
        || conn.past.iter().any(|(mark, _)| promised(*mark))
        // A tunnel may be silent for ever, and so may a future that waits for the end of one.
        || conn.tunnel.is_some()
        || conn.asked.iter().any(|asked| asked.request.act.is_tunnel());
    if !waits {
        let asked = conn.asked.front().map(|asked| asked.request.to_string());
        let what = format!("{name} is connected for ever; it has asked for {asked:?}");
        books.wrong(Oracle::Deadlines, what);
    }
}
