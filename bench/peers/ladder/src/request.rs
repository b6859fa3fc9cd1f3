//! A request as an object: every part of it is a string of its own.

use crate::fields::{Fields, copy};
use crate::service::{HEAD_LIMIT, Refused, content_length};

const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// A request. Filled again, it keeps the memory of its strings.
#[derive(Debug, Default)]
pub struct Request {
    /// GET, POST, …
    pub method: String,
    /// What is asked for.
    pub target: String,
    version: String,
    fields: Fields,
    /// The content.
    pub content: Vec<u8>,
}

impl Request {
    /// Copies the request at the front of `octets`, and says how many they were; `None` if it is not
    /// complete.
    ///
    /// # Errors
    /// It is no request, or one that the ladder does not serve.
    pub fn read(&mut self, octets: &[u8]) -> Result<Option<usize>, Refused> {
        let end = octets.windows(BLANK_LINE.len()).position(|window| window == BLANK_LINE);
        let Some(end) = end else {
            return if octets.len() < HEAD_LIMIT { Ok(None) } else { Err(Refused) };
        };
        let head = str::from_utf8(&octets[..end]).map_err(|_| Refused)?;
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        for own in [&mut self.method, &mut self.target, &mut self.version] {
            copy(own, words.next().ok_or(Refused)?);
        }
        if words.next().is_some() || !self.version.starts_with("HTTP/1.") {
            return Err(Refused);
        }
        self.fields.clear();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(Refused)?;
            self.fields.add(name, value.trim_ascii());
        }
        if self.fields.get("transfer-encoding").is_some() {
            return Err(Refused);
        }
        let begin = end + BLANK_LINE.len();
        let length = self.fields.get("content-length").map_or(Ok(0), content_length)?;
        let Some(content) = octets[begin..].get(..length) else { return Ok(None) };
        self.content.clear();
        self.content.extend_from_slice(content);
        Ok(Some(begin + length))
    }

    /// Whether the client wants to send more on this connection.
    pub fn is_persistent(&self) -> bool {
        let says = |option: &str| {
            let options = self.fields.get("connection").unwrap_or_default().split(',');
            options.map(str::trim_ascii).any(|said| said.eq_ignore_ascii_case(option))
        };
        if self.is_old() { says("keep-alive") } else { !says("close") }
    }

    /// Whether it is one of HTTP/1.0.
    pub fn is_old(&self) -> bool {
        self.version == "HTTP/1.0"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request is copied whole, and what follows it is left.
    #[test]
    fn a_request_is_copied() {
        let octets = b"POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nhiGET";
        let mut request = Request::default();
        assert_eq!(request.read(octets), Ok(Some(octets.len() - 3)));
        assert_eq!((&*request.method, &*request.target), ("POST", "/a"));
        assert_eq!(request.content, b"hi");
        assert!(request.is_persistent());
        for cut in 0..octets.len() - 3 {
            assert_eq!(Request::default().read(&octets[..cut]), Ok(None), "cut at {cut}");
        }
    }

    /// A used object holds nothing of the request before.
    #[test]
    fn nothing_is_left_of_the_last_one() {
        let mut request = Request::default();
        let first = b"GET / HTTP/1.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
        request.read(first).unwrap();
        assert!(!request.is_persistent());
        request.read(b"GET / HTTP/1.1\r\nHost: b\r\n\r\n").unwrap();
        assert!(request.is_persistent() && request.content.is_empty());
    }

    /// What is not served is refused.
    #[test]
    fn others_are_refused() {
        for head in [
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET / HTTP/1.1 x\r\n\r\n",
            "GET / HTTP/1.1\r\nx\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        ] {
            assert_eq!(Request::default().read(head.as_bytes()), Err(Refused), "{head:?}");
        }
        assert_eq!(Request::default().read(&[b'x'; HEAD_LIMIT]), Err(Refused));
    }
}
