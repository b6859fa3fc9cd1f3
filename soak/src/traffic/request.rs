//! Requests as octets.

use std::io::Write;

use fastrand::Rng;
use ledger::{FIELD, Mark, Receipt};

use super::errand::{Errand, Gives};
use super::{Manners, Mix};

/// How the content is framed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// With its length.
    Length(usize),
    /// In chunks.
    Chunked(usize),
}

/// What a request is like.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) errand: Errand,
    pub(super) fill: usize,
    pub(super) framing: Framing,
    pub(super) expects: bool,
    /// Has the field lines of a browser, too.
    pub(super) long: bool,
}

impl Shape {
    pub(super) fn draw(rng: &mut Rng, mix: &Mix) -> Self {
        let length = |rng: &mut Rng| {
            let most = match rng.u32(..1_000) {
                0..5 => 100_000,
                5..25 => 20_000,
                25..125 => 4_000,
                125..925 => 300,
                _ => 0,
            };
            rng.usize(..=most.min(mix.content))
        };
        let framing = match rng.u8(..10) {
            0..5 => Framing::None,
            5..8 => Framing::Length(length(rng)),
            _ => Framing::Chunked(length(rng)),
        };
        let fill = if rng.u8(..50) == 0 { rng.usize(..=mix.fill / 10) } else { 0 };
        // By far the most requests of a server are answered at once.
        let first = mix.manners != Manners::Harsh && rng.bool();
        let errand = mix.errands[if first { 0 } else { rng.usize(..mix.errands.len()) }];
        let has_content = matches!(framing, Framing::Length(1..) | Framing::Chunked(1..));
        let expects = has_content && rng.u8(..200) == 0;
        Self { errand, fill, framing, expects, long: rng.u8(..4) == 0 }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// Where the head ends.
    pub(super) head: usize,
    /// What is to come back.
    pub(super) receipt: Receipt,
}

/// Writes the request `mark`.
pub(super) fn write(
    out: &mut Vec<u8>,
    mark: Mark,
    shape: &Shape,
    close: bool,
    rng: &mut Rng,
) -> Written {
    let content = match shape.framing {
        Framing::None | Framing::Length(0) | Framing::Chunked(0) => Vec::new(),
        Framing::Length(length) | Framing::Chunked(length) => mark.content(length),
    };
    let method = if matches!(shape.framing, Framing::None) { "GET" } else { "POST" };
    begin(out, method, shape.errand.name, shape.fill, mark);
    if shape.long {
        out.extend_from_slice(
            b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n\
              Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
              Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n",
        );
        line(out, format_args!("Cookie: session={:016x}", rng.u64(..)));
    }
    if close {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    if shape.expects {
        out.extend_from_slice(b"Expect: 100-continue\r\n");
    }
    match shape.framing {
        Framing::None => out.extend_from_slice(b"\r\n"),
        Framing::Length(_) => line(out, format_args!("Content-Length: {}\r\n", content.len())),
        Framing::Chunked(_) => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n"),
    }
    let head = out.len();
    match shape.framing {
        Framing::Chunked(_) => chunks(out, &content, rng),
        _ => out.extend_from_slice(&content),
    }
    let read = if shape.errand.gives == Gives::Blank { &[] } else { &content[..] };
    Written { head, receipt: Receipt::of(mark, read) }
}

/// What is sent after a request that is refused: it must neither be served nor make a reset of the
/// refusal.
pub(super) fn afterwards(out: &mut Vec<u8>, rng: &mut Rng) {
    let another = b"GET /whole/0 HTTP/1.1\r\nHost: soak\r\n\r\n";
    out.extend_from_slice(&another.repeat(rng.usize(1..5_000)));
}

/// Writes a request that must be refused with 400, and after which nothing is read.
pub(super) fn malformed(out: &mut Vec<u8>, mark: Mark, mix: &Mix, rng: &mut Rng) {
    let harsh = mix.manners == Manners::Harsh;
    let errand = mix.errands[if harsh { 0 } else { rng.usize(..mix.errands.len()) }];
    begin(out, "POST", errand.name, 0, mark);
    // Node takes the first of two hosts.
    out.extend_from_slice(match rng.u8(u8::from(harsh)..8) {
        0 => b"Host: another\r\n\r\n".as_slice(),
        1 => b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        2 => b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        3 => b"Content-Length : 4\r\n\r\nabcd",
        4 => b"Content-Length: +4\r\n\r\nabcd",
        5 => b"X: a\0b\r\n\r\n",
        6 => b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcdX\r\n0\r\n\r\n",
        _ => b"Transfer-Encoding: chunked\r\n\r\n-4\r\nabcd\r\n0\r\n\r\n",
    });
}

fn begin(out: &mut Vec<u8>, method: &str, name: &str, fill: usize, mark: Mark) {
    line(out, format_args!("{method} /{name}/{fill} HTTP/1.1\r\nHost: soak\r\n{FIELD}: {mark}"));
}

fn line(out: &mut Vec<u8>, line: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = write!(out, "{line}\r\n");
}

/// `content` in chunks of random sizes, written in random ways, sometimes with a trailer section.
fn chunks(out: &mut Vec<u8>, content: &[u8], rng: &mut Rng) {
    let most = match rng.u8(..4) {
        0 => 16,
        1 => 1_000,
        _ => 20_000,
    };
    // So that not all of a large content is chunks of a few octets.
    let most = most.max(content.len() / 64).max(1);
    let mut rest = content;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rng.usize(1..=most).min(rest.len()));
        match rng.u8(..8) {
            0 => line(out, format_args!("{:X};soak=\"{}\"", chunk.len(), rng.u8(..))),
            1 => line(out, format_args!("{:08x}", chunk.len())),
            _ => line(out, format_args!("{:x}", chunk.len())),
        }
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
        rest = after;
    }
    out.extend_from_slice(b"0\r\n");
    if rng.u8(..8) == 0 {
        line(out, format_args!("X-Trailer: {}", rng.u8(..)));
    }
    out.extend_from_slice(b"\r\n");
}
