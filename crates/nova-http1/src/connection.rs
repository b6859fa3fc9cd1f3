//! One connection's receiving side: which part of which message the next octet belongs to.
//!
//! ```text
//!           ┌────────────────────────── no content ─────────────────────────┐
//!           │                                                               ▼
//!        ┌──────┐ Content-Length   ┌────────┐ the last octet  ┌─────┐   ┌────────┐
//!   ────►│ Head │─────────────────►│ Length │────────────────►│ End │──►│ Head / │
//!        └──────┘                  └────────┘                 └─────┘   │ Closed │
//!           │ chunked  ┌─────────┐ last-chunk ┌─────────┐ complete ▲    └────────┘
//!           └─────────►│ Chunked │───────────►│ Trailer │──────────┘
//!                      └─────────┘            └─────────┘
//! ```
//!
//! After a request that is the last one, what follows is discarded (RFC 9112 §9.6); after a fault,
//! the fault is all there is: nobody knows where the next message would begin.

use crate::chunked::{ChunkPlace, Decoder, Piece, TrailerReader};
use crate::{BodyLength, Fault, Fields, Head, HeadReader, Limits, PeerError, Persistence};

/// The receiving half of a connection. Small: an idle connection owns nothing else.
#[derive(Debug, Default)]
pub struct Connection {
    state: State,
}

/// Which part of which message is being received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A head, of which so many octets were there at the last look; none, if it was an empty line.
    Head { seen: u32 },
    /// Content of known length.
    Length { left: u64, after: After },
    /// Chunks.
    Chunked { decoder: Decoder, after: After },
    /// The trailer section after the last chunk.
    Trailer { reader: TrailerReader, after: After },
    /// All of the content was handed out; that it was the end has not been said.
    End { after: After },
    /// The last request was received.
    Closed,
    /// The peer broke a rule.
    Failed(Fault),
}

/// What comes after the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Another request.
    Request,
    /// Nothing that would be served.
    Nothing,
}

impl After {
    const fn of(persistence: Persistence) -> Self {
        match persistence {
            Persistence::Persistent | Persistence::KeepAlive => Self::Request,
            Persistence::Close => Self::Nothing,
        }
    }

    const fn state(self) -> State {
        match self {
            Self::Request => State::Head { seen: 0 },
            Self::Nothing => State::Closed,
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::Head { seen: 0 }
    }
}

/// What the octets meant.
#[derive(Debug)]
pub enum Event<'a> {
    /// A request begins.
    Head(Head<'a>),
    /// Content, never empty, in order, without its transfer coding.
    Content(&'a [u8]),
    /// The trailer section, if it has field lines; comes before `End`.
    // [9112-7.1.2-a] [9112-7.1.2-b] [9110-6.5.1-b]
    Trailers(Fields<'a>),
    /// The request is complete. Follows every head that has content; a head whose
    /// [`Head::body`] is `BodyLength::None` is a complete request by itself.
    End,
}

/// One step of [`Connection::receive`].
#[derive(Debug)]
pub struct Step<'a> {
    /// Octets at the front that the caller can now forget (after it is done with the event).
    pub consumed: usize,
    /// What they meant; `None`: more octets are needed, keep what was not consumed.
    pub event: Option<Event<'a>>,
}

/// How much of the current request's content has not been handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentLeft {
    /// There is none, or no request is being received.
    None,
    /// Exactly so many octets.
    Known(u64),
    /// Chunks, until the last one.
    Unknown,
}

/// Where in a message the next octet lies: what would have to be told to another parser that is to
/// go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a head, or between messages.
    Head,
    /// In content of known length, or behind all of it.
    Content,
    /// In chunked content.
    Chunk(ChunkPlace),
    /// In a trailer section, of which nothing was consumed.
    Trailers,
}

