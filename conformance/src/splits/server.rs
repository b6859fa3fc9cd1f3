//! A whole server: worker, connection, limits and application over the simulated network.

use nova_io::sim::Network;

use super::core::Forgetful;
use super::events::Event;
use super::{Recipient, Story, Subject};
use crate::case::Step;
use crate::in_process::{Cut, InProcess};
use crate::text;
use crate::transcript::{End, Transcript};

/// A server that serves one delivery after the other.
#[derive(Debug)]
pub struct Server(InProcess);

impl Default for Server {
    fn default() -> Self {
        Self(InProcess::new(Network::calm()))
    }
}

impl Server {
    /// Goes through `steps`, cut at `cuts`; a connection that is left open is asked for one more
    /// answer, which shows where it stands.
    pub fn talk(&mut self, steps: &[Step], cuts: &[usize]) -> Seen {
        Seen::new(self.0.talk(steps, Cut::At(cuts), true))
    }
}

impl Recipient for Server {
    type Story = Seen;
    const NAME: &'static str = "the server";

    fn deliver(&mut self, subject: &Subject, cuts: &[usize]) -> Seen {
        let mut seen = self.talk(&subject.steps, cuts);
        if let Ok(Transcript { end: end @ End::Reset, .. }) = &mut seen.talk
            && parted(&subject.octets)
        {
            *end = End::Ended;
        }
        seen
    }
}

/// Whether a client that sends `octets` announces the end of the connection and then sends more.
fn parted(octets: &[u8]) -> bool {
    let closed = |octets| {
        let stream = Forgetful::default().read(std::iter::once(octets));
        matches!(stream.events.last(), Some(Event::EndOfStream { closed: true, .. }))
    };
    octets.split_last().is_some_and(|(_, front)| closed(front))
}

/// What the client saw. Three things are not compared to the octet:
///
/// - the value of Date, which says when an answer was made;
/// - 100 (Continue). "A server MAY omit sending a 100 (Continue) response if it has already received
///   some or all of the content" (RFC 9110 §10.1.1), so a cut may bring one that the whole did not
///   need. It may not take one away.
/// - The reset of a client that has announced its own end and then sent more, which it "MUST NOT"
///   (RFC 9112 §9.6): whether that still met the connection is a matter of when. For everybody else a
///   reset is not an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The conversation, or the step that could not be done.
    talk: Result<Transcript, String>,
    /// Answers 100 (Continue).
    interim: usize,
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const DATE: &[u8] = b"\r\nDate: ";
const DATE_LEN: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();

impl Seen {
    /// Of a conversation, its story.
    pub fn new(mut talk: Result<Transcript, String>) -> Self {
        let mut interim = 0;
        if let Ok(Transcript { octets, end, .. }) = &mut talk {
            (*octets, interim) = without_time(octets);
            if let End::Open { probe: Some(probe) } | End::Left { probe } = end {
                let (octets, more) = without_time(probe);
                *probe = octets;
                interim += more;
            }
        }
        Self { talk, interim }
    }
}

/// `octets` with every Date's value struck out and every 100 (Continue) left out, and their number.
fn without_time(octets: &[u8]) -> (Vec<u8>, usize) {
    let (mut kept, mut interim, mut rest) = (Vec::with_capacity(octets.len()), 0, octets);
    while let Some((&first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(CONTINUE) {
            interim += 1;
            rest = after;
        } else if let Some(value) = rest.strip_prefix(DATE).filter(|date| date.len() >= DATE_LEN) {
            kept.extend_from_slice(DATE);
            kept.extend_from_slice(&[b'-'; DATE_LEN]);
            rest = &value[DATE_LEN..];
        } else {
            kept.push(first);
            rest = after;
        }
    }
    (kept, interim)
}

impl Story for Seen {
    fn difference(&self, cut: &Self) -> Option<(String, String)> {
        if self.talk != cut.talk {
            return Some((tell(&self.talk), tell(&cut.talk)));
        }
        let answers = |seen: &Self| format!("{} answers 100 (Continue)", seen.interim);
        (cut.interim < self.interim).then(|| (answers(self), answers(cut)))
    }
}

fn tell(talk: &Result<Transcript, String>) -> String {
    match talk {
        Err(error) => error.clone(),
        Ok(Transcript { octets, half_closed, end }) => {
            let end = match end {
                End::Open { probe: Some(probe) } => {
                    format!("open, and asked again: {}", text::readable(probe))
                }
                End::Left { probe } => format!("left; the next one: {}", text::readable(probe)),
                end => format!("{end:?}"),
            };
            let half = if *half_closed { ", half-closed" } else { "" };
            format!("{} [{end}{half}]", text::readable(octets))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(octets: &str) -> Seen {
        let end = End::Open { probe: None };
        let octets = octets.as_bytes().to_vec();
        Seen::new(Ok(Transcript { octets, half_closed: false, end }))
    }

    /// Time is struck out, and everything beside it is kept.
    #[test]
    fn only_time_and_100_are_struck_out() {
        let answer = |second: u8, content: &str| {
            let date = format!("Date: Thu, 01 Jan 2026 00:00:0{second} GMT");
            format!("HTTP/1.1 200 OK\r\n{date}\r\nContent-Length: 1\r\n\r\n{content}")
        };
        let whole = seen(&answer(1, "a"));
        assert_eq!(whole.difference(&seen(&answer(2, "a"))), None);
        assert!(whole.difference(&seen(&answer(1, "b"))).is_some());
        assert!(whole.difference(&seen(&answer(1, ""))).is_some());
        let expected = seen(&format!("HTTP/1.1 100 Continue\r\n\r\n{}", answer(1, "a")));
        assert_eq!(whole.difference(&expected), None, "one more is a server's right");
        assert!(expected.difference(&whole).is_some(), "one less makes a client wait");
    }

    /// Who has said good-bye may be reset if it goes on, and nobody else.
    #[test]
    fn only_who_goes_on_after_its_end_is_parted() {
        const CLOSE: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        const KEEP: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        assert!(parted(&[CLOSE, b"x"].concat()) && parted(&[KEEP, CLOSE, KEEP].concat()));
        for octets in [CLOSE, KEEP, &CLOSE[..20], b"", b"x", b"x\r\n\r\nmore"] {
            assert!(!parted(octets), "{}", text::readable(octets));
        }
    }

    /// The same octets and another fate are two stories.
    #[test]
    fn the_fate_is_a_part_of_it() {
        let talk = |end| Seen::new(Ok(Transcript { octets: Vec::new(), half_closed: false, end }));
        let ends = [
            End::Open { probe: None },
            End::Open { probe: Some(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()) },
            End::Ended,
            End::Reset,
            End::Left { probe: Vec::new() },
        ];
        for (one, end) in ends.iter().enumerate() {
            for (other, another) in ends.iter().enumerate() {
                let difference = talk(end.clone()).difference(&talk(another.clone()));
                assert_eq!(difference.is_none(), one == other, "{end:?}, {another:?}");
            }
        }
        assert!(talk(End::Ended).difference(&Seen::new(Err("a step".into()))).is_some());
    }
}
