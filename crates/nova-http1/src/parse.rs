//! The walk over a request head: request line (RFC 9112 §3) and field lines (§5), octet by octet or
//! in blocks, whatever the scanner.
//!
//! The walk stops at the first octet that cannot be part of a head, so the verdict on an input does
//! not depend on where it was cut: what has been walked over is the same in every longer input.

use crate::host::is_port;
use crate::memo::{Lines, Memo};
use crate::scan::Scanner;
use crate::semantics::Semantics;
use crate::{Fault, Method, Said, Span, Version};

/// A head's parts that need a second look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed<'a> {
    pub(crate) method: Method<'a>,
    pub(crate) target: &'a [u8],
    pub(crate) version: Version,
    /// The host is a reg-name without percent-encodings, perhaps with a port, as nearly all are.
    pub(crate) plain_host: bool,
    /// Field lines that were in memory.
    pub(crate) reused: usize,
    pub(crate) len: usize,
}

/// Why the walk ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The octets are over; what there is may be the beginning of a head.
    Partial,
    /// No head begins like this.
    Bad(Fault),
}

/// The walk.
pub(crate) struct Parse<'a, 's> {
    pub(crate) octets: &'a [u8],
    /// Gets a span for each field line.
    pub(crate) spans: &'s mut Vec<Span>,
    /// At most so many field lines.
    pub(crate) fields: usize,
    /// An earlier head, whose lines need not be read again.
    pub(crate) memo: &'s Memo,
}

impl<'a> Parse<'a, '_> {
    /// Walks over the head, whatever the scanner; notes what the field lines say about the
    /// connection.
    #[inline(always)]
    pub(crate) fn walk<S: Scanner>(
        self,
        scanner: S,
        semantics: &mut Semantics<'a>,
    ) -> Result<Parsed<'a>, Stop> {
        let Self { octets, spans, fields, memo } = self;
        // [9112-2.2-a] Octets, not text.
        let start = empty_line(octets)?;
        let (method, at) = method(scanner, octets, start)?;
        let (target, at) = target(scanner, octets, at)?;
        let (version, at) = version(octets, at)?;
        let mut lines = memo.lines();
        let section = Section { spans, fields, lines: &mut lines };
        let len = section.read(scanner, octets, at, semantics)?;
        let plain_host = match semantics.host {
            Said::Once(host) => {
                let end = scanner.reg_name_end(octets, semantics.host_at) - semantics.host_at;
                match host.get(end..) {
                    None | Some([]) => !host.is_empty(),
                    Some([b':', port @ ..]) => end > 0 && is_port(port),
                    Some(_) => false,
                }
            }
            Said::Nothing | Said::Repeatedly => false,
        };
        Ok(Parsed { method, target, version, plain_host, reused: lines.reused, len })
    }
}

/// RFC 9112 §2.2: "a server that is expecting to receive and parse a request-line SHOULD ignore at
/// least one empty line (CRLF) received prior to the request-line". We ignore one.
#[inline(always)]
fn empty_line(octets: &[u8]) -> Result<usize, Stop> {
    match octets {
        // [9112-2.2-f]
        [b'\r', b'\n', ..] => Ok(2),
        [] | [b'\r'] => Err(Stop::Partial),
        [b'\r' | b'\n', ..] => Err(Stop::Bad(Fault::LineEnd)),
        _ => Ok(0),
    }
}

/// `method SP`
#[inline(always)]
fn method<S: Scanner>(scanner: S, octets: &[u8], from: usize) -> Result<(Method<'_>, usize), Stop> {
    match octets.get(from..).and_then(<[u8]>::first_chunk::<4>) {
        Some(b"GET ") => return Ok((Method::Get, from + 4)),
        Some(b"POST") if octets.get(from + 4) == Some(&b' ') => {
            return Ok((Method::Post, from + 5));
        }
        _ => {}
    }
    // [9112-2.2-g] [9112-3-c]
    let end = scanner.token_end(octets, from);
    match octets.get(end) {
        None => Err(Stop::Partial),
        Some(b' ') if end > from => Ok((Method::from_token(&octets[from..end]), end + 1)),
        Some(b'\r' | b'\n') if end == from => Err(Stop::Bad(Fault::LineEnd)),
        Some(_) => Err(Stop::Bad(Fault::Method)),
    }
}

/// `request-target SP`
#[inline(always)]
fn target<S: Scanner>(scanner: S, octets: &[u8], from: usize) -> Result<(&[u8], usize), Stop> {
    let end = scanner.target_end(octets, from);
    match octets.get(end) {
        None => Err(Stop::Partial),
        Some(b' ') if end > from => Ok((&octets[from..end], end + 1)),
        Some(b' ' | b'\t' | b'\r' | b'\n') => Err(Stop::Bad(Fault::RequestLine)),
        Some(_) => Err(Stop::Bad(Fault::Target)),
    }
}

/// `HTTP-version CRLF`
#[inline(always)]
fn version(octets: &[u8], from: usize) -> Result<(Version, usize), Stop> {
    match octets.get(from..).and_then(<[u8]>::first_chunk::<10>) {
        Some(b"HTTP/1.1\r\n") => Ok((Version::Http11, from + 10)),
        _ => unusual_version(octets, from),
    }
}

