//! Failures that the server tells of: each has a reason in the story, and none comes too early.

use std::rc::Rc;
use std::time::Duration;

use nova_http::{Failed, Phase, Reason};

use super::Oracle;
use crate::play::{Asked, Books, Conn, Facts, Over};

/// The server has told of this failure of a client's connection.
pub(crate) fn failed(
    conn: &Conn,
    failed: &Failed,
    name: &str,
    facts: &Facts<'_>,
    books: &Rc<Books>,
) {
    if let Err((oracle, what)) = explain(conn, failed, facts) {
        let (reason, phase) = (failed.reason.name(), failed.phase.name());
        books.wrong(oracle, format!("{name}: {reason} in {phase}, but {what}"));
    }
}

/// Not before `since + span`.
fn due(since: Option<Duration>, span: Duration, facts: &Facts<'_>) -> Result<(), (Oracle, String)> {
    match since {
        None => Err((Oracle::Reasons, "nothing was under way".into())),
        Some(since) if facts.now >= since.saturating_add(span) => Ok(()),
        Some(since) => Err((Oracle::Deadlines, format!("{since:?} and {span:?} are not over"))),
    }
}

fn explain(conn: &Conn, failed: &Failed, facts: &Facts<'_>) -> Result<(), (Oracle, String)> {
    let limits = facts.limits;
    let no = |what: &str| Err((Oracle::Reasons, what.to_owned()));
    // What has been taken of the answers may lag behind what the server knows.
    let front = conn.asked.front();
    match failed.reason {
        Reason::Reset => match conn.over == Some(Over::Left) || conn.broken {
            true => Ok(()),
            false => no("the client has done nothing of the kind"),
        },
        Reason::Incomplete => match conn.ended || conn.over == Some(Over::Left) {
            true => Ok(()),
            false => no("the client has not ended its stream"),
        },
        Reason::Malformed | Reason::TooLarge => match conn.flawed {
            true => Ok(()),
            false => no("it has sent nothing flawed"),
        },
        Reason::TimedOut => match failed.phase {
            _ if conn.broken || conn.over.is_some() => Ok(()),
            Phase::Head => {
                // Nor what has been written, and still waits to be received.
                let received = conn.written.saturating_sub(conn.socket.unreceived());
                let known = conn.known_written.min(received);
                let headless = |asked: &&Asked| asked.head > known;
                let began = conn.asked.iter().filter(headless).find_map(|asked| asked.began);
                due(began, limits.head, facts)
            }
            Phase::Content => {
                let asked = conn.asked.iter().map(|asked| (asked.end, asked.headed));
                let all = asked.chain(conn.early.iter().copied());
                let headed = all.filter(|(end, _)| *end > conn.known_written).filter_map(|it| it.1);
                // A client that takes nothing of its answers is not read from, whatever it has written:
                // its handler's time goes on.
                let bounded = limits.handler != Duration::MAX;
                let unanswered = || conn.asked.iter().filter_map(|asked| asked.headed).min();
                let headed = headed.min().or_else(|| bounded.then(unanswered).flatten());
                if limits.content_rate == 0 && limits.handler == Duration::MAX {
                    due(Some(conn.known_wrote), limits.content_silence, facts)?;
                }
                due(headed, limits.handler.min(limits.content_silence), facts)
            }
            Phase::Handler | Phase::Answer => {
                let content = limits.content_silence;
                let past = conn.past.first().and_then(|(_, headed)| *headed);
                let headed = past.or_else(|| front.and_then(|asked| asked.headed));
                due(headed, limits.handler.min(content), facts)
            }
            Phase::Handshake => due(Some(conn.since), limits.head, facts),
            Phase::Tunnel => due(Some(conn.known_wrote), limits.tunnel_silence, facts),
            _ => no("no clock runs there"),
        },
        Reason::Stalled => due(Some(conn.known_took), limits.write_stall, facts),
        Reason::Stopped => match &facts.stop {
            Some(stop) => due(Some(stop.at), stop.grace, facts),
            None => no("nobody has told it to stop"),
        },
        Reason::Shed => match limits.buffer_bytes < 1 << 20 {
            true => Ok(()),
            false => no("there is memory enough"),
        },
        Reason::Crowded => match limits.connections_per_address {
            usize::MAX => no("nobody counts"),
            most if facts.of_host(conn.peer.ip()) >= most => Ok(()),
            most => {
                let here = facts.of_host(conn.peer.ip());
                Err((Oracle::Memory, format!("there are {here} of {most} connections")))
            }
        },
        Reason::Panicked
        | Reason::Unanswered
        | Reason::InvalidAnswer
        | Reason::Aborted
        | Reason::BrokenPromise => match conn.fails {
            true => Ok(()),
            false => no("no handler was to do that"),
        },
        Reason::Unopened => match conn.garbled {
            true => Ok(()),
            false => no("its proxy has said nothing wrong"),
        },
    }
}
