//! Chunked bodies against the reference, whole and cut.

use nova_http1::chunked::{Decoded, Decoder, Piece};
use nova_http1::{Connection, Fault, HeadReader, Limits, PeerError};

use super::log::Log;
use super::pieces::{self, Receive};
use super::{Check, Disagreement, Outcome, Verdict, disagree};
use crate::generate::Dice;
use crate::reference::head::Lines;
use crate::reference::stream::Seen;
use crate::reference::{Stop, chunked};

/// The head in front of every body.
const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The check.
#[derive(Debug)]
pub struct Chunked {
    receive: Receive,
    heads: HeadReader,
    message: Vec<u8>,
    content: Vec<u8>,
    expected: Log,
    found: Log,
}

impl Default for Chunked {
    fn default() -> Self {
        Self::of(Connection::receive)
    }
}

impl Chunked {
    /// The check of another connection.
    pub fn of(receive: Receive) -> Self {
        Self {
            receive,
            // It may remember the head, which is always the same.
            heads: HeadReader::new(),
            message: Vec::new(),
            content: Vec::new(),
            expected: Log::default(),
            found: Log::default(),
        }
    }
}

impl Check for Chunked {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let mut dice = Dice::for_octets(input);
        let limits = Limits { head_bytes: 1_000, ..super::limits(&mut dice) };
        let limits = Limits { fields: limits.fields.max(2), ..limits };
        self.content.clear();
        let mut lines = Lines::new();
        let expected = chunked::read(input, &limits, &mut self.content, &mut lines);
        decoder(input, &limits, &self.content, &expected, &mut dice)?;

        self.message.clear();
        self.message.extend_from_slice(HEAD);
        // What comes behind the body is another check's.
        let len = expected.as_ref().map_or(input.len(), |found| found.len);
        self.message.extend_from_slice(&input[..len]);
        self.expected.clear();
        self.head(&limits)?;
        self.expected.content(&self.content);
        if expected.is_ok() {
            if !lines.is_empty() {
                self.expected.trailers(&lines);
            }
            self.expected.end();
        }
        let longest = dice.below(30) + 1;
        let mut whole = None;
        for cut in [false, true] {
            self.found.clear();
            let mut piece = || if cut { dice.below(longest) + 1 } else { usize::MAX };
            let (heads, log) = (&mut self.heads, &mut self.found);
            let end = pieces::run(self.receive, heads, &self.message, &limits, &mut piece, log)?;
            let same = match (&expected, end.fault) {
                (Ok(_), None) => end.may_end && end.consumed == self.message.len(),
                (Err(Stop::Incomplete), None) => !end.may_end,
                (Err(Stop::Refused(faults)), Some(fault)) => faults.has(fault),
                _ => false,
            };
            if !same || self.found != self.expected || *whole.get_or_insert(end.fault) != end.fault
            {
                return disagree!(
                    "cut {cut}: found {end:?} {}, expected {expected:?} {}",
                    self.found.text(),
                    self.expected.text()
                );
            }
        }
        Ok(match (expected, whole.flatten()) {
            (_, Some(fault)) => Verdict::Refused(fault),
            (Ok(_), None) => Verdict::Accepted,
            (Err(_), None) => Verdict::Incomplete,
        })
    }
}

impl Chunked {
    /// Notes what every message begins with.
    fn head(&mut self, limits: &Limits) -> Result<(), Disagreement> {
        match Connection::new().receive(HEAD, &mut self.heads, limits) {
            Ok(nova_http1::Step { event: Some(event), .. }) => {
                self.expected.event(&event);
                Ok(())
            }
            Ok(_) => disagree!("the head in front is incomplete"),
            Err(PeerError(fault)) => disagree!("the head in front is refused: {fault:?}"),
        }
    }
}

/// The decoder alone, cut: the same content, and the last chunk at the same place.
fn decoder(
    input: &[u8],
    limits: &Limits,
    content: &[u8],
    expected: &Result<chunked::Found, Stop>,
    dice: &mut Dice,
) -> Result<(), Disagreement> {
    let mut decoder = Decoder::new();
    let (mut at, mut arrived, mut given) = (0, 0, 0);
    let mut fault: Option<Fault> = None;
    let mut last = None;
    'arrival: while last.is_none() {
        loop {
            match decoder.decode(&input[at..arrived], limits) {
                Err(found) => {
                    fault = Some(found);
                    break 'arrival;
                }
                Ok(Decoded { consumed, piece }) => {
                    at += consumed;
                    match piece {
                        None => break,
                        Some(Piece::LastChunk) => {
                            last = Some(at);
                            break;
                        }
                        Some(Piece::Content(piece)) => {
                            if piece.is_empty() || !content[given..].starts_with(piece) {
                                return disagree!(
                                    "decoder: {piece:02x?} at {given} of {content:02x?}"
                                );
                            }
                            given += piece.len();
                        }
                    }
                }
            }
        }
        if arrived == input.len() {
            break;
        }
        arrived = (arrived + 1 + dice.below(16)).min(input.len());
    }
    let same = given == content.len()
        && match (expected, fault, last) {
            (Ok(found), None, Some(last)) => found.last_chunk == Some(last),
            (Err(Stop::Incomplete), None, _) => true,
            // A fault of the trailer section is beyond the decoder.
            (Err(Stop::Refused(faults)), fault, last) => {
                last.is_some() || fault.is_some_and(|fault| faults.has(fault))
            }
            _ => false,
        };
    match same {
        true => Ok(()),
        false => {
            disagree!("decoder: {fault:?} {last:?} after {given} octets, expected {expected:?}")
        }
    }
}
