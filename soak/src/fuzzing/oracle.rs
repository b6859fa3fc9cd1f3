//! What must come back for some octets: asked of the sans-I/O core, which gets them in one piece.

use nova_http::Method;
use nova_http1::{BodyLength, Connection, Event, HeadReader, Limits, Persistence, Step};

use super::digest::Digest;

/// One answer that must come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Its request was HEAD, so it has no content.
    pub headless: bool,
    /// The content, if it is told.
    pub content: Option<String>,
}

/// What must come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Final answers, in order.
    pub answers: Vec<Answer>,
    /// 100 (Continue) may come so often, depending on how the octets were cut.
    pub interim: usize,
    /// The server ends the connection after the last of them, whatever the client does.
    pub ends: bool,
    /// It may do so by a reset: the client has asked for the end and has sent something after it.
    pub may_reset: bool,
}

/// Reads along.
#[derive(Debug, Default)]
pub struct Oracle {
    connection: Connection,
    reader: HeadReader,
    limits: Limits,
    /// What was not consumed.
    rest: Vec<u8>,
    current: Option<Current>,
    /// The last request has asked for the end and has no content: its server does not linger.
    parting: bool,
    expected: Expected,
}

/// A request whose content is being read.
#[derive(Debug)]
struct Current {
    digest: Digest,
    headless: bool,
}

impl Oracle {
    /// The next octets.
    pub fn feed(&mut self, octets: &[u8]) {
        if self.expected.ends {
            self.expected.may_reset |= self.parting;
            return;
        }
        self.rest.extend_from_slice(octets);
        let rest = std::mem::take(&mut self.rest);
        let at = self.read(&rest);
        self.rest = rest;
        self.rest.drain(..at);
        self.expected.may_reset |= self.parting && !self.rest.is_empty();
    }

    /// Whether the connection is between two requests, with nothing begun.
    pub fn idle(&self) -> bool {
        !self.expected.ends && self.connection.idle() && self.rest.is_empty()
    }

    /// Whether the server ends the connection, whatever follows.
    pub const fn over(&self) -> bool {
        self.expected.ends
    }

    /// What must come back, if nothing follows but, if `finished`, the end of the stream.
    pub fn expected(mut self, finished: bool) -> Expected {
        if finished && !self.expected.ends {
            if let Err(fault) = self.connection.end_of_stream() {
                self.refused(fault.status());
            }
            self.expected.ends = true;
        }
        self.expected
    }

    fn read(&mut self, octets: &[u8]) -> usize {
        let mut at = 0;
        while !self.expected.ends {
            let step = self.connection.receive(&octets[at..], &mut self.reader, &self.limits);
            let Step { consumed, event } = match step {
                Ok(step) => step,
                Err(error) => {
                    self.refused(error.0.status());
                    break;
                }
            };
            at += consumed;
            match event {
                None if consumed == 0 => break,
                None | Some(Event::Trailers(_)) => {}
                Some(Event::Head(head)) => {
                    let digest = Digest::new(head.method, head.target.raw, head.fields);
                    let headless = head.method == Method::Head;
                    self.expected.interim += usize::from(head.expects_continue);
                    if head.method == Method::Connect {
                        // The handler opens no tunnels.
                        self.parting = head.persistence == Persistence::Close;
                        self.answer(501, headless, None);
                        self.expected.ends = true;
                    } else if head.body == BodyLength::None {
                        self.parting = head.persistence == Persistence::Close;
                        self.answer(200, headless, Some(digest.line()));
                        self.expected.ends = self.parting;
                    } else {
                        self.current = Some(Current { digest, headless });
                    }
                }
                Some(Event::Content(content)) => {
                    if let Some(current) = &mut self.current {
                        current.digest.content(content);
                    }
                }
                Some(Event::End) => {
                    if let Some(Current { digest, headless }) = self.current.take() {
                        self.answer(200, headless, Some(digest.line()));
                    }
                    self.expected.ends = self.connection.is_closed();
                }
            }
        }
        at
    }

    fn answer(&mut self, status: u16, headless: bool, content: Option<String>) {
        self.expected.answers.push(Answer { status, headless, content });
    }

    /// Nothing can be read any more.
    fn refused(&mut self, status: u16) {
        let headless = self.current.take().is_some_and(|current| current.headless);
        self.answer(status, headless, None);
        self.expected.ends = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(octets: &str, finished: bool) -> (Vec<u16>, bool) {
        let mut whole = Oracle::default();
        whole.feed(octets.as_bytes());
        let mut single = Oracle::default();
        octets.as_bytes().chunks(1).for_each(|octet| single.feed(octet));
        assert_eq!(single.idle(), whole.idle());
        let (single, whole) = (single.expected(finished), whole.expected(finished));
        assert_eq!(single, whole);
        (whole.answers.iter().map(|answer| answer.status).collect(), whole.ends)
    }

    #[test]
    fn what_must_come_back_is_foretold() {
        let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        let post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
        let connect = "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n";
        let close = "PUT / HTTP/1.0\r\nContent-Length: 1\r\n\r\na";
        assert_eq!(statuses(&format!("{get}{post}{get}"), false), (vec![200; 3], false));
        assert_eq!(statuses(&format!("{get}{post}\r\n"), true), (vec![200; 2], true));
        assert_eq!(statuses(&format!("{get}x x x\r\n{get}"), false), (vec![200, 400], true));
        assert_eq!(statuses(&format!("{connect}{get}"), false), (vec![501], true));
        assert_eq!(statuses(&format!("{close}{get}"), false), (vec![200], true));
        assert_eq!(statuses(&post[..post.len() - 1], false), (vec![], false));
        assert_eq!(statuses(&post[..post.len() - 1], true), (vec![400], true));
    }

    #[test]
    fn who_asks_for_the_end_and_goes_on_may_be_reset() {
        let may_reset = |octets: &str| {
            let mut oracle = Oracle::default();
            octets.as_bytes().chunks(1).for_each(|octet| oracle.feed(octet));
            oracle.expected(true).may_reset
        };
        let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        let last = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        let refused = "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\nConnection: close\r\n\r\n";
        for end in [last, refused] {
            assert!(!may_reset(end) && may_reset(&format!("{end}{get}")), "{end}");
        }
        assert!(!may_reset(&format!("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n{get}")));
    }
}
