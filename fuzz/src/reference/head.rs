//! A request head (RFC 9112 §2.2, §3 and §5), and what its fields mean for the connection.

use nova_http1::{BodyLength, Fault, Limits, Persistence};

use super::framing::{self, Said};
use super::grammar::{elements, is_target, is_tchar, is_value, is_white, same, trim};
use super::host::{self, Authority};
use super::{Cursor, Faults, Stop};

/// The four forms of a request-target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// `/path?query`
    Origin,
    /// `scheme://authority/path?query`
    Absolute(&'a [u8], &'a [u8], &'a [u8]),
    /// `host:port`
    Authority,
    /// `*`
    Asterisk,
}

/// A head that was understood.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The request-target.
    pub target: &'a [u8],
    /// Its form.
    pub form: Form<'a>,
    /// HTTP/1.0; otherwise HTTP/1.1 or a later HTTP/1.
    pub http10: bool,
    /// How the content is delimited.
    pub body: BodyLength,
    /// Whether the connection outlives the message.
    pub persistence: Persistence,
    /// The client waits for 100 (Continue).
    pub expects_continue: bool,
    /// The client asks for another protocol.
    pub upgrade: bool,
    /// Octets of the head.
    pub len: usize,
}

/// Field lines, names and values.
pub type Lines<'a> = Vec<(&'a [u8], &'a [u8])>;

/// Methods that are registered, and known by name.
const REGISTERED: [&[u8]; 9] =
    [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];

/// Reads the head at the front of `octets`; `lines` get its field lines.
///
/// # Errors
/// Why it is none, or not yet.
pub fn read<'a>(
    octets: &'a [u8],
    limits: &Limits,
    lines: &mut Lines<'a>,
) -> Result<Head<'a>, Stop> {
    let limit = limits.head_bytes as usize;
    let octets = &octets[..octets.len().min(limit)];
    match walk(octets, limits, lines) {
        Err(Stop::Incomplete) if octets.len() == limit => {
            let line = if octets.starts_with(b"\r\n") { &octets[2..] } else { octets };
            Err(Stop::because(match line.contains(&b'\n') {
                true => Fault::FieldsTooLarge,
                false => Fault::RequestLineTooLong,
            }))
        }
        read => read,
    }
}

/// `HTTP-message = start-line CRLF *( field-line CRLF ) CRLF`
fn walk<'a>(octets: &'a [u8], limits: &Limits, lines: &mut Lines<'a>) -> Result<Head<'a>, Stop> {
    lines.clear();
    let mut cursor = Cursor::new(octets);
    // §2.2: one empty line in front is ignored.
    if cursor.peek()? == b'\r' {
        line_end(&mut cursor)?;
    }
    if matches!(cursor.peek()?, b'\r' | b'\n') {
        return Err(Stop::because(Fault::LineEnd));
    }
    // request-line = method SP request-target SP HTTP-version
    let method = cursor.run(is_tchar);
    if cursor.take()? != b' ' || method.is_empty() {
        return Err(Stop::because(Fault::Method));
    }
    let target = cursor.run(is_target);
    match cursor.take()? {
        b' ' if !target.is_empty() => {}
        b' ' | b'\t' | b'\r' | b'\n' => return Err(Stop::because(Fault::RequestLine)),
        _ => return Err(Stop::because(Fault::Target)),
    }
    let http10 = version(&mut cursor)?;
    loop {
        match cursor.peek()? {
            b'\r' => {
                line_end(&mut cursor)?;
                break;
            }
            b'\n' => return Err(Stop::because(Fault::LineEnd)),
            b' ' | b'\t' => return Err(Stop::because(Fault::LineFolding)),
            _ => {}
        }
        let name = field_name(&mut cursor)?;
        if lines.len() == limits.fields as usize {
            return Err(Stop::because(Fault::FieldsTooLarge));
        }
        lines.push((name, field_value(&mut cursor)?));
    }
    judge(method, target, http10, lines, cursor.at)
}

/// `HTTP-version = "HTTP/" DIGIT "." DIGIT`, and the end of the line; whether it is 1.0.
fn version(cursor: &mut Cursor<'_>) -> Result<bool, Stop> {
    for octet in *b"HTTP/" {
        cursor.expect(octet, Stop::because(Fault::Version))?;
    }
    let major = cursor.take()?;
    if !major.is_ascii_digit() {
        return Err(Stop::because(Fault::Version));
    }
    cursor.expect(b'.', Stop::because(Fault::Version))?;
    let minor = cursor.take()?;
    if !minor.is_ascii_digit() {
        return Err(Stop::because(Fault::Version));
    }
    match cursor.peek()? {
        b'\r' | b'\n' => line_end(cursor)?,
        _ => return Err(Stop::because(Fault::Version)),
    }
    match major {
        b'1' => Ok(minor == b'0'),
        _ => Err(Stop::because(Fault::VersionUnsupported)),
    }
}

