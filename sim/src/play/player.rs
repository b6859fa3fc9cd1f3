//! A client at work: one deed after the other, and what it makes of the answers.

use std::rc::Rc;
use std::time::Duration;

use nova_io::Failure;

use super::books::Books;
use super::conn::{Conn, Over};
use super::facts::Facts;
use super::plant::Plant;
use super::reader::Reader;
use super::trace::Trace;
use crate::oracle::{Oracle, answers, ends};
use crate::story::{Client, Content, Deed, Reads};

/// How long a client waits for 100 (Continue) before it sends its content anyway.
const PATIENCE: Duration = Duration::from_millis(1_000);

/// One client.
#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) number: usize,
    client: Client,
    at: usize,
    /// A pause that has begun.
    until: Option<Duration>,
    pub(crate) conn: Option<Conn>,
    /// Octets in tunnels are different for each.
    salt: u8,
}

/// When a client can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Now,
    At(Duration),
    Stuck,
}

impl Player {
    pub(crate) fn new(number: usize, client: Client) -> Self {
        Self { number, client, at: 0, until: None, conn: None, salt: number as u8 }
    }

    fn name(&self) -> String {
        format!("client {}", self.number)
    }

    /// Whether it has octets, or an end, to read. `quiet`: nothing else happens.
    pub(crate) fn reads(&self, now: Duration, quiet: bool) -> Ready {
        let Some(conn) = &self.conn else { return Ready::Stuck };
        if conn.over.is_some() {
            return Ready::Stuck;
        }
        let news = conn.socket.unread() > 0 || conn.look().is_some();
        match self.client.reads {
            _ if conn.look() == Some(Over::Reset) => Ready::Now,
            Reads::After(span) if now < conn.since + span => Ready::At(conn.since + span),
            _ if !news => Ready::Stuck,
            Reads::Promptly | Reads::After(_) => Ready::Now,
            Reads::Lazily if quiet => Ready::Now,
            Reads::Lazily | Reads::Never => Ready::Stuck,
        }
    }

    /// Whether it reads what comes, sooner or later.
    pub(crate) fn is_reading(&self, now: Duration) -> bool {
        match self.client.reads {
            Reads::Promptly | Reads::Lazily => true,
            Reads::After(span) => self.conn.as_ref().is_none_or(|conn| now >= conn.since + span),
            Reads::Never => false,
        }
    }

    /// Whether its next deed can be done.
    pub(crate) fn goes_on(&self, now: Duration) -> Ready {
        if let Some(conn) = &self.conn {
            if conn.writable() > 0 {
                return if now >= conn.paused { Ready::Now } else { Ready::At(conn.paused) };
            }
            if conn.waits_for_continue() {
                return match conn.patience {
                    Some(until) if now < until => Ready::At(until),
                    _ => Ready::Now,
                };
            }
        }
        match self.client.script.get(self.at) {
            None => Ready::Stuck,
            Some(Deed::Await) => {
                let waits = |conn: &Conn| {
                    conn.over.is_none()
                        && !(conn.asked.is_empty() && conn.tunnel.is_none())
                        && !conn.is_cut()
                };
                match &self.conn {
                    Some(conn) if waits(conn) => Ready::Stuck,
                    _ => Ready::Now,
                }
            }
            Some(Deed::Pause(_)) => match self.until {
                Some(until) if now < until => Ready::At(until),
                _ => Ready::Now,
            },
            Some(Deed::Speak(_)) => match &self.conn {
                Some(conn) if conn.is_alive() && conn.tunnel.is_none() => {
                    match conn.asked.is_empty() {
                        true => Ready::Now, // It never became a tunnel.
                        false => Ready::Stuck,
                    }
                }
                _ => Ready::Now,
            },
            Some(_) => Ready::Now,
        }
    }

    /// Does the next thing.
    pub(crate) fn go_on(&mut self, facts: &Facts<'_>, books: &Rc<Books>, trace: &mut Trace) {
        let (now, name) = (facts.now, self.name());
        if let Some(conn) = &mut self.conn {
            if conn.writable() > 0 {
                let was = conn.look();
                let count = conn.write(now);
                conn.quiet_since = None;
                books.written.set(books.written.get() + count as u64);
                for asked in conn.asked.iter().filter(|asked| asked.sent == Some(now)) {
                    books.ledger.sent(asked.mark);
                }
                if was.is_none() && conn.look() == Some(Over::Reset) {
                    conn.overran = true;
                }
                trace.line(|| format!("{name} writes {count} octets"));
                return;
            }
            if conn.waits_for_continue() {
                match conn.patience {
                    None => conn.patience = Some(now + PATIENCE),
                    Some(_) => conn.pass_barrier(),
                }
                return;
            }
        }
        let Some(deed) = self.client.script.get(self.at).cloned() else { return };
        if let Deed::Pause(span) = deed
            && self.until.is_none()
        {
            self.until = Some(now + span);
            return;
        }
        self.until = None;
        self.at += 1;
        if !matches!(deed, Deed::Send(..)) {
            trace.line(|| format!("{name}: {deed}"));
        }
        self.act(&deed, facts, books, trace);
    }

