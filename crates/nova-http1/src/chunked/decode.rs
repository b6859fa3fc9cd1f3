//! Decoding the chunked transfer coding (RFC 9112 §7.1), one octet position at a time.
//!
//! ```text
//! chunked-body   = *chunk last-chunk trailer-section CRLF
//! chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//! chunk-size     = 1*HEXDIG
//! last-chunk     = 1*("0") [ chunk-ext ] CRLF
//! chunk-ext      = *( ";" chunk-ext-name [ "=" chunk-ext-val ] )      (we take no BWS)
//! chunk-ext-name = token
//! chunk-ext-val  = token / quoted-string
//! ```
//!
//! Every state is a place in this grammar. A chunk costs a constant amount of work besides the walk
//! over its size line, nothing is allocated, and content is handed out where it lies.

use crate::framing::LONGEST_CONTENT;
use crate::{Fault, Limits, grammar};

/// Decodes one chunked body up to the end of its last-chunk line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoder {
    state: State,
    /// Octets of content announced so far, of all chunks.
    content: u64,
    /// Octets of chunk extensions so far, of all chunks.
    extension: u32,
}

/// Which part of the grammar the next octet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The chunk-size, of which so many digits were read.
    Size { digits: u8, size: u64 },
    /// A chunk-ext of a chunk with this size, before which there were so many octets of extensions.
    Extension { part: Part, size: u64, before: u32 },
    /// The LF of a size line.
    SizeEnd { size: u64 },
    /// chunk-data, of which so many octets are to come.
    Data { left: u64 },
    /// The CR after chunk-data.
    DataReturn,
    /// The LF after chunk-data.
    DataFeed,
    /// The last-chunk line was read.
    Last,
}

/// Which part of a chunk-ext the next octet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The first octet of the name, after `;`.
    NameStart,
    /// The name, or what ends it.
    Name,
    /// The first octet of the value, after `=`.
    ValueStart,
    /// A token as value, or what ends it.
    Token,
    /// Inside the quotes.
    Quoted,
    /// After a backslash inside the quotes.
    QuotedPair,
    /// After the closing quote.
    QuotedEnd,
}

/// Which part of a chunk the next octet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkPlace {
    /// The size, of which nothing was consumed: a chunk begins here.
    Start,
    /// The size, or what ends it.
    Size,
    /// An extension, or what ends it.
    Extension,
    /// The LF of a size line.
    SizeLineFeed,
    /// Data.
    Data,
    /// The CR behind data.
    DataReturn,
    /// The LF behind data.
    DataLineFeed,
    /// Nothing of the last chunk is left.
    Last,
}

/// What [`Decoder::decode`] found at the front of the octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Octets that are done with.
    pub consumed: usize,
    /// What they meant; `None`: more octets are needed.
    pub piece: Option<Piece<'a>>,
}

