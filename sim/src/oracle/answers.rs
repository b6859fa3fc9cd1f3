//! What came back, held against what was asked.

use std::rc::Rc;

use ledger::Receipt;
use nova_http::Reason;
use nova_io::sim::EPOCH;

use super::Oracle;
use crate::play::{Answer, Asked, Books, Conn, Facts, Got, Tunnel};
use crate::story::{Act, Content, Due, Handlers};

/// Something whole has come.
pub(crate) fn came(conn: &mut Conn, got: Got, name: &str, facts: &Facts<'_>, books: &Rc<Books>) {
    match got {
        Got::Interim(status) => interim(conn, status, name, books),
        Got::Octets(octets) => heard(conn, &octets, name, books),
        Got::Switched(answer) => switched(conn, &answer, name, facts, books),
        Got::Answer(answer) => answered(conn, &answer, name, facts, books),
    }
}

fn interim(conn: &mut Conn, status: u16, name: &str, books: &Rc<Books>) {
    let Some(asked) = conn.asked.front_mut() else { return };
    let mark = asked.mark;
    let (wanted, again) = match status {
        100 => (asked.request.expects, std::mem::replace(&mut asked.continued, true)),
        103 => {
            let hinted = matches!(asked.request.act, Act::Hinted(_));
            (hinted, std::mem::replace(&mut asked.hinted, true))
        }
        _ => (false, false),
    };
    if !wanted || again {
        let what = if again { "comes twice" } else { "was not asked for" };
        books.wrong(Oracle::Order, format!("{name}: {status} for {mark} {what}"));
    }
    if status == 100 && conn.barriers.front().is_some_and(|(_, of)| *of == mark) {
        conn.pass_barrier();
    }
}

fn heard(conn: &mut Conn, octets: &[u8], name: &str, books: &Rc<Books>) {
    let Some(tunnel) = &mut conn.tunnel else { return };
    let end = tunnel.heard + octets.len();
    if tunnel.spoken.get(tunnel.heard..end) != Some(octets) {
        let at = tunnel.heard;
        books.wrong(
            Oracle::Ledger,
            format!("{name}: its tunnel echoes something else from {at} on"),
        );
    }
    tunnel.heard = end;
}

fn switched(conn: &mut Conn, answer: &Answer, name: &str, facts: &Facts<'_>, books: &Rc<Books>) {
    let Some(asked) = conn.asked.pop_front() else { return };
    books.tunnels.set(books.tunnels.get() + 1);
    if !asked.request.act.is_tunnel() {
        books.wrong(Oracle::Order, format!("{name}: 101 for {}", asked.request));
    }
    dated(answer, &asked, name, facts, books);
    match answer.mark {
        Some(mark) => books.ledger.answered(asked.mark, Receipt::of(mark, &[]), &[]),
        None => books.ledger.corrupted(asked.mark),
    }
    conn.tunnel = Some(Tunnel { spoken: std::mem::take(&mut conn.blurted), heard: 0 });
}

