//! One connection's receiving side: which part of which message the next octet belongs to.

use crate::{Fields, Head, HeadReader, Limits, PeerError};

/// The receiving half of a connection. Small: an idle connection owns nothing else.
#[derive(Debug, Default)]
pub struct Connection {}

/// What the octets meant.
#[derive(Debug)]
pub enum Event<'a> {
    /// A request begins.
    Head(Head<'a>),
    /// Content, never empty, in order, without its transfer coding.
    Content(&'a [u8]),
    /// The trailer section, if it has field lines; comes before `End`.
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

impl Connection {
    /// A connection before its first request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next event from the front of `octets`. Call it again with the rest until it
    /// answers with no event; then keep the rest in front of what arrives next.
    pub fn receive<'a>(
        &mut self,
        octets: &'a [u8],
        reader: &'a mut HeadReader,
        limits: &Limits,
    ) -> Result<Step<'a>, PeerError> {
        let _ = (octets, reader, limits);
        Ok(Step { consumed: 0, event: None })
    }
}
