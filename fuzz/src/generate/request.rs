//! Requests by the grammar of RFC 9112 §2 to §6, with slips.

use super::words::*;
use super::{Writer, chunks};

/// How the content of a request is delimited.
#[derive(Clone, Copy)]
enum Body {
    None,
    Length(usize),
    Chunked,
}

/// A head.
pub(super) fn head_only(writer: &mut Writer<'_>) {
    let body = body(writer);
    head(writer, body, false);
}

/// A head, and sometimes what follows it, or only a part of it.
pub(super) fn head_or_more(writer: &mut Writer<'_>) -> bool {
    head_only(writer);
    match writer.dice.below(16) {
        0..=2 => {
            let len = writer.dice.up_to(writer.out.len());
            writer.out.truncate(len);
        }
        3 => writer.put(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        _ => {}
    }
    true
}

/// A head with more than usual about content and connection.
pub(super) fn framing(writer: &mut Writer<'_>) -> bool {
    let body = body(writer);
    head(writer, body, true);
    true
}

/// A request with its content.
pub(super) fn whole(writer: &mut Writer<'_>) {
    let body = body(writer);
    head(writer, body, false);
    match body {
        Body::None => {}
        Body::Length(length) => {
            // Sometimes it is shorter or longer than was said.
            let length = if writer.slips() { writer.dice.up_to(2 * length) } else { length };
            content(writer, length);
        }
        Body::Chunked => {
            chunks::chunked(writer);
        }
    }
}

/// Octets of content, some of which look like something else.
pub(super) fn content(writer: &mut Writer<'_>, length: usize) {
    let tempting = b"0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\nhello, world: 5\r\n";
    let from = writer.dice.below(tempting.len());
    let start = writer.out.len();
    writer.put(&tempting[from..]);
    while writer.out.len() - start < length {
        writer.put(tempting);
    }
    writer.out.truncate(start + length);
}

fn body(writer: &mut Writer<'_>) -> Body {
    match writer.dice.below(8) {
        0..=3 => Body::None,
        4 | 5 => Body::Length(match writer.dice.below(16) {
            0 => writer.dice.below(300),
            _ => writer.dice.below(20),
        }),
        _ => Body::Chunked,
    }
}

fn head(writer: &mut Writer<'_>, body: Body, framing: bool) {
    if writer.dice.one_in(32) {
        writer.line_end();
    }
    request_line(writer);
    let others = match writer.dice.below(32) {
        0 => writer.dice.below(12),
        _ => writer.dice.below(4),
    };
    let host = writer.dice.up_to(others);
    for line in 0..=others {
        if line == host && !writer.slips() {
            field(writer, b"Host", HOSTS, HOST_SLIPS);
        } else {
            ordinary(writer);
        }
    }
    match body {
        Body::None => {}
        Body::Length(length) => content_length(writer, length),
        Body::Chunked => field(writer, b"Transfer-Encoding", &[b"chunked"], CODING_SLIPS),
    }
    for _ in 0..if framing { 2 } else { 1 } {
        concerning(writer, framing);
    }
    writer.line_end();
}

fn request_line(writer: &mut Writer<'_>) {
    if writer.dice.one_in(48) {
        // Forms that go with one method only.
        writer.one_of(&[b"OPTIONS *".as_slice(), b"CONNECT h:80", b"CONNECT [::1]:1"]);
    } else {
        writer.piece(METHODS, METHOD_SLIPS);
        writer.piece(&[b" "], SPACE_SLIPS);
        writer.piece(TARGETS, TARGET_SLIPS);
    }
    writer.piece(&[b" "], SPACE_SLIPS);
    writer.piece(VERSIONS, VERSION_SLIPS);
    writer.line_end();
}

/// A field line, named in some case.
pub(super) fn field(writer: &mut Writer<'_>, name: &[u8], values: &Words, slips: &Words) {
    named(writer, name);
    writer.piece(values, slips);
    end(writer);
}

fn content_length(writer: &mut Writer<'_>, length: usize) {
    named(writer, b"Content-Length");
    if writer.slips() {
        writer.one_of(LENGTH_SLIPS);
    } else {
        if writer.dice.one_in(32) {
            writer.put(b"00");
        }
        writer.number(length);
    }
    end(writer);
}

/// Any field line that means nothing to the connection.
pub(super) fn ordinary(writer: &mut Writer<'_>) {
    writer.piece(NAMES, NAME_SLIPS);
    writer.piece(&[b":"], COLON_SLIPS);
    writer.one_of(WHITE_SPACE);
    writer.piece(VALUES, VALUE_SLIPS);
    end(writer);
}

/// A field line that means something to the connection, now and then.
fn concerning(writer: &mut Writer<'_>, often: bool) {
    match writer.dice.below(if often { 10 } else { 24 }) {
        0 | 1 => field(writer, b"Connection", OPTIONS, VALUE_SLIPS),
        2 => field(writer, b"Expect", EXPECTATIONS, EXPECTATIONS),
        3 => {
            field(writer, b"Connection", &[b"upgrade", b"Upgrade, x"], OPTIONS);
            field(writer, b"Upgrade", &[b"websocket", b"h2c", b""], VALUE_SLIPS);
        }
        4 if often => content_length(writer, 5),
        5 if often => field(writer, b"Transfer-Encoding", CODING_SLIPS, &[b"chunked"]),
        6 if often => field(writer, b"Content-Length", LENGTH_SLIPS, &[b"5"]),
        _ => {}
    }
}

fn named(writer: &mut Writer<'_>, name: &[u8]) {
    let start = writer.out.len();
    writer.put(name);
    match writer.dice.below(16) {
        0 => writer.out[start..].make_ascii_uppercase(),
        1 => writer.out[start..].make_ascii_lowercase(),
        2 => {
            let at = writer.dice.below(name.len());
            writer.out[start + at] ^= 0x20;
        }
        _ => {}
    }
    writer.piece(&[b":"], COLON_SLIPS);
    writer.one_of(WHITE_SPACE);
}

fn end(writer: &mut Writer<'_>) {
    writer.one_of(TRAILING_SPACE);
    writer.line_end();
}