fn answered(conn: &mut Conn, answer: &Answer, name: &str, facts: &Facts<'_>, books: &Rc<Books>) {
    let Some(asked) = conn.asked.pop_front() else { return };
    books.answers.set(books.answers.get() + 1);
    if conn.barriers.front().is_some_and(|(_, mark)| *mark == asked.mark) {
        conn.pass_barrier();
    }
    dated(answer, &asked, name, facts, books);
    let wrong = |oracle, what: String| {
        books.wrong(oracle, format!("{name}: {} got {}: {what}", asked.request, answer.status));
    };
    match answer.mark {
        None if adapters(conn, &asked, answer, facts) => books.ledger.refused(asked.mark),
        None => match matched(conn, &asked, answer) {
            Ok(()) => books.ledger.refused(asked.mark),
            Err(what) => wrong(Oracle::Ledger, what),
        },
        Some(_) => match trailed(&asked, answer, facts).and_then(|()| receipt(&asked, answer)) {
            Ok(receipt) => {
                let sent: &[u8] = if reads(&asked) { &asked.content } else { &[] };
                books.ledger.answered(asked.mark, receipt, sent);
                if receipt.mark != asked.mark {
                    wrong(Oracle::Ledger, format!("the receipt is that of {}", receipt.mark));
                }
            }
            Err(what) => {
                books.ledger.corrupted(asked.mark);
                wrong(Oracle::Ledger, what);
            }
        },
    }
    if asked.headed.is_none() && answer.mark.is_some() {
        wrong(Oracle::Order, "it is answered before it is asked".into());
    }
    // What was written since may still be on its way, and its time is that of this request.
    if asked.end > conn.known_written {
        conn.early.push((asked.end, asked.headed));
    }
    if asked.request.head {
        conn.past.push((asked.mark, asked.headed));
    }
    conn.answers += 1;
    let last = conn.answers >= facts.limits.requests;
    if !answer.closes
        && (asked.request.closes() || last || answer.mark.is_none() && asked.request.flaw.is_some())
    {
        wrong(Oracle::Order, "the close is not announced".into());
    }
    let told = facts.stop.and_then(|stop| stop.quiet);
    let since = |told| asked.began.is_some_and(|began| began > told);
    if !answer.closes && told.is_some_and(since) && conn.asked.is_empty() {
        wrong(Oracle::Order, "the server stops, and does not announce the close".into());
    }
    if answer.closes && !last && !may_close(conn, &asked, answer, facts) {
        wrong(Oracle::Order, "a close for no reason".into());
    }
    conn.closes |= answer.closes;
}

/// Date is of a moment between the question and now.
fn dated(answer: &Answer, asked: &Asked, name: &str, facts: &Facts<'_>, books: &Rc<Books>) {
    let earliest = EPOCH + asked.began.unwrap_or(facts.now).as_secs();
    let latest = EPOCH + facts.now.as_secs();
    if !(earliest..=latest).contains(&answer.date) {
        let (date, mark) = (answer.date, asked.mark);
        books.wrong(
            Oracle::Order,
            format!("{name}: the Date of {mark} is {date}, not {earliest} to {latest}"),
        );
    }
}

fn reads(asked: &Asked) -> bool {
    matches!(asked.request.act.due(asked.request.head), Due::Receipt { read: true, .. })
}

/// The receipt in a handler's answer.
fn receipt(asked: &Asked, answer: &Answer) -> Result<Receipt, String> {
    let (request, mark) = (&asked.request, answer.mark.ok_or("no mark")?);
    if request.flaw.is_some() {
        return Err("what is flawed must be refused".into());
    }
    let sent: &[u8] = if reads(asked) { &asked.content } else { &[] };
    if reads(asked) && asked.sent.is_none() {
        return Err("it was answered before it had been sent".into());
    }
    match request.act.due(request.head) {
        Due::Bare(status) if answer.status == status && answer.content.is_empty() => {
            Ok(Receipt::of(mark, sent))
        }
        Due::Receipt { status, length, .. } if answer.status == status => {
            let own = Receipt::of(asked.mark, sent);
            let whole = own.to_string().len()
                + if length > 0 { asked.mark.content(length).len() } else { 0 };
            if request.head {
                let length = answer.length.unwrap_or(whole as u64);
                let short = matches!(request.act, Act::Short(_));
                if !short && length != whole as u64 {
                    return Err(format!("HEAD says {length} octets, GET would get {whole}"));
                }
                return Ok(Receipt::of(mark, sent));
            }
            let line =
                answer.content.iter().position(|&octet| octet == b'\n').map_or(0, |at| at + 1);
            let (line, rest) = answer.content.split_at(line);
            let receipt: Receipt = str::from_utf8(line)
                .ok()
                .and_then(|line| line.parse().ok())
                .ok_or_else(|| "there is no receipt in it".to_owned())?;
            let expected = if length > 0 { receipt.mark.content(length) } else { Vec::new() };
            if rest != expected {
                return Err(format!(
                    "{} octets follow the receipt, not {}",
                    rest.len(),
                    expected.len()
                ));
            }
            if receipt.mark != mark {
                return Err(format!("its field says {mark}, its content {}", receipt.mark));
            }
            Ok(receipt)
        }
        // To HEAD, what has left is whole before anything can fail.
        Due::Cut if request.head => Ok(Receipt::of(mark, sent)),
        due => Err(format!("{due:?} was due")),
    }
}

