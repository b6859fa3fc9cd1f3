//! A request head (RFC 9112 §3 and §5), from octets to slices.

use crate::host::{is_host, is_same_authority};
use crate::memo::{self, Memo};
use crate::parse::{Parse, Parsed, Stop};
use crate::scan::{self, Scanner, Work};
use crate::semantics::Semantics;
use crate::{
    BodyLength, Fault, Fields, Limits, Method, Persistence, Said, Span, Target, TargetForm, framing,
};

/// HTTP-version (RFC 9112 §2.3), as far as it changes what we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1, and higher minor versions (RFC 9110 §2.5).
    Http11,
}

/// A complete, checked request head. All slices point into the octets that were given.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The method.
    pub method: Method<'a>,
    /// The request-target.
    pub target: Target<'a>,
    /// The version.
    pub version: Version,
    /// Field lines in order, none left out.
    pub fields: Fields<'a>,
    /// How the content is delimited (RFC 9112 §6.3).
    pub body: BodyLength,
    /// What the request says about persistence (RFC 9112 §9.3).
    pub persistence: Persistence,
    /// `Expect: 100-continue` in HTTP/1.1 (RFC 9110 §10.1.1).
    pub expects_continue: bool,
    /// `Upgrade`, with something in it, named in `Connection`, in HTTP/1.1 (RFC 9110 §7.8).
    pub upgrade: bool,
    /// Octets of the head, with the empty line at its end and any empty line in front.
    pub len: usize,
}

/// Reads heads. One per worker: it owns the table of spans and what is remembered between heads.
#[derive(Debug)]
pub struct HeadReader {
    spans: Vec<Span>,
    memo: Memo,
}

impl Default for HeadReader {
    fn default() -> Self {
        Self::new()
    }
}

impl HeadReader {
    /// A reader with room for a usual head, which remembers one of up to 2 KiB.
    pub fn new() -> Self {
        Self::with_memory(memo::OCTETS)
    }

    /// A reader that remembers a head of up to `octets`; none, if that is zero.
    pub fn with_memory(octets: usize) -> Self {
        Self { spans: Vec::with_capacity(128), memo: Memo::new(octets) }
    }

    #[cfg(test)]
    pub(crate) fn remembers(&self, head: &[u8]) -> bool {
        self.memo.is_front_of(head, usize::MAX)
    }

    /// The table, for other field sections.
    pub(crate) fn spans_mut(&mut self) -> &mut Vec<Span> {
        &mut self.spans
    }

    /// Reads the head at the front of `octets`: `Ok(None)` if it is not complete yet.
    ///
    /// A head that comes in drips is walked over again with every drip. That is bounded by the limits
    /// of a head (16 KiB, 128 field lines), and costs about as much as the system call that brought
    /// the drip; remembering the place would cost every connection memory.
    ///
    /// # Errors
    /// The rule that is broken. The verdict does not depend on how the octets were cut: an error is
    /// reported as soon as it can be seen, and is the same error however much follows.
    #[inline]
    pub fn read<'a>(
        &'a mut self,
        octets: &'a [u8],
        limits: &Limits,
    ) -> Result<Option<Head<'a>>, Fault> {
        let limit = limits.head_bytes as usize;
        let octets = &octets[..octets.len().min(limit)];
        let Self { spans, memo } = self;
        let fields = limits.fields as usize;
        if memo.is_front_of(octets, fields) {
            return Ok(memo.head(octets));
        }
        spans.clear();
        let leaves = limits.leaves_to_program;
        scan::with_scanner(Read { octets, spans, fields, memo, limit, leaves })
    }
}

/// The walk over a head and the verdict on it, in one piece of work, which leaves the head where the
/// caller wants it: to move it once more would cost as much as half of the walk.
struct Read<'a, 'm> {
    octets: &'a [u8],
    spans: &'a mut Vec<Span>,
    fields: usize,
    memo: &'m mut Memo,
    limit: usize,
    /// [`Limits::leaves_to_program`].
    leaves: bool,
}

impl<'a> Work for Read<'a, '_> {
    type Output = Result<Option<Head<'a>>, Fault>;

    #[inline(always)]
    fn with<S: Scanner>(self, scanner: S) -> Self::Output {
        let Self { octets, spans, fields, memo, limit, leaves } = self;
        let parse = Parse { octets, spans: &mut *spans, fields, memo };
        // Filled in place: what is written in small pieces and copied in large ones waits.
        let mut semantics = Semantics::default();
        let parsed = match parse.walk(scanner, &mut semantics) {
            Ok(parsed) => parsed,
            Err(Stop::Bad(fault)) => return Err(fault),
            Err(Stop::Partial) if octets.len() == limit => return Err(too_long(octets)),
            Err(Stop::Partial) => return Ok(None),
        };
        let head = judge(&parsed, &semantics, Fields::from_spans(octets, spans), leaves)?;
        memo.learn(octets, &head, parsed.reused);
        Ok(Some(head))
    }
}

#[cold]
fn too_long(octets: &[u8]) -> Fault {
    // [9112-3-b] [9110-5.4-a] [9112-3-a] A method is a part of that line.
    let line = octets.strip_prefix(b"\r\n").unwrap_or(octets);
    if line.contains(&b'\n') { Fault::FieldsTooLarge } else { Fault::RequestLineTooLong }
}

/// A head is complete: what its parts mean together.
#[inline(always)]
fn judge<'a>(
    parsed: &Parsed<'a>,
    semantics: &Semantics<'a>,
    fields: Fields<'a>,
    leaves: bool,
) -> Result<Head<'a>, Fault> {
    // [9110-5.3-c] Nobody hears of a head before this.
    let &Parsed { method, version, plain_host, len, .. } = parsed;
    if method.is_case_variant() {
        return Err(Fault::MethodCase);
    }
    let target = Target::parse(method, parsed.target, leaves)?;
    if !plain_host || target.form != TargetForm::Origin {
        check_host(version, semantics.host, &target, leaves)?;
    }
    let connection = semantics.connection;
    Ok(Head {
        method,
        target,
        version,
        fields,
        body: framing::request_body_length(
            version,
            semantics.content_length,
            semantics.transfer_encoding,
        )?,
        persistence: Persistence::of(version, connection),
        expects_continue: match semantics.expects_continue(version) {
            Err(_) if leaves => false,
            expects => expects?,
        },
        // [9110-7.8-f]
        upgrade: semantics.upgrade && connection.upgrade && version == Version::Http11,
        len,
    })
}

/// RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request
/// message that lacks a Host header field and to any request message that contains more than one Host
/// header field line or a Host header field with an invalid field value."
#[inline]
fn check_host(
    version: Version,
    host: Said<'_>,
    target: &Target<'_>,
    leaves: bool,
) -> Result<(), Fault> {
    // [9112-3.2-a]
    let host = match host {
        Said::Once(host) if is_host(host) => host,
        Said::Nothing if version == Version::Http10 || leaves => return Ok(()),
        Said::Once(host) if leaves => host,
        Said::Nothing | Said::Once(_) | Said::Repeatedly => return Err(Fault::Host),
    };
    // §3.2.2 lets the target win; a recipient in front of us may have gone by Host, so we refuse.
    // [9112-3.2.2-a]
    match target.form {
        TargetForm::Absolute { scheme, authority, .. } => {
            let https = scheme.eq_ignore_ascii_case(b"https");
            let default_port: &[u8] = if https { b"443" } else { b"80" };
            let same = leaves || is_same_authority(authority, host, default_port);
            if same { Ok(()) } else { Err(Fault::Host) }
        }
        _ => Ok(()),
    }
}
