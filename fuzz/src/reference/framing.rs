//! The message body length of a request (RFC 9112 §6.3), and what others may take it for.

use nova_http1::{BodyLength, Fault};

use super::cursor::Cursor;
use super::grammar::{is_qdtext, is_tchar, is_value, is_white, same};

/// The values of the field lines that decide it, in order.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The request is of HTTP/1.0.
    pub http10: bool,
    /// How many Content-Length field lines there are, and the value of the first.
    pub lengths: (usize, &'a [u8]),
    /// How many Transfer-Encoding field lines there are, and the value of the first.
    pub codings: (usize, &'a [u8]),
}

/// The longest content that can be announced: 2⁶³−1 octets.
pub const LONGEST: u128 = (1 << 63) - 1;

/// Decides.
///
/// # Errors
/// The one fault that this has.
pub fn body_length(said: &Said<'_>) -> Result<BodyLength, Fault> {
    match (said.lengths.0, said.codings.0) {
        (0, 0) => Ok(BodyLength::None),
        (1, 0) => match length(said.lengths.1) {
            Some(0) => Ok(BodyLength::None),
            Some(length) => Ok(BodyLength::Length(length)),
            None => Err(Fault::ContentLength),
        },
        (_, 0) => Err(Fault::ContentLength),
        (0, 1) => coding(said.codings.1, said.http10),
        (0, _) => Err(Fault::TransferEncoding),
        (_, _) => Err(Fault::LengthAndTransferEncoding),
    }
}

/// `Content-Length = 1*DIGIT`
pub fn length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = &value[value.iter().take_while(|&&digit| digit == b'0').count()..];
    if digits.len() > 19 {
        return None;
    }
    let length = digits.iter().fold(0_u128, |length, digit| length * 10 + u128::from(digit - b'0'));
    (length <= LONGEST).then(|| u64::try_from(length).ok()).flatten()
}

/// One Transfer-Encoding field line: `chunked` and nothing else. Another coding is unknown (501) if
/// the end of the content could be found behind it, or if it stands alone.
fn coding(value: &[u8], http10: bool) -> Result<BodyLength, Fault> {
    if http10 {
        return Err(Fault::TransferEncoding);
    }
    if same(value, b"chunked") {
        return Ok(BodyLength::Chunked);
    }
    let mut cursor = Cursor::new(value);
    let mut chunked = 0;
    let chunked_is_last = loop {
        let name = cursor.run(is_tchar);
        if name.is_empty() {
            return Err(Fault::TransferEncoding);
        }
        let is_chunked = same(name, b"chunked");
        chunked += usize::from(is_chunked);
        cursor.run(is_white);
        while cursor.peek() == Ok(b';') {
            cursor.at += 1;
            // Chunked has no parameters (§7.1).
            if is_chunked || !parameter(&mut cursor) {
                return Err(Fault::TransferEncoding);
            }
            cursor.run(is_white);
        }
        match cursor.take() {
            Err(_) => break is_chunked,
            Ok(b',') => cursor.run(is_white),
            Ok(_) => return Err(Fault::TransferEncoding),
        };
    };
    // §6.3: without chunked at the end the length cannot be known, whatever the other codings are.
    if chunked == 1 && chunked_is_last {
        Err(Fault::TransferCodingUnknown)
    } else {
        Err(Fault::TransferEncoding)
    }
}

/// `transfer-parameter = token BWS "=" BWS ( token / quoted-string )`, with OWS in front.
fn parameter(cursor: &mut Cursor<'_>) -> bool {
    cursor.run(is_white);
    if cursor.run(is_tchar).is_empty() {
        return false;
    }
    cursor.run(is_white);
    if cursor.take() != Ok(b'=') {
        return false;
    }
    cursor.run(is_white);
    if cursor.peek() != Ok(b'"') {
        return !cursor.run(is_tchar).is_empty();
    }
    cursor.at += 1;
    loop {
        match cursor.take() {
            Ok(b'"') => return true,
            Ok(b'\\') if cursor.take().is_ok_and(is_value) => {}
            Ok(octet) if is_qdtext(octet) => {}
            _ => return false,
        }
    }
}

/// What recipients that are less strict make of a field section: each of them takes the first of
/// these rules that it knows. Where we accept a message, all of them must come to the same length;
/// otherwise somebody in front of us or behind us would see another message.
pub const LENIENT: [(&str, Lenient); 6] = [
    ("Transfer-Encoding overrides", |fields| {
        chunked_somewhere(fields).or_else(|| first_length(fields))
    }),
    ("Content-Length overrides", |fields| {
        first_length(fields).or_else(|| chunked_somewhere(fields))
    }),
    ("the last Content-Length", |fields| last_length(fields).or_else(|| chunked_somewhere(fields))),
    ("chunked must be the last coding", |fields| {
        last_coding(fields).or_else(|| first_length(fields))
    }),
    ("chunked must be the first coding", |fields| {
        first_coding(fields).or_else(|| first_length(fields))
    }),
    ("only Content-Length is known", |fields| {
        first_length(fields).or_else(|| exactly_chunked(fields))
    }),
];

/// A way to find the length in the field lines: `None` if nothing is said.
pub type Lenient = for<'a> fn(&[(&'a [u8], &'a [u8])]) -> Option<BodyLength>;

type Lines<'a, 'b> = &'b [(&'a [u8], &'a [u8])];

fn values<'a, 'b>(
    fields: Lines<'a, 'b>,
    name: &'b str,
) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    fields.iter().filter(move |field| same(field.0, name.as_bytes())).map(|field| field.1)
}

fn chunked_somewhere(fields: Lines<'_, '_>) -> Option<BodyLength> {
    let contains = |value: &[u8]| value.windows(7).any(|window| same(window, b"chunked"));
    values(fields, "transfer-encoding").any(contains).then_some(BodyLength::Chunked)
}

fn last_coding(fields: Lines<'_, '_>) -> Option<BodyLength> {
    let last = values(fields, "transfer-encoding").next_back()?;
    last.to_ascii_lowercase().ends_with(b"chunked").then_some(BodyLength::Chunked)
}

fn first_coding(fields: Lines<'_, '_>) -> Option<BodyLength> {
    let first = values(fields, "transfer-encoding").next()?;
    first.to_ascii_lowercase().starts_with(b"chunked").then_some(BodyLength::Chunked)
}

fn exactly_chunked(fields: Lines<'_, '_>) -> Option<BodyLength> {
    values(fields, "transfer-encoding")
        .any(|value| same(value, b"chunked"))
        .then_some(BodyLength::Chunked)
}

fn first_length(fields: Lines<'_, '_>) -> Option<BodyLength> {
    values(fields, "content-length").next().map(number_at_front)
}

fn last_length(fields: Lines<'_, '_>) -> Option<BodyLength> {
    values(fields, "content-length").next_back().map(number_at_front)
}

/// As C's `strtoull`: a sign is skipped, the number ends at the first other octet, and it wraps at 64
/// bits as many a loop does.
fn number_at_front(value: &[u8]) -> BodyLength {
    let digits = value.strip_prefix(b"+").unwrap_or(value);
    let number = digits
        .iter()
        .take_while(|octet| octet.is_ascii_digit())
        .fold(0_u64, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    if number == 0 { BodyLength::None } else { BodyLength::Length(number) }
}