/// The trailer section of an answer is its own, and there is one where the service has made one.
fn trailed(asked: &Asked, answer: &Answer, facts: &Facts<'_>) -> Result<(), String> {
    let made = facts.handlers == Handlers::Tower && matches!(asked.request.act, Act::Chunks { .. });
    match answer.trailer {
        Some(None) if made => Err("it has lost its trailer section".into()),
        Some(Some(_)) if !made => Err("nobody has made its trailer section".into()),
        Some(Some(mark)) if Some(mark) != answer.mark => Err(format!("its trailers are {mark}'s")),
        _ => Ok(()),
    }
}

/// 500 for a service that has failed: it is an answer of the adapter's, not a failure of the engine's. A
/// body that fails before anything of the answer has left is one, too, and so is a tunnel that comes too early.
fn adapters(conn: &Conn, asked: &Asked, answer: &Answer, facts: &Facts<'_>) -> bool {
    let due = asked.request.act.due(asked.request.head);
    facts.handlers == Handlers::Tower
        && answer.status == 500
        && asked.request.flaw.is_none()
        && (matches!(due, Due::Error | Due::Cut) || due == Due::Tunnel && conn.fails)
}

/// An answer that the server has made itself: a failure that it has told of stands for it.
fn matched(conn: &mut Conn, asked: &Asked, answer: &Answer) -> Result<(), String> {
    use Reason::{
        Aborted, Incomplete, InvalidAnswer, Malformed, Panicked, Shed, TimedOut, TooLarge,
        Unanswered,
    };
    let reasons: &[Reason] = match answer.status {
        400 => &[Malformed, Incomplete],
        408 => &[TimedOut],
        413 | 414 | 431 => &[TooLarge],
        417 | 501 | 505 => &[Malformed],
        500 => &[Panicked, Unanswered, InvalidAnswer, Aborted],
        503 => &[TimedOut, Shed],
        _ => return Err("no server makes such an answer".into()),
    };
    let at = conn.unmatched.iter().position(|failed| reasons.contains(&failed.reason));
    let Some(at) = at else { return Err("nothing was told of that".into()) };
    let failed = conn.unmatched.remove(at);
    let expected = match (failed.reason, asked.request.flaw) {
        (Malformed | TooLarge, Some(flaw)) => flaw.status(),
        (Malformed | TooLarge, None) => return Err("there is nothing wrong with it".into()),
        (Panicked | Unanswered | InvalidAnswer | Aborted, _) => {
            let due = asked.request.act.due(asked.request.head);
            if due != Due::Error && due != Due::Tunnel {
                return Err("nothing should have failed".into());
            }
            500
        }
        _ => answer.status,
    };
    if answer.status == expected { Ok(()) } else { Err(format!("{expected} was due")) }
}

/// Whether the story has a reason for the end of the connection.
fn may_close(conn: &Conn, asked: &Asked, answer: &Answer, facts: &Facts<'_>) -> bool {
    let request = &asked.request;
    let unread =
        request.content != Content::None && (request.act.ignores_content() || asked.sent.is_none());
    request.closes()
        || (request.old && answer.length.is_none())
        || answer.mark.is_none()
        || unread
        || facts.stop.is_some()
        || facts.now.saturating_sub(conn.since) >= facts.limits.age
        // The newest request of several decides for those before it.
        || conn.asked.iter().any(|asked| asked.request.flaw.is_some())
        || request.act == Act::Panics(crate::story::When::After)
        || conn.ended
}
