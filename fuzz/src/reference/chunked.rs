//! The chunked transfer coding (RFC 9112 §7.1) with its trailer section.
//!
//! ```text
//! chunked-body = *chunk last-chunk trailer-section CRLF
//! chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//! chunk-size   = 1*HEXDIG                     at most 16, and at most 2⁶³−1
//! last-chunk   = 1*("0") [ chunk-ext ] CRLF
//! chunk-ext    = *( ";" token [ "=" ( token / quoted-string ) ] )      no white space
//! ```

use nova_http1::{Fault, Limits};

use super::cursor::{Cursor, Stop};
use super::framing::LONGEST;
use super::grammar::{is_qdtext, is_tchar, is_value, same};
use super::head::{Lines, field_name, field_value, line_end};

/// What was found so far: it is valid also when the body turns out to be wrong later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The last-chunk line was complete at this place.
    pub last_chunk: Option<usize>,
    /// Octets of the whole body.
    pub len: usize,
}

/// Reads the body at the front of `octets`: `content` gets its content, as far as it is there, and
/// `lines` those of the trailer section.
///
/// # Errors
/// Why it is none, or not yet.
pub fn read<'a>(
    octets: &'a [u8],
    limits: &Limits,
    content: &mut Vec<u8>,
    lines: &mut Lines<'a>,
) -> Result<Found, Stop> {
    lines.clear();
    let mut cursor = Cursor::new(octets);
    let (mut announced, mut extensions) = (0_u128, 0_u32);
    loop {
        let size = chunk_size(&mut cursor)?;
        extension(&mut cursor, limits, &mut extensions)?;
        cursor.expect(b'\r', Stop::because(Fault::Chunk))?;
        cursor.expect(b'\n', Stop::because(Fault::Chunk))?;
        if size == 0 {
            break;
        }
        announced += size;
        if announced > u128::from(limits.content_bytes) {
            return Err(Stop::because(Fault::ContentTooLarge));
        }
        let there = (octets.len() - cursor.at) as u128;
        let taken = usize::try_from(size.min(there)).unwrap_or(usize::MAX);
        content.extend_from_slice(&octets[cursor.at..cursor.at + taken]);
        cursor.at += taken;
        if size > there {
            return Err(Stop::Incomplete);
        }
        cursor.expect(b'\r', Stop::because(Fault::Chunk))?;
        cursor.expect(b'\n', Stop::because(Fault::Chunk))?;
    }
    let last_chunk = Some(cursor.at);
    trailer_section(&mut cursor, limits, lines)?;
    Ok(Found { last_chunk, len: cursor.at })
}

fn chunk_size(cursor: &mut Cursor<'_>) -> Result<u128, Stop> {
    let (mut size, mut digits) = (0_u128, 0);
    loop {
        let octet = cursor.peek()?;
        let digit = match octet {
            b'0'..=b'9' => octet - b'0',
            b'a'..=b'f' => octet - b'a' + 10,
            b'A'..=b'F' => octet - b'A' + 10,
            b';' | b'\r' if digits > 0 => return Ok(size),
            _ => return Err(Stop::because(Fault::Chunk)),
        };
        size = size * 16 + u128::from(digit);
        digits += 1;
        if digits > 16 || size > LONGEST {
            return Err(Stop::because(Fault::Chunk));
        }
        cursor.at += 1;
    }
}

/// All extensions of a chunk; their octets are counted.
fn extension(cursor: &mut Cursor<'_>, limits: &Limits, octets: &mut u32) -> Result<(), Stop> {
    let bad = Stop::because(Fault::Chunk);
    let before = *octets;
    // Takes an octet that was found to be right.
    let mut take = |cursor: &mut Cursor<'_>| {
        cursor.at += 1;
        *octets += 1;
        let too_many = *octets > limits.chunk_extension_bytes
            || *octets - before > limits.chunk_extension_bytes_each;
        if too_many { Err(Stop::because(Fault::ContentTooLarge)) } else { Ok(()) }
    };
    while cursor.peek()? == b';' {
        take(cursor)?;
        if !is_tchar(cursor.peek()?) {
            return Err(bad);
        }
        while is_tchar(cursor.peek()?) {
            take(cursor)?;
        }
        if cursor.peek()? != b'=' {
            continue;
        }
        take(cursor)?;
        if cursor.peek()? == b'"' {
            take(cursor)?;
            loop {
                match cursor.peek()? {
                    b'"' => break take(cursor)?,
                    b'\\' => {
                        take(cursor)?;
                        if !is_value(cursor.peek()?) {
                            return Err(bad);
                        }
                        take(cursor)?;
                    }
                    octet if is_qdtext(octet) => take(cursor)?,
                    _ => return Err(bad),
                }
            }
        } else {
            if !is_tchar(cursor.peek()?) {
                return Err(bad);
            }
            while is_tchar(cursor.peek()?) {
                take(cursor)?;
            }
        }
    }
    Ok(())
}

/// `trailer-section = *( field-line CRLF )`, and the CRLF behind it, which its bound leaves out.
fn trailer_section<'a>(
    cursor: &mut Cursor<'a>,
    limits: &Limits,
    lines: &mut Lines<'a>,
) -> Result<(), Stop> {
    let bound = cursor.at + limits.trailer_bytes as usize;
    let too_large = Stop::because(Fault::FieldsTooLarge);
    while cursor.peek()? != b'\r' {
        let line = field_line(cursor, limits, lines);
        // A refused line ends with the walk at the octet that is wrong.
        match line {
            Ok(()) if cursor.at > bound => return Err(too_large),
            Ok(()) => {}
            Err(Stop::Incomplete) if cursor.at > bound => return Err(too_large),
            Err(Stop::Refused(_)) if cursor.at > bound => return Err(too_large),
            Err(Stop::Refused(faults)) if cursor.at == bound => {
                return Err(Stop::Refused(faults.or(Fault::FieldsTooLarge)));
            }
            Err(stop) => return Err(stop),
        }
    }
    line_end(cursor)
}

fn field_line<'a>(
    cursor: &mut Cursor<'a>,
    limits: &Limits,
    lines: &mut Lines<'a>,
) -> Result<(), Stop> {
    match cursor.peek()? {
        b'\n' => return Err(Stop::because(Fault::LineEnd)),
        b' ' | b'\t' => return Err(Stop::because(Fault::LineFolding)),
        _ if lines.len() == limits.fields as usize => {
            return Err(Stop::because(Fault::FieldsTooLarge));
        }
        _ => {}
    }
    let name = field_name(cursor)?;
    if is_forbidden(name) {
        cursor.at -= 1;
        return Err(Stop::because(Fault::Trailer));
    }
    lines.push((name, field_value(cursor)?));
    Ok(())
}

/// Whether a field must not come in a trailer section: framing, routing, authentication, request
/// modifiers, response controls and content format (RFC 9110 §6.5.1).
pub fn is_forbidden(name: &[u8]) -> bool {
    FORBIDDEN.split_ascii_whitespace().any(|forbidden| same(forbidden.as_bytes(), name))
}

const FORBIDDEN: &str = "
    connection content-length http2-settings keep-alive proxy-connection te trailer
    transfer-encoding upgrade
    forwarded host max-forwards via x-forwarded-for x-forwarded-host x-forwarded-proto
    authentication-info authorization cookie proxy-authenticate proxy-authentication-info
    proxy-authorization set-cookie www-authenticate
    expect if-match if-modified-since if-none-match if-range if-unmodified-since range
    age cache-control date expires location pragma retry-after vary warning
    content-disposition content-encoding content-range content-type";
