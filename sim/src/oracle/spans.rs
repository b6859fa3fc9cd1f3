//! Deadlines that a client does not renew by what it does: a head has its time, however its octets drip; so
//! has what waits to be sent, whatever the client says meanwhile; so has the reading on after the last answer.

use std::rc::Rc;
use std::time::Duration;

use super::Oracle;
use super::deadlines::TICK;
use crate::play::{Asked, Books, Conn, Facts};

/// What has arrived and was not looked at excuses a client for as long as this.
const EXCUSED: Duration = Duration::from_secs(1);

/// Nobody has anything left to do at this moment: whose time is over?
pub(crate) fn quiet(
    conn: &mut Conn,
    reads: bool,
    name: &str,
    facts: &Facts<'_>,
    books: &Rc<Books>,
) {
    if conn.over.is_some() || conn.broken || !facts.connected.contains(&conn.peer) {
        return;
    }
    let (limits, head, room) = (facts.limits, head(conn, reads), conn.socket.keeps_waiting());
    let read_on = conn.socket.is_read_on();
    let runs = [
        ("head", &mut conn.head_since, head, limits.head.saturating_add(EXCUSED)),
        ("write stall", &mut conn.room_since, room, limits.write_stall),
        ("linger", &mut conn.read_on_since, read_on, limits.linger),
    ];
    for (what, since, now, span) in runs {
        *since = now.then(|| since.unwrap_or(facts.now));
        if since.is_some_and(|since| facts.now > since.saturating_add(span).saturating_add(TICK)) {
            let what = format!("{name}: its {what} has run since {since:?}, at {:?}", facts.now);
            books.wrong(Oracle::Deadlines, what);
        }
    }
}

/// Whether the head of the request whose answer comes next is under way, and nothing else.
fn head(conn: &Conn, reads: bool) -> bool {
    let begun = |asked: &Asked| asked.began.is_some() && asked.headed.is_none();
    let alone = conn.past.is_empty() && conn.early.iter().all(|(end, _)| *end <= conn.written);
    let taken =
        reads && conn.socket.unread() == 0 && !conn.closes && conn.written > conn.announcement;
    alone && taken && conn.asked.front().is_some_and(begun)
}
