//! The trailer section (RFC 9112 §7.1.2, RFC 9110 §6.5): as strict as the fields of a head.
//!
//! It is checked octet by octet as it arrives, and stays where it lies until it is complete: the
//! caller keeps at most [`Limits::trailer_bytes`] of it. Where its lines are is worked out once, at
//! the end, from octets that are known to be well-formed.

use crate::{Fault, Fields, Limits, Span, grammar};

/// How far a trailer section has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrailerReader {
    /// Octets that were checked.
    checked: u32,
    /// Where the line of the next octet began.
    line: u32,
    /// Lines that were begun.
    lines: u32,
    /// Which part of the line the next octet belongs to.
    part: Part,
}

/// Which part of a trailer section the next octet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The first octet of a line.
    Start,
    /// The field name or its colon.
    Name,
    /// The field value with the white space around it.
    Value,
    /// The LF of a field line.
    LineEnd,
    /// The LF of the empty line.
    SectionEnd,
    /// All of it was checked.
    Complete,
}

impl TrailerReader {
    /// A reader before the first line.
    pub(crate) const fn new() -> Self {
        Self { checked: 0, line: 0, lines: 0, part: Part::Start }
    }

    /// Reads the trailer section at the front of `octets`, which begin at its first octet every
    /// time: its length with the empty line and its fields, or `None` while it is incomplete.
    ///
    /// # Errors
    /// [`Fault::FieldName`], [`Fault::FieldValue`], [`Fault::LineEnd`], [`Fault::LineFolding`],
    /// [`Fault::Trailer`] and [`Fault::FieldsTooLarge`].
    pub(crate) fn read<'a>(
        &mut self,
        octets: &'a [u8],
        spans: &'a mut Vec<Span>,
        limits: &Limits,
    ) -> Result<Option<(usize, Fields<'a>)>, Fault> {
        for &octet in octets.get(self.checked as usize..).unwrap_or_default() {
            if self.part == Part::Complete {
                break;
            }
            self.check(octet, octets, limits)?;
        }
        if self.part != Part::Complete {
            return Ok(None);
        }
        let len = self.checked as usize;
        let section = octets.get(..len).unwrap_or_default();
        locate(section, spans);
        Ok(Some((len, Fields::from_spans(section, spans))))
    }

    /// Checks the next octet; `octets` are those of the section that are at hand.
    fn check(&mut self, octet: u8, octets: &[u8], limits: &Limits) -> Result<(), Fault> {
        self.part = match (self.part, octet) {
            (Part::Start, b'\r') => Part::SectionEnd,
            (Part::SectionEnd | Part::LineEnd, b'\n') => match self.part {
                Part::SectionEnd => Part::Complete,
                _ => {
                    self.line = self.checked + 1;
                    Part::Start
                }
            },
            (Part::SectionEnd | Part::LineEnd, _) | (_, b'\n') | (Part::Name, b'\r') => {
                return Err(Fault::LineEnd);
            }
            // RFC 9112 §5.2: "A sender MUST NOT generate a message that includes line folding".
            // [9112-5.2-b]
            (Part::Start, b' ' | b'\t') => return Err(Fault::LineFolding),
            (Part::Start, _) => {
                self.lines += 1;
                // [9110-5.4-a]
                if self.lines > limits.fields {
                    return Err(Fault::FieldsTooLarge);
                }
                if !grammar::is(octet, grammar::TOKEN) {
                    return Err(Fault::FieldName);
                }
                Part::Name
            }
            (Part::Name, b':') => {
                let name = octets.get(self.line as usize..self.checked as usize);
                if is_forbidden(name.unwrap_or_default()) {
                    return Err(Fault::Trailer);
                }
                Part::Value
            }
            // [9112-5.1-a]
            // RFC 9112 §5.1: "A server MUST reject, with a response status code of 400 (Bad
            // Request), any received request message that contains whitespace between a header
            // field name and colon."
            (Part::Name, _) if !grammar::is(octet, grammar::TOKEN) => {
                return Err(Fault::FieldName);
            }
            (Part::Name, _) => Part::Name,
            (Part::Value, b'\r') => Part::LineEnd,
            (Part::Value, _) if !grammar::is(octet, grammar::VALUE) => {
                return Err(Fault::FieldValue);
            }
            (Part::Value, _) => Part::Value,
            (Part::Complete, _) => return Ok(()),
        };
        self.checked += 1;
        // The section's own octets are counted, not the CRLF that ends the chunked body.
        let in_section = !matches!(self.part, Part::SectionEnd | Part::Complete);
        if in_section && self.checked > limits.trailer_bytes {
            return Err(Fault::FieldsTooLarge);
        }
        Ok(())
    }
}

/// Notes where the lines of a checked trailer section are.
fn locate(section: &[u8], spans: &mut Vec<Span>) {
    spans.clear();
    let mut start = 0_usize;
    while let Some(line) = line_at(section, start) {
        let colon = line.iter().position(|&octet| octet == b':').unwrap_or(line.len());
        let raw = line.get(colon + 1..).unwrap_or_default();
        let value = grammar::trim(raw);
        let before = raw.len() - grammar::trim_start(raw).len();
        spans.push(Span {
            name: start as u32,
            name_len: colon as u32,
            value: (start + colon + 1 + before) as u32,
            value_len: value.len() as u32,
        });
        start += line.len() + 2;
    }
}

/// The field line that begins at `start`, without its CRLF; `None` for the empty line.
fn line_at(section: &[u8], start: usize) -> Option<&[u8]> {
    let rest = section.get(start..)?;
    let end = rest.iter().position(|&octet| octet == b'\r')?;
    (end > 0).then(|| &rest[..end])
}

/// Whether a field called `name` must not come in a trailer section.
///
/// RFC 9110 §6.5.1: "Many fields cannot be processed outside the header section because their
/// evaluation is necessary prior to receiving the content, such as those that describe message
/// framing, routing, authentication, request modifiers, response controls, or content format."
pub fn is_forbidden(name: &[u8]) -> bool {
    FORBIDDEN.iter().any(|forbidden| forbidden.as_bytes().eq_ignore_ascii_case(name))
}

const FORBIDDEN: [&str; 44] = [
    // message framing and the connection (RFC 9112 §6, RFC 9110 §7.6, §6.6.2)
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Proxy-Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Upgrade",
    "HTTP2-Settings",
    // routing (RFC 9110 §7.2, §7.6, RFC 7239)
    "Host",
    "Max-Forwards",
    "Via",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    // authentication (RFC 9110 §11, RFC 6265)
    "Authorization",
    "Proxy-Authorization",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Authentication-Info",
    "Proxy-Authentication-Info",
    "Cookie",
    "Set-Cookie",
    // request modifiers (RFC 9110 §10.1.1, §13.1, §14)
    "Expect",
    "Range",
    "If-Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    // response controls (RFC 9110 §10.2, RFC 9111 §5)
    "Age",
    "Cache-Control",
    "Pragma",
    "Expires",
    "Date",
    "Location",
    "Retry-After",
    "Vary",
    "Warning",
    // content format (RFC 9110 §8, §14.4)
    "Content-Encoding",
    "Content-Type",
    "Content-Range",
    "Content-Disposition",
];