/// CRLF, and nothing else.
pub(super) fn line_end(cursor: &mut Cursor<'_>) -> Result<(), Stop> {
    cursor.expect(b'\r', Stop::because(Fault::LineEnd))?;
    cursor.expect(b'\n', Stop::because(Fault::LineEnd))
}

/// `field-name ":"`
pub(super) fn field_name<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Stop> {
    let name = cursor.run(is_tchar);
    match cursor.peek()? {
        b':' if !name.is_empty() => {
            cursor.at += 1;
            Ok(name)
        }
        b'\r' | b'\n' => Err(Stop::because(Fault::LineEnd)),
        _ => Err(Stop::because(Fault::FieldName)),
    }
}

/// `OWS field-value OWS CRLF`
pub(super) fn field_value<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Stop> {
    cursor.run(is_white);
    let value = cursor.run(is_value);
    match cursor.peek()? {
        b'\r' | b'\n' => line_end(cursor)?,
        _ => return Err(Stop::because(Fault::FieldValue)),
    }
    Ok(trim(value))
}

/// What the parts mean together.
fn judge<'a>(
    method: &'a [u8],
    target: &'a [u8],
    http10: bool,
    lines: &Lines<'a>,
    len: usize,
) -> Result<Head<'a>, Stop> {
    let mut faults = Faults::NONE;
    if REGISTERED.iter().any(|known| same(known, method) && *known != method) {
        faults.add(Fault::MethodCase);
    }
    let form = form(method, target);
    if form.is_none() {
        faults.add(Fault::Target);
    }
    let values = |name: &'static [u8]| {
        lines.iter().filter(move |line| same(line.0, name)).map(|line| line.1)
    };
    let once =
        |name: &'static [u8]| (values(name).count(), values(name).next().unwrap_or_default());

    // RFC 9112 §3.2, and §3.2.2 more strictly: Host and an absolute-form agree.
    let host = match once(b"host") {
        (0, _) if http10 => true,
        (1, value) => match (host::authority(value), form) {
            (None, _) => false,
            (Some(host), Some(Form::Absolute(scheme, authority, _))) => {
                let port: &[u8] = if same(scheme, b"https") { b"443" } else { b"80" };
                host::authority(authority).is_some_and(|named| host::agree(named, host, port))
            }
            (Some(_), _) => true,
        },
        _ => false,
    };
    if !host {
        faults.add(Fault::Host);
    }
    let said =
        Said { http10, lengths: once(b"content-length"), codings: once(b"transfer-encoding") };
    let body = framing::body_length(&said);
    if let Err(fault) = body {
        faults.add(fault);
    }
    // RFC 9110 §10.1.1: in HTTP/1.0 there are no expectations.
    let mut expects_continue = false;
    for expectation in values(b"expect").flat_map(elements).filter(|element| !element.is_empty()) {
        if !http10 && same(expectation, b"100-continue") {
            expects_continue = true;
        } else if !http10 {
            faults.add(Fault::Expectation);
        }
    }
    let option =
        |name: &[u8]| values(b"connection").flat_map(elements).any(|option| same(option, name));
    let persistence = match () {
        () if option(b"close") => Persistence::Close,
        () if !http10 => Persistence::Persistent,
        () if option(b"keep-alive") => Persistence::KeepAlive,
        () => Persistence::Close,
    };
    // RFC 9110 §7.8: whoever names no protocol asks for none.
    let upgrade =
        !http10 && option(b"upgrade") && values(b"upgrade").any(|value| !value.is_empty());
    match (form, body) {
        (Some(form), Ok(body)) if faults.is_empty() => Ok(Head {
            method,
            target,
            form,
            http10,
            body,
            persistence,
            expects_continue,
            upgrade,
            len,
        }),
        _ => Err(Stop::Refused(faults)),
    }
}

/// Which of the four forms goes with the method.
fn form<'a>(method: &[u8], target: &'a [u8]) -> Option<Form<'a>> {
    if method == b"CONNECT" {
        // §3.2.3: a host and its port, which RFC 9110 §9.3.6 wants to be there.
        let Authority { port, .. } = host::authority(target)?;
        return port.is_some_and(|port| !port.is_empty()).then_some(Form::Authority);
    }
    if target == b"*" {
        return (method == b"OPTIONS").then_some(Form::Asterisk);
    }
    if target.first() == Some(&b'/') {
        return Some(Form::Origin);
    }
    let colon = target.iter().position(|&octet| octet == b':')?;
    let (scheme, rest) = (&target[..colon], target[colon..].strip_prefix(b"://")?);
    let end = rest.iter().position(|octet| b"/?".contains(octet)).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    host::authority(authority)?;
    (same(scheme, b"http") || same(scheme, b"https"))
        .then_some(Form::Absolute(scheme, authority, path))
}
