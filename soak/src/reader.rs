//! Responses, read strictly, by code that shares nothing with the server's.
//!
//! Whatever is doubtful is an error: a line end that is not CRLF, an octet that may not stand where
//! it stands, two lengths, no length, no date. The caller has to say which answers have no content
//! because of their request (HEAD), as a response does not tell.

use std::fmt;

/// A head is never longer; without a bound a server that never ends one would not be found out.
const HEAD_BYTES: usize = 16 * 1024;

/// One response, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code; below 200 for interim ones, which have no content.
    pub status: u16,
    /// It announces the end of the connection (RFC 9112 §9.6).
    pub close: bool,
    /// The content, without its transfer coding.
    pub content: Vec<u8>,
}

/// Octets that are no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// Reads one response from the front of `octets`, and says how long it is; `None` if more is needed.
///
/// # Errors
/// Why it is none.
pub fn read(octets: &[u8], headless: bool) -> Result<Option<(Response, usize)>, Malformed> {
    let Some(end) = memchr::memmem::find(octets, b"\r\n\r\n") else {
        if octets.len() > HEAD_BYTES {
            return Err(Malformed("a head without an end"));
        }
        // What has come must at least begin as one.
        let begin = octets.len().min(9);
        if octets[..begin] != b"HTTP/1.1 "[..begin] {
            return Err(Malformed("octets that begin no response"));
        }
        return Ok(None);
    };
    let head = Head::parse(&octets[..end + 2])?;
    let after = end + 4;
    let respond = |content: Vec<u8>, len| {
        Ok(Some((Response { status: head.status, close: head.close, content }, len)))
    };
    if head.status < 200 || head.status == 204 || head.status == 304 {
        if head.chunked || head.length.is_some_and(|len| len > 0 && head.status != 304) {
            return Err(Malformed("a response that has no content has a length"));
        }
        return respond(Vec::new(), after);
    }
    if head.chunked {
        if headless {
            return respond(Vec::new(), after);
        }
        let Some((content, len)) = chunks(&octets[after..])? else { return Ok(None) };
        return respond(content, after + len);
    }
    let Some(length) = head.length else { return Err(Malformed("a response without a length")) };
    let length = if headless { 0 } else { length };
    let Some(content) = octets[after..].get(..length) else { return Ok(None) };
    respond(content.to_vec(), after + length)
}

/// What a head says of its message.
struct Head {
    status: u16,
    close: bool,
    chunked: bool,
    length: Option<usize>,
}

impl Head {
    /// `octets` are lines, each with its CRLF.
    fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        let mut lines = Lines(octets);
        let status = status(lines.next().unwrap_or(Err(Malformed("no status line")))?)?;
        let mut head = Self { status, close: false, chunked: false, length: None };
        let mut dates = 0;
        for line in lines {
            let (name, value) = field(line?)?;
            if name.eq_ignore_ascii_case(b"content-length") {
                if head.length.replace(number(value, 10)?).is_some() {
                    return Err(Malformed("two lengths"));
                }
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                if value != b"chunked" || head.chunked {
                    return Err(Malformed("a transfer coding that is not chunked, once"));
                }
                head.chunked = true;
            } else if name.eq_ignore_ascii_case(b"connection") {
                head.close |= value
                    .split(|&octet| octet == b',')
                    .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"));
            } else if name.eq_ignore_ascii_case(b"date") {
                dates += 1;
                if value.len() != 29 || !value.ends_with(b" GMT") {
                    return Err(Malformed("a date that is none"));
                }
            }
        }
        if head.chunked && head.length.is_some() {
            return Err(Malformed("a length and chunks"));
        }
        if dates != usize::from(status >= 200) {
            return Err(Malformed("not one date"));
        }
        Ok(head)
    }
}

/// Lines that end with CRLF, without it.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = Result<&'a [u8], Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let Some(end) = memchr::memchr(b'\r', self.0) else {
            self.0 = &[];
            return Some(Err(Malformed("a line without an end")));
        };
        let (line, rest) = self.0.split_at(end);
        let Some(rest) = rest.strip_prefix(b"\r\n") else {
            self.0 = &[];
            return Some(Err(Malformed("a carriage return that ends no line")));
        };
        self.0 = rest;
        Some(Ok(line))
    }
}

fn status(line: &[u8]) -> Result<u16, Malformed> {
    const WRONG: Malformed = Malformed("a status line that is none");
    let rest = line.strip_prefix(b"HTTP/1.1 ").ok_or(WRONG)?;
    let (code, reason) = rest.split_at_checked(3).ok_or(WRONG)?;
    let reason = reason.strip_prefix(b" ").ok_or(WRONG)?;
    if !reason.iter().all(|&octet| text(octet)) {
        return Err(WRONG);
    }
    match number(code, 10) {
        Ok(code @ 100..=599) => Ok(code as u16),
        _ => Err(WRONG),
    }
}

fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let colon = memchr::memchr(b':', line).ok_or(Malformed("a field line without a colon"))?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let token = |&octet: &u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
    if name.is_empty() || !name.iter().all(token) {
        return Err(Malformed("a field name that is no token"));
    }
    // More than the grammar asks for, and what the server promises: one space before, none after.
    let value = value.strip_prefix(b" ").unwrap_or(value);
    if !value.iter().all(|&octet| text(octet)) || value != value.trim_ascii() {
        return Err(Malformed("a field value with octets that it may not have"));
    }
    Ok((name, value))
}

/// VCHAR, obs-text, space and tab.
const fn text(octet: u8) -> bool {
    octet == b'\t' || (octet >= b' ' && octet != 0x7F)
}

/// Digits and nothing else.
fn number(octets: &[u8], radix: u32) -> Result<usize, Malformed> {
    const WRONG: Malformed = Malformed("digits that are none");
    if octets.is_empty() || octets.len() > 15 {
        return Err(WRONG);
    }
    octets.iter().try_fold(0_usize, |number, &octet| {
        let digit = char::from(octet).to_digit(radix).ok_or(WRONG)?;
        Ok(number * radix as usize + digit as usize)
    })
}

/// Chunked content at the front of `octets` and its length; `None` if more is needed.
fn chunks(octets: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Malformed> {
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        let rest = &octets[at..];
        let Some(end) = memchr::memchr(b'\r', &rest[..rest.len().min(16)]) else {
            return if rest.len() < 16 {
                Ok(None)
            } else {
                Err(Malformed("a chunk without a size"))
            };
        };
        let size = number(&rest[..end], 16)?;
        let whole = end + 2 + size + 2;
        if let Some(&octet) = rest.get(end + 1)
            && octet != b'\n'
        {
            return Err(Malformed("a chunk's size that ends with no line feed"));
        }
        let Some(chunk) = rest.get(end + 2..whole) else { return Ok(None) };
        let chunk = chunk.strip_suffix(b"\r\n").ok_or(Malformed("a chunk that does not end"))?;
        at += whole;
        if size == 0 {
            return Ok(Some((content, at)));
        }
        content.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

    fn response(rest: &str) -> Vec<u8> {
        format!("HTTP/1.1 200 OK\r\n{DATE}{rest}").into_bytes()
    }

    /// What is read of a response is read at its last octet and not before.
    fn whole(octets: &[u8]) -> Response {
        for cut in 0..octets.len() {
            assert_eq!(read(&octets[..cut], false), Ok(None), "{cut}");
        }
        let (response, len) = read(octets, false).expect("well-formed").expect("whole");
        assert_eq!(len, octets.len());
        response
    }

    #[test]
    fn a_length_and_chunks_are_read() {
        let plain = whole(&response("Content-Length: 5\r\n\r\nhello"));
        assert_eq!((plain.status, plain.close, &plain.content[..]), (200, false, &b"hello"[..]));
        let chunked = "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                       5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n";
        let chunked = whole(&response(chunked));
        assert_eq!((chunked.close, &chunked.content[..]), (true, &b"hello0123456789"[..]));
    }

    #[test]
    fn an_interim_response_has_no_date_and_no_content() {
        assert_eq!(whole(b"HTTP/1.1 100 Continue\r\n\r\n").status, 100);
        let dated = format!("HTTP/1.1 100 Continue\r\n{DATE}\r\n");
        assert!(read(dated.as_bytes(), false).is_err());
    }

    #[test]
    fn an_answer_to_head_ends_with_its_head() {
        let octets = response("Content-Length: 5\r\n\r\n");
        assert_eq!(read(&octets, false), Ok(None));
        let (head, len) = read(&octets, true).expect("well-formed").expect("whole");
        assert_eq!((head.content.len(), len), (0, octets.len()));
    }

    #[test]
    fn what_is_doubtful_is_refused() {
        for wrong in [
            "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Content-Length: +5\r\n\r\nhello",
            "Content-Length : 5\r\n\r\nhello",
            "Content-Length: 5 \r\n\r\nhello",
            "Content-Length: 5\n\r\n\r\nhello",
            "X: a\rb\r\nContent-Length: 0\r\n\r\n",
            "X: a\0\r\nContent-Length: 0\r\n\r\n",
            "\r\nhello",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n5\rXhello\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
        ] {
            assert!(read(&response(wrong), false).is_err(), "{wrong:?}");
        }
        for wrong in ["HTTP/1.0 200 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 200\r\n", "hello"] {
            assert!(read(format!("{wrong}\r\n\r\n").as_bytes(), false).is_err(), "{wrong:?}");
        }
        assert!(read(b"xHTTP/1.1", false).is_err());
        assert!(read(&vec![b'H'; HEAD_BYTES + 1], false).is_err());
    }
}
