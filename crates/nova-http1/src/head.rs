//! A request head (RFC 9112 §3 and §5), from octets to slices.

use crate::grammar;
use crate::{
    BodyLength, ConnectionOptions, Fault, Fields, Limits, Method, Persistence, Said, Span, Target,
    TargetForm, framing,
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
    /// `Upgrade` named in `Connection`, in HTTP/1.1 (RFC 9110 §7.8).
    pub upgrade: bool,
    /// Octets of the head, with the empty line at its end and any empty line in front.
    pub len: usize,
}

/// Reads heads. One per worker: it owns the table of spans and what is remembered between heads.
#[derive(Debug)]
pub struct HeadReader {
    spans: Vec<Span>,
}

impl Default for HeadReader {
    fn default() -> Self {
        Self::new()
    }
}

enum Stop {
    Partial,
    Bad(Fault),
}
type R<T> = Result<T, Stop>;

impl HeadReader {
    /// A reader with room for a usual head.
    pub fn new() -> Self {
        Self { spans: Vec::with_capacity(128) }
    }

    /// The table, for other field sections.
    pub(crate) fn spans_mut(&mut self) -> &mut Vec<Span> {
        &mut self.spans
    }

    /// Reads the head at the front of `octets`: `Ok(None)` if it is not complete yet.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn read<'a>(
        &'a mut self,
        octets: &'a [u8],
        limits: &Limits,
    ) -> Result<Option<Head<'a>>, Fault> {
        let window = &octets[..octets.len().min(limits.head_bytes as usize)];
        match parse(window, &mut self.spans, limits) {
            Ok(raw) => finish(raw, window, &self.spans).map(Some),
            Err(Stop::Bad(fault)) => Err(fault),
            Err(Stop::Partial) if window.len() == limits.head_bytes as usize => {
                let line = window.strip_prefix(b"\r\n").unwrap_or(window);
                Err(if line.contains(&b'\n') {
                    Fault::FieldsTooLarge
                } else {
                    Fault::RequestLineTooLong
                })
            }
            Err(Stop::Partial) => Ok(None),
        }
    }
}

struct Raw {
    method: (usize, usize),
    target: (usize, usize),
    version: Version,
    len: usize,
}

fn scan(o: &[u8], mut at: usize, class: u8) -> R<usize> {
    while let Some(&b) = o.get(at) {
        if !grammar::is(b, class) {
            return Ok(at);
        }
        at += 1;
    }
    Err(Stop::Partial)
}

fn lit(o: &[u8], at: usize, expected: &[u8], fault: Fault) -> R<usize> {
    for (i, &e) in expected.iter().enumerate() {
        match o.get(at + i) {
            None => return Err(Stop::Partial),
            Some(&b) if b == e => {}
            Some(_) => return Err(Stop::Bad(fault)),
        }
    }
    Ok(at + expected.len())
}

fn parse(o: &[u8], spans: &mut Vec<Span>, limits: &Limits) -> R<Raw> {
    spans.clear();
    let mut at = 0;
    if o.first() == Some(&b'\r') {
        at = lit(o, 0, b"\r\n", Fault::LineEnd)?;
    }
    let m0 = at;
    let m1 = scan(o, at, grammar::TOKEN)?;
    if m1 == m0 {
        return Err(Stop::Bad(if o[m1] == b'\n' || o[m1] == b'\r' {
            Fault::LineEnd
        } else {
            Fault::Method
        }));
    }
    if o[m1] != b' ' {
        return Err(Stop::Bad(Fault::Method));
    }
    let t0 = m1 + 1;
    let mut t1 = t0;
    loop {
        match o.get(t1) {
            None => return Err(Stop::Partial),
            Some(0x21..=0x22 | 0x24..=0x7e) => t1 += 1,
            Some(_) => break,
        }
    }
    if o[t1] != b' ' {
        return Err(Stop::Bad(match o[t1] {
            b'\r' | b'\n' => Fault::RequestLine,
            _ => Fault::Target,
        }));
    }
    if t1 == t0 {
        return Err(Stop::Bad(Fault::RequestLine));
    }
    at = lit(o, t1 + 1, b"HTTP/", Fault::Version)?;
    let d = |at: usize| match o.get(at) {
        None => Err(Stop::Partial),
        Some(b @ b'0'..=b'9') => Ok(*b),
        Some(_) => Err(Stop::Bad(Fault::Version)),
    };
    let major = d(at)?;
    at = lit(o, at + 1, b".", Fault::Version)?;
    let minor = d(at)?;
    at += 1;
    match o.get(at) {
        None => return Err(Stop::Partial),
        Some(b'\r') => {}
        Some(b'\n') => return Err(Stop::Bad(Fault::LineEnd)),
        Some(_) => return Err(Stop::Bad(Fault::Version)),
    }
    at = lit(o, at, b"\r\n", Fault::LineEnd)?;
    let version = match (major, minor) {
        (b'1', b'0') => Version::Http10,
        (b'1', _) => Version::Http11,
        _ => return Err(Stop::Bad(Fault::VersionUnsupported)),
    };
    loop {
        match o.get(at) {
            None => return Err(Stop::Partial),
            Some(b'\r') => {
                at = lit(o, at, b"\r\n", Fault::LineEnd)?;
                break;
            }
            Some(b' ' | b'\t') => return Err(Stop::Bad(Fault::LineFolding)),
            Some(b'\n') => return Err(Stop::Bad(Fault::LineEnd)),
            Some(_) => {}
        }
        if spans.len() >= limits.fields as usize {
            return Err(Stop::Bad(Fault::FieldsTooLarge));
        }
        let n0 = at;
        let n1 = scan(o, at, grammar::TOKEN)?;
        if n1 == n0 || o[n1] != b':' {
            return Err(Stop::Bad(match o[n1] {
                b'\r' | b'\n' => Fault::LineEnd,
                _ => Fault::FieldName,
            }));
        }
        let mut v0 = n1 + 1;
        while let Some(b' ' | b'\t') = o.get(v0) {
            v0 += 1;
        }
        let e = scan(o, v0, grammar::VALUE)?;
        match o[e] {
            b'\r' => {}
            b'\n' => return Err(Stop::Bad(Fault::LineEnd)),
            _ => return Err(Stop::Bad(Fault::FieldValue)),
        }
        at = lit(o, e, b"\r\n", Fault::LineEnd)?;
        let v1 = v0 + o[v0..e].trim_ascii_end().len();
        spans.push(Span {
            name: n0 as u32,
            name_len: (n1 - n0) as u32,
            value: v0 as u32,
            value_len: (v1 - v0) as u32,
        });
    }
    Ok(Raw { method: (m0, m1), target: (t0, t1), version, len: at })
}