    fn act(&mut self, deed: &Deed, facts: &Facts<'_>, books: &Rc<Books>, trace: &mut Trace) {
        let now = facts.now;
        if *deed == Deed::Connect {
            self.leave(facts, books);
            let from = facts.an_address(self.client.host());
            let socket = facts.network.connect_from(facts.address, from);
            self.conn = Some(Conn::new(socket, &self.client, now));
            return;
        }
        let Some(conn) = self.conn.as_mut().filter(|conn| conn.over.is_none()) else { return };
        conn.quiet_since = None;
        match deed {
            Deed::Send(requests, pace, cut) if conn.is_alive() && !conn.ended => {
                if conn.tunnel.is_some() || conn.is_cut() {
                    return;
                }
                for request in requests {
                    if conn.parting {
                        break;
                    }
                    let Some(mark) = books.ledger.open(request.tag) else { return };
                    trace.line(|| format!("client {} asks {mark}: {request}", self.number));
                    if matches!(request.content, Content::Chunked { trailers: true, .. }) {
                        books.trails(mark);
                    }
                    conn.ask(mark, request, request.encode(mark));
                }
                conn.set_pace(*pace, *cut);
            }
            Deed::Window(octets) => conn.socket.set_window(*octets),
            Deed::Speak(octets) | Deed::Blurt(octets) if conn.is_alive() && !conn.ended => {
                let asks = conn.asked.len() == 1
                    && conn.asked.iter().all(|asked| asked.request.act.is_tunnel());
                let said = match (&mut conn.tunnel, deed) {
                    (Some(tunnel), _) => &mut tunnel.spoken,
                    (None, Deed::Blurt(_)) if asks => &mut conn.blurted,
                    (None, _) => return,
                };
                let salt = self.salt;
                let octets: Vec<u8> =
                    (0..*octets).map(|nth| (nth as u8).wrapping_mul(31) ^ salt).collect();
                self.salt = self.salt.wrapping_add(1);
                said.extend_from_slice(&octets);
                conn.stream.extend_from_slice(&octets);
            }
            Deed::End if conn.is_alive() && !conn.ended => {
                conn.ended = true;
                conn.wrote = now;
                conn.socket.shutdown();
            }
            Deed::Reset => {
                conn.socket.reset();
                self.over(Over::Left, facts, books);
            }
            Deed::Leave => self.leave(facts, books),
            Deed::Break => {
                conn.broken = true;
                conn.socket.fail_next_receive(Failure::TimedOut);
            }
            _ => {}
        }
    }

    /// Leaves in a way that nobody mistakes for a client that still listens.
    pub(crate) fn vanish(&mut self, facts: &Facts<'_>, books: &Rc<Books>) {
        if let Some(conn) = &mut self.conn {
            conn.socket.reset();
        }
        self.leave(facts, books);
    }

    /// Leaves its connection, if it has one.
    pub(crate) fn leave(&mut self, facts: &Facts<'_>, books: &Rc<Books>) {
        self.over(Over::Left, facts, books);
        self.conn = None;
    }

    /// Reads what has come, whatever its habit is.
    pub(crate) fn read_rest(&mut self, facts: &Facts<'_>, books: &Rc<Books>, trace: &mut Trace) {
        while self.conn.as_ref().is_some_and(|conn| conn.over.is_none() && conn.socket.unread() > 0)
        {
            self.read(facts, books, trace, None);
        }
    }

    /// Reads what there is.
    pub(crate) fn read(
        &mut self,
        facts: &Facts<'_>,
        books: &Rc<Books>,
        trace: &mut Trace,
        plant: Option<Plant>,
    ) {
        let name = self.name();
        let Some(conn) = &mut self.conn else { return };
        let octets = conn.take(facts.now, plant == Some(Plant::Octet));
        if plant == Some(Plant::Lost) && !octets.is_empty() {
            conn.asked.pop_front();
            conn.reader = Reader::default();
        }
        if !octets.is_empty() {
            (conn.quiet_since, conn.head_since, conn.room_since) = (None, None, None);
            books.taken.set(books.taken.get() + octets.len() as u64);
            trace.line(|| {
                let shown = String::from_utf8_lossy(&octets[..octets.len().min(200)]).into_owned();
                format!("{name} takes {} octets: {}", octets.len(), shown.escape_debug())
            });
        }
        loop {
            let question = conn.asked.front().map(|asked| asked.question());
            match conn.reader.next(question) {
                Ok(None) => break,
                Ok(Some(got)) => answers::came(conn, got, &name, facts, books),
                Err(what) => {
                    books.wrong(Oracle::Order, format!("{name}: {what}"));
                    break;
                }
            }
        }
        if let Some(over) = conn.look()
            && conn.socket.unread() == 0
        {
            trace.line(|| format!("{name} sees {over:?}"));
            self.over(over, facts, books);
        }
    }

    /// The connection is over, for this reason.
    fn over(&mut self, over: Over, facts: &Facts<'_>, books: &Rc<Books>) {
        let name = self.name();
        let Some(conn) = self.conn.as_mut().filter(|conn| conn.over.is_none()) else { return };
        conn.over = Some(over);
        conn.erased = conn.socket.take_erased();
        // Where the network has failed, nobody takes the end of the stream for that of an answer.
        if over == Over::Ended
            && !conn.broken
            && let Some(answer) = conn.reader.end()
        {
            answers::came(conn, super::Got::Answer(answer), &name, facts, books);
        }
        ends::ended(conn, over, &name, facts, books);
    }
}
