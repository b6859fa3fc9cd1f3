//! Request heads against httparse, which many servers read with.
//!
//! What we accept, it must read in the same way. It is laxer than we are; where it accepts what we
//! refuse, the reason must be one of a closed list.

use httparse::{EMPTY_HEADER, Error, Request, Status};
use nova_http1::{Fault, Head, Limits};

use super::{Disagreement, disagree};

/// More field lines than any limit of ours.
const LINES: usize = 192;

/// Whether httparse comes to the same, or differs for a known reason.
pub(crate) fn compare(
    input: &[u8],
    limits: &Limits,
    found: &Result<Option<Head<'_>>, Fault>,
) -> Result<(), Disagreement> {
    let mut headers = [EMPTY_HEADER; LINES];
    let mut request = Request::new(&mut headers);
    let octets = &input[..input.len().min(limits.head_bytes as usize)];
    let other = request.parse(octets);
    match (found, other) {
        (Ok(Some(head)), Ok(Status::Complete(len))) => same(head, &request, len),
        // It knows no minor version above 1; we process these as 1.1 (RFC 9110 §2.5).
        (Ok(Some(_)), Err(Error::Version)) if version(octets) > Some((1, 1)) => Ok(()),
        // A well-formed version is refused by us at the end of its line, by it at its first digit.
        (Ok(None), Err(Error::Version)) if version(octets).is_some() => Ok(()),
        (Ok(None), Ok(Status::Partial)) => Ok(()),
        (Err(fault), Ok(Status::Complete(_))) if is_laxer_about(*fault, octets) => Ok(()),
        // Which of the two says so first is no part of either contract; that we are right to refuse
        // is the reference's to say.
        (Err(_), Ok(Status::Partial) | Err(_)) => Ok(()),
        (found, other) => disagree!("found {found:?}, httparse says {other:?}"),
    }
}

fn same(head: &Head<'_>, request: &Request<'_, '_>, len: usize) -> Result<(), Disagreement> {
    let lines = request.headers.iter().map(|line| (line.name.as_bytes(), line.value));
    let same = head.len == len
        && request.method.map(str::as_bytes) == Some(head.method.as_bytes())
        && request.path.map(str::as_bytes) == Some(head.target.raw)
        && request.version == Some(u8::from(head.version == nova_http1::Version::Http11))
        && head.fields.iter().map(|field| (field.name, field.value)).eq(lines);
    match same {
        true => Ok(()),
        false => disagree!("found {head:?}, httparse says {request:?} in {len} octets"),
    }
}

/// Rules of ours that httparse does not have.
fn is_laxer_about(fault: Fault, octets: &[u8]) -> bool {
    match fault {
        // It takes a bare LF for CRLF, and any number of empty lines in front.
        Fault::LineEnd => has_bare_feed(octets) || octets.starts_with(b"\r\n\r\n"),
        // It takes `#` and octets above 0x7F in a request-target, and knows none of its forms.
        Fault::Target => true,
        // It leaves to its callers what field lines mean, which methods there are, and how much of
        // anything is too much.
        Fault::Host
        | Fault::ContentLength
        | Fault::TransferEncoding
        | Fault::TransferCodingUnknown
        | Fault::LengthAndTransferEncoding
        | Fault::Expectation
        | Fault::MethodCase
        | Fault::FieldsTooLarge
        | Fault::RequestLineTooLong => true,
        _ => false,
    }
}

fn has_bare_feed(octets: &[u8]) -> bool {
    octets.first() == Some(&b'\n')
        || octets.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
}

/// The version of the request line, if it is well-formed as far as it is there.
fn version(octets: &[u8]) -> Option<(u8, u8)> {
    let line = octets.strip_prefix(b"\r\n").unwrap_or(octets);
    let version = line.splitn(3, |&octet| octet == b' ').nth(2)?;
    match version.strip_prefix(b"HTTP/")? {
        [major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9', ..] => Some((major - b'0', minor - b'0')),
        [major @ b'0'..=b'9'] | [major @ b'0'..=b'9', b'.'] => Some((major - b'0', 0)),
        _ => None,
    }
}