fn finish<'a>(raw: Raw, o: &'a [u8], spans: &'a [Span]) -> Result<Head<'a>, Fault> {
    let method = Method::from_token(&o[raw.method.0..raw.method.1]);
    if method.is_case_variant() {
        return Err(Fault::MethodCase);
    }
    let fields = Fields::from_spans(o, spans);
    let target = target(method, &o[raw.target.0..raw.target.1])?;
    let (mut cl, mut te, mut host) = (Said::Nothing, Said::Nothing, Said::Nothing);
    let mut options = ConnectionOptions::default();
    let (mut expect, mut upgrade) = (false, false);
    for f in fields.iter() {
        let is = |n: &[u8]| f.name.eq_ignore_ascii_case(n);
        if is(b"host") {
            host.say(f.value)
        } else if is(b"content-length") {
            cl.say(f.value)
        } else if is(b"transfer-encoding") {
            te.say(f.value)
        } else if is(b"connection") {
            options.add(f.value)
        } else if is(b"upgrade") {
            upgrade = true
        } else if is(b"expect") && raw.version == Version::Http11 {
            if !f.value.eq_ignore_ascii_case(b"100-continue") {
                return Err(Fault::Expectation);
            }
            expect = true;
        }
    }
    match host {
        Said::Once(h) => {
            if !is_host(h) {
                return Err(Fault::Host);
            }
            if let TargetForm::Absolute { authority, .. } = target.form
                && !authority.eq_ignore_ascii_case(h)
            {
                return Err(Fault::Host);
            }
        }
        Said::Nothing if raw.version == Version::Http10 => {}
        _ => return Err(Fault::Host),
    }
    let body = framing::request_body_length(raw.version, cl, te)?;
    Ok(Head {
        method,
        target,
        version: raw.version,
        fields,
        body,
        persistence: Persistence::of(raw.version, options),
        expects_continue: expect,
        upgrade: upgrade && options.upgrade && raw.version == Version::Http11,
        len: raw.len,
    })
}

fn target<'a>(method: Method<'a>, raw: &'a [u8]) -> Result<Target<'a>, Fault> {
    let form = match (method, raw) {
        (Method::Connect, _) => {
            if is_host(raw) && raw.contains(&b':') {
                TargetForm::Authority
            } else {
                return Err(Fault::Target);
            }
        }
        (_, [b'/', ..]) => TargetForm::Origin,
        (Method::Options, b"*") => TargetForm::Asterisk,
        _ => {
            let n = if raw.len() > 7 && raw[..7].eq_ignore_ascii_case(b"http://") {
                4
            } else if raw.len() > 8 && raw[..8].eq_ignore_ascii_case(b"https://") {
                5
            } else {
                return Err(Fault::Target);
            };
            let rest = &raw[n + 3..];
            let end = rest.iter().position(|b| matches!(b, b'/' | b'?')).unwrap_or(rest.len());
            if !is_host(&rest[..end]) {
                return Err(Fault::Target);
            }
            TargetForm::Absolute {
                scheme: &raw[..n],
                authority: &rest[..end],
                path_and_query: &rest[end..],
            }
        }
    };
    Ok(Target { raw, form })
}

fn is_host(h: &[u8]) -> bool {
    let (name, port) = if h.first() == Some(&b'[') {
        let Some(e) = h.iter().position(|b| *b == b']') else { return false };
        let Ok(text) = std::str::from_utf8(&h[1..e]) else { return false };
        if text.parse::<std::net::Ipv6Addr>().is_err() {
            return false;
        }
        (&b"x"[..], &h[e + 1..])
    } else {
        let c = h.iter().position(|b| *b == b':').unwrap_or(h.len());
        (&h[..c], &h[c..])
    };
    let mut i = 0;
    while i < name.len() {
        match name[i] {
            b'%' => {
                if name.len() < i + 3
                    || !name[i + 1].is_ascii_hexdigit()
                    || !name[i + 2].is_ascii_hexdigit()
                {
                    return false;
                }
                i += 3
            }
            b if b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&b) => i += 1,
            _ => return false,
        }
    }
    !name.is_empty()
        && match port {
            [] => true,
            [b':', p @ ..] => p.len() <= 5 && p.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}