/// A piece of a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Octets of content, at least one.
    Content(&'a [u8]),
    /// The last-chunk line ended: the trailer section begins.
    LastChunk,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Digits of a chunk-size: as many as 64 bits have. More can only be leading zeros or too much.
    const MAX_DIGITS: u8 = 16;

    /// A decoder before the first chunk.
    pub const fn new() -> Self {
        Self { state: State::Size { digits: 0, size: 0 }, content: 0, extension: 0 }
    }

    /// Which part of a chunk the next octet belongs to.
    pub const fn place(&self) -> ChunkPlace {
        match self.state {
            State::Size { digits: 0, .. } => ChunkPlace::Start,
            State::Size { .. } => ChunkPlace::Size,
            State::Extension { .. } => ChunkPlace::Extension,
            State::SizeEnd { .. } => ChunkPlace::SizeLineFeed,
            State::Data { .. } => ChunkPlace::Data,
            State::DataReturn => ChunkPlace::DataReturn,
            State::DataFeed => ChunkPlace::DataLineFeed,
            State::Last => ChunkPlace::Last,
        }
    }

    /// Reads up to the next piece. It stops anywhere and goes on there with the next octets.
    ///
    /// # Errors
    /// [`Fault::Chunk`] where the grammar is broken, a chunk-size has more than 16 digits or is
    /// above 2⁶³−1; [`Fault::ContentTooLarge`] where the chunk-sizes exceed
    /// [`Limits::content_bytes`], or the extensions [`Limits::chunk_extension_bytes`] or, of one
    /// chunk, [`Limits::chunk_extension_bytes_each`]. Do not call it again after an error.
    pub fn decode<'a>(&mut self, octets: &'a [u8], limits: &Limits) -> Result<Decoded<'a>, Fault> {
        // [9112-6.1-a] [9112-7.1-a]
        let mut state = self.state;
        let mut at = 0;
        let piece = loop {
            if state == State::Last {
                break Some(Piece::LastChunk);
            }
            let Some(&octet) = octets.get(at) else { break None };
            state = match state {
                State::Size { digits: 1.., size } if octet == b';' => {
                    let before = self.extension;
                    self.count_extension(before, limits)?;
                    State::Extension { part: Part::NameStart, size, before }
                }
                State::Size { digits, size } => size_octet(octet, digits, size)?,
                State::Extension { part, size, before } => {
                    match self.extension_octet(octet, part, before, limits)? {
                        Some(part) => State::Extension { part, size, before },
                        None => State::SizeEnd { size },
                    }
                }
                // RFC 9112 §7.1: the line ends in CRLF. A recipient may take a bare LF for the end
                // of a field line (§2.2), but not here: two readers would then see two bodies.
                State::SizeEnd { size } if octet == b'\n' => self.begin_data(size, limits)?,
                State::Data { left } => {
                    let (data, left) = take(&octets[at..], left);
                    state = if left == 0 { State::DataReturn } else { State::Data { left } };
                    at += data.len();
                    break Some(Piece::Content(data));
                }
                State::DataReturn if octet == b'\r' => State::DataFeed,
                State::DataFeed if octet == b'\n' => State::Size { digits: 0, size: 0 },
                State::SizeEnd { .. } | State::DataReturn | State::DataFeed | State::Last => {
                    return Err(Fault::Chunk);
                }
            };
            at += 1;
        };
        self.state = state;
        Ok(Decoded { consumed: at, piece })
    }

    /// One octet of a chunk-ext: in which part it is then, or that its line ends.
    ///
    /// RFC 9112 §7.1.1: "A recipient MUST ignore unrecognized chunk extensions", and "A server
    /// ought to limit the total length of chunk extensions received in a request".
    fn extension_octet(
        &mut self,
        octet: u8,
        part: Part,
        before: u32,
        limits: &Limits,
    ) -> Result<Option<Part>, Fault> {
        use grammar::{QUOTED, TOKEN, VALUE, is};
        // [9112-7.1.1-a]
        let part = match (part, octet) {
            (Part::Name | Part::Token | Part::QuotedEnd, b'\r') => return Ok(None),
            // [9110-5.6.3-b] No white space around these.
            (Part::Name | Part::Token | Part::QuotedEnd, b';') => Part::NameStart,
            (Part::NameStart | Part::Name, o) if is(o, TOKEN) => Part::Name,
            (Part::Name, b'=') => Part::ValueStart,
            (Part::ValueStart, b'"') => Part::Quoted,
            (Part::ValueStart | Part::Token, o) if is(o, TOKEN) => Part::Token,
            (Part::Quoted, b'"') => Part::QuotedEnd,
            (Part::Quoted, b'\\') => Part::QuotedPair,
            (Part::Quoted, o) if is(o, QUOTED) => Part::Quoted,
            (Part::QuotedPair, o) if is(o, VALUE) => Part::Quoted,
            _ => return Err(Fault::Chunk),
        };
        self.count_extension(before, limits)?;
        Ok(Some(part))
    }

    /// One more octet of a chunk-ext, whose chunk had `before` of other chunks before it.
    fn count_extension(&mut self, before: u32, limits: &Limits) -> Result<(), Fault> {
        // [9112-7.1.1-b]
        self.extension = self.extension.saturating_add(1);
        let too_many = self.extension > limits.chunk_extension_bytes
            || self.extension - before > limits.chunk_extension_bytes_each;
        if too_many { Err(Fault::ContentTooLarge) } else { Ok(()) }
    }

    /// The size line ended.
    fn begin_data(&mut self, size: u64, limits: &Limits) -> Result<State, Fault> {
        if size == 0 {
            return Ok(State::Last);
        }
        self.content = self.content.saturating_add(size);
        if self.content > limits.content_bytes {
            return Err(Fault::ContentTooLarge);
        }
        Ok(State::Data { left: size })
    }
}

/// One octet of a chunk-size, or what ends it.
///
/// RFC 9112 §7.1: "recipients MUST anticipate potentially large hexadecimal numerals and prevent
/// parsing errors due to integer conversion overflows or precision loss".
#[inline]
fn size_octet(octet: u8, digits: u8, size: u64) -> Result<State, Fault> {
    let digit = match octet {
        b'0'..=b'9' => octet - b'0',
        b'a'..=b'f' => octet - b'a' + 10,
        b'A'..=b'F' => octet - b'A' + 10,
        b'\r' if digits > 0 => return Ok(State::SizeEnd { size }),
        _ => return Err(Fault::Chunk),
    };
    // [9112-7.1-b]
    if digits == Decoder::MAX_DIGITS || size > (LONGEST_CONTENT >> 4) {
        return Err(Fault::Chunk);
    }
    Ok(State::Size { digits: digits + 1, size: size << 4 | u64::from(digit) })
}

/// At most `left` octets from the front, and how many are then to come.
fn take(octets: &[u8], left: u64) -> (&[u8], u64) {
    let len = usize::try_from(left).map_or(octets.len(), |left| left.min(octets.len()));
    (&octets[..len], left - len as u64)
}
