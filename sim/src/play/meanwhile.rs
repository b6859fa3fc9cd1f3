//! What happens beside clients and workers: events, moments of rest, time.

use std::net::IpAddr;
use std::time::Duration;

use nova_http::Next;

use super::facts::{Facts, Stop, with_facts};
use super::player::Ready;
use super::stage::Stage;
use super::told::admitted;
use crate::oracle::{self, Oracle};
use crate::story::What;

impl Stage<'_> {
    /// Events whose step has come; `forced`: the next one, if there is one. Says whether there was.
    pub(super) fn events(&mut self, forced: bool) -> bool {
        let Some(event) = self.story.events.get(self.events) else { return false };
        if event.step > self.step && !forced {
            return false;
        }
        self.events += 1;
        let what = event.what;
        self.trace.line(|| format!("{what:?}"));
        match what {
            What::Jump(span) => {
                self.advance(span);
                self.jumped = self.network.elapsed();
            }
            What::FailAccept(number) => {
                self.network.fail_next_accept(std::io::Error::from_raw_os_error(number));
            }
            What::FailAdopt(number) => {
                self.network.fail_next_adopt(std::io::Error::from_raw_os_error(number));
            }
            What::Stop(grace) => {
                let at = self.network.elapsed();
                let grace = match self.stop {
                    Some(stop) => (at + grace).min(stop.at + stop.grace).saturating_sub(stop.at),
                    None => grace,
                };
                let at = self.stop.map_or(at, |stop| stop.at);
                self.stop = Some(Stop { at, grace, quiet: None });
                self.bench.stop(grace);
            }
        }
        true
    }

    /// Nobody has anything left to do at this moment.
    pub(super) fn at_rest(&mut self) {
        self.turns.fill(0);
        let now = self.network.elapsed();
        if let Some(stop) = &mut self.stop {
            let quiet = *stop.quiet.get_or_insert(now);
            let late = now > quiet + stop.grace + Duration::from_millis(135);
            if late && self.nexts.iter().any(|next| *next != Next::Done) {
                self.books.wrong(Oracle::Deadlines, format!("the stop does not end: {stop:?}"));
            }
        }
        let mut players = std::mem::take(&mut self.players);
        for player in &mut players {
            let reads = player.is_reading(now);
            let name = format!("client {}", player.number);
            let Some(conn) = &mut player.conn else { continue };
            with_facts!(self, facts => {
                oracle::liveness::quiet(conn, reads, &name, &facts, &self.books);
                oracle::deadlines::quiet(conn, reads, &name, &facts, &self.books);
                oracle::spans::quiet(conn, reads, &name, &facts, &self.books);
            });
            if self.connected.contains(&conn.peer) {
                (conn.known_wrote, conn.known_took) = (conn.wrote, conn.took);
                conn.known_written = conn.written;
            }
        }
        self.players = players;
    }

    /// Lets time pass until something happens; `false` if nothing ever will.
    pub(super) fn pass_time(&mut self) -> bool {
        let now = self.network.elapsed();
        let workers = self.nexts.iter().filter_map(|next| match next {
            Next::At(moment) => Some(Duration::from_nanos(moment.as_nanos())),
            _ => None,
        });
        let players = self.players.iter().flat_map(|player| {
            [player.reads(now, false), player.goes_on(now)].into_iter().filter_map(|ready| {
                match ready {
                    Ready::At(moment) => Some(moment),
                    Ready::Now | Ready::Stuck => None,
                }
            })
        });
        let Some(next) = workers.chain(players).min() else { return false };
        // At least a little: a moment that does not come would be waited for for ever.
        self.advance(next.saturating_sub(now).max(Duration::from_nanos(1)));
        self.quiet = false;
        true
    }

    fn advance(&mut self, span: Duration) {
        for conn in self.players.iter_mut().filter_map(|player| player.conn.as_mut()) {
            conn.lagged |= conn.socket.unread() > 0;
        }
        self.network.advance(span);
    }
}