impl Connection {
    /// A connection before its first request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next event from the front of `octets`. Call it again with the rest until it
    /// answers with no event; then keep the rest in front of what arrives next.
    ///
    /// What is kept is bounded by [`Limits::head_bytes`] within a head, by
    /// [`Limits::trailer_bytes`] and two octets within a trailer section, and nothing elsewhere.
    ///
    /// # Errors
    /// What the peer did wrong. The connection cannot go on: every further call answers the same.
    #[inline]
    pub fn receive<'a>(
        &mut self,
        octets: &'a [u8],
        reader: &'a mut HeadReader,
        limits: &Limits,
    ) -> Result<Step<'a>, PeerError> {
        match self.state {
            State::Head { .. } => self.receive_head(octets, reader, limits),
            _ => self.receive_content(octets, reader, limits),
        }
    }

    /// Directly after a head with [`BodyLength::Length`]: all of the content as one slice from the
    /// front of `octets`, if all of it is at hand and within the limit.
    #[inline]
    pub fn at_hand<'a>(&self, octets: &'a [u8], limits: &Limits) -> Option<&'a [u8]> {
        let State::Length { left, .. } = self.state else { return None };
        if left > limits.content_bytes {
            return None;
        }
        octets.get(..usize::try_from(left).ok()?)
    }

    /// As [`Connection::at_hand`], and takes it: the caller forgets so many octets, and the request
    /// is complete: no content and no end are reported.
    #[inline]
    pub fn take_at_hand<'a>(&mut self, octets: &'a [u8], limits: &Limits) -> Option<&'a [u8]> {
        let content = self.at_hand(octets, limits)?;
        if let State::Length { after, .. } = self.state {
            self.state = after.state();
        }
        Some(content)
    }

    /// How much of the current request's content has not been handed out.
    #[inline]
    pub fn content_left(&self) -> ContentLeft {
        match self.state {
            State::Length { left, .. } => ContentLeft::Known(left),
            State::Chunked { .. } | State::Trailer { .. } => ContentLeft::Unknown,
            _ => ContentLeft::None,
        }
    }

    /// Whether what comes next can be content: so not in a trailer section, nor when only the end
    /// has not been said.
    #[inline]
    pub fn may_bring_content(&self) -> bool {
        matches!(self.state, State::Length { .. } | State::Chunked { .. })
    }

    /// Where in a message the next octet lies.
    #[inline]
    pub fn place(&self) -> Place {
        match self.state {
            State::Head { .. } | State::Closed | State::Failed(_) => Place::Head,
            State::Length { .. } | State::End { .. } => Place::Content,
            State::Chunked { decoder, .. } => Place::Chunk(decoder.place()),
            State::Trailer { .. } => Place::Trailers,
        }
    }

    /// Whether the connection is between messages and nothing of the next one has arrived.
    #[inline]
    pub fn idle(&self) -> bool {
        self.state == State::Head { seen: 0 }
    }

    /// Whether the last request was received: octets after it are discarded (RFC 9112 §9.6).
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Whether the peer may end its stream here.
    ///
    /// # Errors
    /// [`Fault::Incomplete`] inside of a message (RFC 9112 §8: "A server that receives an
    /// incomplete request message (...) MAY send an error response prior to closing the
    /// connection"); an earlier fault again.
    pub fn end_of_stream(&self) -> Result<(), Fault> {
        match self.state {
            State::Head { seen: 0 } | State::End { .. } | State::Closed => Ok(()),
            State::Failed(fault) => Err(fault),
            // [9112-6.3-c]
            _ => Err(Fault::Incomplete),
        }
    }

    #[inline]
    fn receive_head<'a>(
        &mut self,
        octets: &'a [u8],
        reader: &'a mut HeadReader,
        limits: &Limits,
    ) -> Result<Step<'a>, PeerError> {
        let head = match reader.read(octets, limits) {
            Ok(Some(head)) => head,
            Ok(None) => {
                // An empty line in front of a request is nothing of a request.
                let seen = if b"\r\n".starts_with(octets) { 0 } else { octets.len() };
                self.state = State::Head { seen: u32::try_from(seen).unwrap_or(u32::MAX) };
                return Ok(Step { consumed: 0, event: None });
            }
            Err(fault) => return self.fail(fault),
        };
        let after = After::of(head.persistence);
        self.state = match head.body {
            BodyLength::None => after.state(),
            BodyLength::Length(left) => State::Length { left, after },
            BodyLength::Chunked => State::Chunked { decoder: Decoder::new(), after },
        };
        Ok(Step { consumed: head.len, event: Some(Event::Head(head)) })
    }

    fn receive_content<'a>(
        &mut self,
        octets: &'a [u8],
        reader: &'a mut HeadReader,
        limits: &Limits,
    ) -> Result<Step<'a>, PeerError> {
        match self.state {
            State::Head { .. } => self.receive_head(octets, reader, limits),
            // Not with the head: whoever serves the request may allow more (or less) for it.
            State::Length { left, .. } if left > limits.content_bytes => {
                self.fail(Fault::ContentTooLarge)
            }
            State::Length { .. } if octets.is_empty() => Ok(Step { consumed: 0, event: None }),
            State::Length { left, after } => {
                let len = usize::try_from(left).map_or(octets.len(), |left| left.min(octets.len()));
                self.state = match left - len as u64 {
                    0 => State::End { after },
                    left => State::Length { left, after },
                };
                Ok(Step { consumed: len, event: Some(Event::Content(&octets[..len])) })
            }
            State::Chunked { ref mut decoder, after } => {
                let decoded = match decoder.decode(octets, limits) {
                    Ok(decoded) => decoded,
                    Err(fault) => return self.fail(fault),
                };
                let consumed = decoded.consumed;
                match decoded.piece {
                    None => Ok(Step { consumed, event: None }),
                    Some(Piece::Content(content)) => {
                        Ok(Step { consumed, event: Some(Event::Content(content)) })
                    }
                    Some(Piece::LastChunk) => {
                        self.state = State::Trailer { reader: TrailerReader::new(), after };
                        self.receive_trailer(&octets[consumed..], consumed, reader, limits)
                    }
                }
            }
            State::Trailer { .. } => self.receive_trailer(octets, 0, reader, limits),
            State::End { after } => {
                self.state = after.state();
                Ok(Step { consumed: 0, event: Some(Event::End) })
            }
            // RFC 9112 §9.6: "The server MUST NOT process any further requests received on that
            // connection."
            State::Closed => Ok(Step { consumed: octets.len(), event: None }),
            State::Failed(fault) => Err(PeerError(fault)),
        }
    }

    /// Reads the trailer section at the front of `octets`, before which the caller's octets have
    /// `before` that are done with.
    fn receive_trailer<'a>(
        &mut self,
        octets: &'a [u8],
        before: usize,
        reader: &'a mut HeadReader,
        limits: &Limits,
    ) -> Result<Step<'a>, PeerError> {
        let State::Trailer { reader: mut trailer, after } = self.state else {
            return Ok(Step { consumed: before, event: None });
        };
        let (len, fields) = match trailer.read(octets, reader.spans_mut(), limits) {
            Ok(Some(section)) => section,
            Ok(None) => {
                self.state = State::Trailer { reader: trailer, after };
                return Ok(Step { consumed: before, event: None });
            }
            Err(fault) => return self.fail(fault),
        };
        let consumed = before + len;
        if fields.is_empty() {
            self.state = after.state();
            return Ok(Step { consumed, event: Some(Event::End) });
        }
        self.state = State::End { after };
        Ok(Step { consumed, event: Some(Event::Trailers(fields)) })
    }

    #[cold]
    fn fail<'a>(&mut self, fault: Fault) -> Result<Step<'a>, PeerError> {
        self.state = State::Failed(fault);
        Err(PeerError(fault))
    }
}

#[cfg(test)]
mod tests;
