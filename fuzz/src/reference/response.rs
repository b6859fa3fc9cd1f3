//! Answers, as a client reads them (RFC 9112 §4, §6.3 and §9.3).

use super::cursor::Cursor;
use super::framing::length;
use super::grammar::{elements, same};
use super::head::{Lines, field_name, field_value, line_end};
use super::{Stop, grammar};
use nova_http1::Fault;

/// How a client finds the end of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// There is no content.
    Nothing,
    /// After so many octets.
    Length(u64),
    /// After the last chunk and its trailer section.
    Chunked,
    /// At the end of the connection.
    Close,
    /// The connection is a tunnel from here on.
    Tunnel,
}

/// The head of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The reason phrase; may be empty.
    pub reason: &'a [u8],
    /// Octets of the head.
    pub len: usize,
}

/// Reads the head at the front of `octets`: `status-line CRLF *( field-line CRLF ) CRLF`.
///
/// # Errors
/// Why it is none, or not yet.
pub fn read<'a>(octets: &'a [u8], lines: &mut Lines<'a>) -> Result<Response<'a>, Stop> {
    lines.clear();
    let bad = Stop::because(Fault::RequestLine);
    let mut cursor = Cursor::new(octets);
    for octet in *b"HTTP/1.1 " {
        cursor.expect(octet, bad)?;
    }
    let mut status = 0;
    for _ in 0..3 {
        let digit = cursor.take()?;
        if !digit.is_ascii_digit() {
            return Err(bad);
        }
        status = status * 10 + u16::from(digit - b'0');
    }
    cursor.expect(b' ', bad)?;
    let reason = cursor.run(grammar::is_value);
    line_end(&mut cursor)?;
    while cursor.peek()? != b'\r' {
        let name = field_name(&mut cursor)?;
        lines.push((name, field_value(&mut cursor)?));
    }
    line_end(&mut cursor)?;
    Ok(Response { status, reason, len: cursor.at })
}

/// RFC 9112 §6.3, in its order, for an answer to a request with this method.
///
/// # Errors
/// A sentence about what a client would have to guess.
pub fn until(status: u16, lines: &Lines<'_>, method: &[u8]) -> Result<Until, &'static str> {
    let values = |name: &'static [u8]| {
        lines.iter().filter(move |line| same(line.0, name)).map(|line| line.1)
    };
    let (lengths, codings) =
        (values(b"content-length").count(), values(b"transfer-encoding").count());
    // (1), (2)
    if method == b"CONNECT" && (200..300).contains(&status) || status == 101 {
        return match lengths + codings {
            0 => Ok(Until::Tunnel),
            _ => Err("a tunnel with a message body length"),
        };
    }
    if (100..200).contains(&status) || status == 204 {
        // RFC 9110 §8.6, RFC 9112 §6.1
        return match lengths + codings {
            0 => Ok(Until::Nothing),
            _ => Err("1xx or 204 with a message body length"),
        };
    }
    // (3)
    let until = match (lengths, codings) {
        (0, 0) => Until::Close,
        (1, 0) => match values(b"content-length").next().and_then(length) {
            Some(0) => Until::Nothing,
            Some(length) => Until::Length(length),
            None => return Err("a Content-Length that is no number"),
        },
        (0, 1) if values(b"transfer-encoding").all(|value| same(value, b"chunked")) => {
            Until::Chunked
        }
        (0, _) => return Err("another Transfer-Encoding than chunked"),
        _ => return Err("more than one message body length"),
    };
    Ok(if method == b"HEAD" || status == 304 { Until::Nothing } else { until })
}

/// RFC 9112 §9.3: whether a client that spoke HTTP/1.0 or 1.1 may use the connection again.
pub fn persists(lines: &Lines<'_>, http10: bool) -> bool {
    let option = |name: &[u8]| {
        lines
            .iter()
            .filter(|line| same(line.0, b"connection"))
            .flat_map(|line| elements(line.1))
            .any(|option| same(option, name))
    };
    // A client of HTTP/1.0 relies on nothing but keep-alive (appendix C.2.2).
    !option(b"close") && (!http10 || option(b"keep-alive"))
}