/// `HTTP-version = "HTTP/" DIGIT "." DIGIT`, as far as it has come.
#[cold]
fn unusual_version(octets: &[u8], from: usize) -> Result<(Version, usize), Stop> {
    let mut rest = octets[from..].iter().copied();
    let mut next = || rest.next().ok_or(Stop::Partial);
    for expected in *b"HTTP/" {
        if next()? != expected {
            return Err(Stop::Bad(Fault::Version));
        }
    }
    let major = next()?;
    let major_is_digit = major.is_ascii_digit();
    if !major_is_digit || next()? != b'.' {
        return Err(Stop::Bad(Fault::Version));
    }
    let minor = next()?;
    if !minor.is_ascii_digit() {
        return Err(Stop::Bad(Fault::Version));
    }
    match next()? {
        b'\r' => {}
        b'\n' => return Err(Stop::Bad(Fault::LineEnd)),
        _ => return Err(Stop::Bad(Fault::Version)),
    }
    if next()? != b'\n' {
        return Err(Stop::Bad(Fault::LineEnd));
    }
    match (major, minor) {
        (b'1', b'0') => Ok((Version::Http10, from + 10)),
        // RFC 9110 §2.5: a higher minor version is processed as the highest that we know.
        // [9110-2.5-a]
        (b'1', _) => Ok((Version::Http11, from + 10)),
        _ => Err(Stop::Bad(Fault::VersionUnsupported)),
    }
}

/// A field section that is being read.
struct Section<'s, 'm> {
    spans: &'s mut Vec<Span>,
    fields: usize,
    lines: &'s mut Lines<'m>,
}

impl Section<'_, '_> {
    /// `*( field-line CRLF ) CRLF`; the end of it.
    #[inline(always)]
    fn read<'a, S: Scanner>(
        self,
        scanner: S,
        octets: &'a [u8],
        from: usize,
        semantics: &mut Semantics<'a>,
    ) -> Result<usize, Stop> {
        let Self { spans, fields, lines } = self;
        let mut at = from;
        loop {
            at = lines.reuse(scanner, octets, at, spans, semantics);
            if spans.len() > fields {
                return Err(Stop::Bad(Fault::FieldsTooLarge));
            }
            // field-line = field-name ":" OWS field-value OWS
            let name = at;
            let name_end = scanner.token_end(octets, name);
            match octets.get(name_end) {
                Some(b':') if name_end > name => {}
                Some(b'\r') if name_end == name => {
                    return match octets.get(name + 1) {
                        Some(b'\n') => Ok(name + 2),
                        Some(_) => Err(Stop::Bad(Fault::LineEnd)),
                        None => Err(Stop::Partial),
                    };
                }
                Some(&octet) => return Err(Stop::Bad(bad_name(octet, name_end == name))),
                None => return Err(Stop::Partial),
            }
            // [9110-5.4-a]
            if spans.len() >= fields {
                return Err(Stop::Bad(Fault::FieldsTooLarge));
            }
            // [9110-5.5-a]
            // One space is what everybody sends.
            let mut value = name_end + 1 + usize::from(octets.get(name_end + 1) == Some(&b' '));
            if matches!(octets.get(value), Some(b' ' | b'\t')) {
                value = skip_white_space(octets, value);
            }
            let line_end = scanner.value_end(octets, value);
            match octets.get(line_end..).and_then(<[u8]>::first_chunk::<2>) {
                Some(b"\r\n") => {}
                _ => return Err(bad_line_end(octets, line_end)),
            }
            let mut value_end = line_end;
            if matches!(octets[line_end - 1], b' ' | b'\t') {
                value_end = value + octets[value..line_end].trim_ascii_end().len();
            }
            spans.push(Span {
                name: name as u32,
                name_len: (name_end - name) as u32,
                value: value as u32,
                value_len: (value_end - value) as u32,
            });
            semantics.note(&octets[name..name_end], &octets[value..value_end], value);
            at = line_end + 2;
        }
    }
}

/// The first octet from `from` on that is neither SP nor HTAB.
#[cold]
fn skip_white_space(octets: &[u8], from: usize) -> usize {
    let run = octets[from..].iter().position(|octet| !matches!(octet, b' ' | b'\t'));
    run.map_or(octets.len(), |run| from + run)
}

/// What is wrong with an octet that ends a field name and is no colon.
#[cold]
fn bad_name(octet: u8, first: bool) -> Fault {
    match octet {
        // RFC 9112 §5.2 [9112-5.2-b]: obs-fold; right after the request line, §2.2 [9112-2.2-e].
        b' ' | b'\t' if first => Fault::LineFolding,
        b'\r' | b'\n' => Fault::LineEnd,
        // [9112-5.1-a]
        _ => Fault::FieldName,
    }
}

/// What is wrong, or missing, where a field line should end.
#[cold]
fn bad_line_end(octets: &[u8], at: usize) -> Stop {
    match (octets.get(at), octets.get(at + 1)) {
        (None, _) | (Some(b'\r'), None) => Stop::Partial,
        // [9112-2.2-c] [9110-5.5-b]
        (Some(b'\r' | b'\n'), _) => Stop::Bad(Fault::LineEnd),
        (Some(_), _) => Stop::Bad(Fault::FieldValue),
    }
}
