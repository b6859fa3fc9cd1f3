//! A connection's octets, message after message: what a server that reads them must see.

use nova_http1::{BodyLength, Fault, Limits, Persistence};

use super::head::{Head, Lines};
use super::{Faults, Stop, chunked, head};

/// What was seen, in order.
pub trait Seen<'a> {
    /// A head with its field lines.
    fn head(&mut self, head: &Head<'a>, lines: &Lines<'a>);
    /// Content of the last head, as much as has come, without its transfer coding.
    fn content(&mut self, content: &[u8]);
    /// A trailer section that is not empty.
    fn trailers(&mut self, lines: &Lines<'a>);
    /// The content of the last head is complete. Not for a head without content.
    fn end(&mut self);
}

/// What has become of the connection when the octets are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Between two messages.
    Idle,
    /// Inside of a message.
    Within,
    /// The last request was received, and what follows is discarded.
    Closed,
    /// One of these rules was broken.
    Refused(Faults),
}

/// Buffers that are used again.
#[derive(Debug, Default)]
pub struct Reader {
    content: Vec<u8>,
}

impl Reader {
    /// Reads all of `octets`; also says where the first octet lies that was not understood yet.
    pub fn read<'a>(
        &mut self,
        octets: &'a [u8],
        limits: &Limits,
        lines: &mut Lines<'a>,
        seen: &mut impl Seen<'a>,
    ) -> (Fate, usize) {
        let mut at = 0;
        loop {
            let rest = &octets[at..];
            let head = match head::read(rest, limits, lines) {
                Ok(head) => head,
                // An empty line is nothing of a request.
                Err(Stop::Incomplete) if b"\r\n".starts_with(rest) => return (Fate::Idle, at),
                Err(Stop::Incomplete) => return (Fate::Within, at),
                Err(Stop::Refused(faults)) => return (Fate::Refused(faults), at),
            };
            seen.head(&head, lines);
            at += head.len;
            match self.content(&octets[at..], head.body, limits, lines, seen) {
                Ok(len) => at += len,
                Err(Stop::Incomplete) => return (Fate::Within, at),
                Err(Stop::Refused(faults)) => return (Fate::Refused(faults), at),
            }
            if head.persistence == Persistence::Close {
                return (Fate::Closed, octets.len());
            }
        }
    }

    fn content<'a>(
        &mut self,
        octets: &'a [u8],
        body: BodyLength,
        limits: &Limits,
        lines: &mut Lines<'a>,
        seen: &mut impl Seen<'a>,
    ) -> Result<usize, Stop> {
        match body {
            BodyLength::None => Ok(0),
            BodyLength::Length(length) if length > limits.content_bytes => {
                Err(Stop::because(Fault::ContentTooLarge))
            }
            BodyLength::Length(length) => {
                let there = usize::try_from(length).unwrap_or(usize::MAX).min(octets.len());
                seen.content(&octets[..there]);
                if (there as u64) < length {
                    return Err(Stop::Incomplete);
                }
                seen.end();
                Ok(there)
            }
            BodyLength::Chunked => {
                self.content.clear();
                let found = chunked::read(octets, limits, &mut self.content, lines);
                seen.content(&self.content);
                let found = found?;
                if !lines.is_empty() {
                    seen.trailers(lines);
                }
                seen.end();
                Ok(found.len)
            }
        }
    }
}
