//! Requests that are built, and read as what they were built from.

use nova_http1::chunked::encode::{chunk, last_chunk, trailers};
use nova_http1::{BodyLength, Connection, Field, Fields, HeadReader, Limits, Persistence};

use super::log::Log;
use super::pieces::{self, Receive};
use super::plan::Plan;
use super::{Check, Outcome, Verdict, disagree};
use crate::generate::Dice;
use crate::reference::grammar::{is_target, is_tchar, is_value, trim};
use crate::reference::head::{Form, Head, Lines};
use crate::reference::stream::Seen;

/// At most so many requests come of one input.
const REQUESTS: usize = 4;

/// The check.
#[derive(Debug)]
pub struct Roundtrip {
    receive: Receive,
    heads: HeadReader,
    message: Vec<u8>,
    texts: Texts,
    expected: Log,
    found: Log,
}

impl Default for Roundtrip {
    fn default() -> Self {
        Self::of(Connection::receive)
    }
}

impl Roundtrip {
    /// The check of another connection.
    pub fn of(receive: Receive) -> Self {
        Self {
            receive,
            heads: HeadReader::with_memory(0),
            message: Vec::new(),
            texts: Texts::default(),
            expected: Log::default(),
            found: Log::default(),
        }
    }
}

impl Check for Roundtrip {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let mut dice = Dice::for_octets(input);
        let mut plan = Plan::new(input);
        self.message.clear();
        self.expected.clear();
        let mut last = false;
        for request in 0..REQUESTS {
            // One at least, and then as many as the plan is enough for.
            if last || request > 0 && plan.is_over() {
                break;
            }
            last = build(&mut plan, &mut self.texts, &mut self.message, &mut self.expected);
        }
        let longest = dice.below(60) + 1;
        for cut in [false, true] {
            self.found.clear();
            let mut piece = || if cut { dice.below(longest) + 1 } else { usize::MAX };
            let (heads, log) = (&mut self.heads, &mut self.found);
            let limits = Limits::default();
            let end = pieces::run(self.receive, heads, &self.message, &limits, &mut piece, log)?;
            let is_all = end.consumed == self.message.len() && end.may_end && end.closed == last;
            if !is_all || self.found != self.expected {
                let (built, message) = (self.expected.text(), self.message.escape_ascii());
                return disagree!("{end:?} {} of {message}, built {built}", self.found.text());
            }
        }
        Ok(Verdict::Accepted)
    }
}

/// Texts that were made from the plan.
#[derive(Debug, Default)]
struct Texts {
    octets: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    /// Makes one: each octet of the plan, or the member `plain` where it is none.
    fn make(&mut self, front: &[u8], octets: &[u8], member: fn(u8) -> bool, plain: u8) {
        self.octets.extend_from_slice(front);
        self.octets.extend(octets.iter().map(|&o| if member(o) { o } else { plain }));
        self.ends.push(self.octets.len());
    }

    fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.octets[start..self.ends[index]]
    }
}

/// Appends one request to `message`, and what must be seen of it to `expected`; whether it is the last.
fn build(
    plan: &mut Plan<'_>,
    texts: &mut Texts,
    message: &mut Vec<u8>,
    expected: &mut Log,
) -> bool {
    texts.octets.clear();
    texts.ends.clear();
    // Whatever it is, it is no registered method in another case.
    texts.make(b"X-", plan.octets(12), is_tchar, b'-');
    texts.make(b"/", plan.octets(40), is_target, b'_');
    let count = plan.below(5);
    for _ in 0..count {
        texts.make(b"X-", plan.octets(20), is_tchar, b'x');
        texts.make(b"", plan.octets(40), is_value, b' ');
    }
    let named: [&[u8]; 8] =
        [b"GET", b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"PATCH", texts.get(0)];
    let method = plan.pick(&named);
    let http10 = plan.below(4) == 1;
    let (close, keep_alive) = (plan.below(8) == 1, plan.below(4) == 1);
    let content = plan.octets(60);
    let body = match plan.below(4) {
        0 | 1 => BodyLength::None,
        2 if !http10 => BodyLength::Chunked,
        _ if content.is_empty() => BodyLength::None,
        _ => BodyLength::Length(content.len() as u64),
    };
    let persistence = match (close, http10, keep_alive) {
        (true, _, _) | (_, true, false) => Persistence::Close,
        (_, true, true) => Persistence::KeepAlive,
        (_, false, _) => Persistence::Persistent,
    };

    let length = content.len().to_string();
    let mut lines: Lines<'_> = vec![(b"Host", b"h")];
    lines.extend((0..count).map(|n| (texts.get(2 + 2 * n), trim(texts.get(3 + 2 * n)))));
    match body {
        BodyLength::None => {}
        BodyLength::Length(_) => lines.push((b"Content-Length", length.as_bytes())),
        BodyLength::Chunked => lines.push((b"transfer-encoding", b"Chunked")),
    }
    if close {
        lines.push((b"CONNECTION", b"x, Close"));
    }
    if keep_alive {
        lines.push((b"Connection", b"keep-alive"));
    }
    if plan.yes() {
        lines.reverse();
    }
    let start = message.len();
    let version: &[u8] = if http10 { b" HTTP/1.0\r\n" } else { b" HTTP/1.1\r\n" };
    let target = texts.get(1);
    for part in [method, b" ", target, version] {
        message.extend_from_slice(part);
    }
    for (name, value) in &lines {
        let (before, after) =
            plan.pick::<(&[u8], &[u8])>(&[(b" ", b""), (b"", b" "), (b"\t ", b"\t")]);
        for part in [name, b":".as_slice(), before, value, after, b"\r\n"] {
            message.extend_from_slice(part);
        }
    }
    message.extend_from_slice(b"\r\n");
    let head = Head {
        method,
        target,
        form: Form::Origin,
        http10,
        body,
        persistence,
        expects_continue: false,
        upgrade: false,
        len: message.len() - start,
    };
    expected.head(&head, &lines);
    match body {
        BodyLength::None => {}
        BodyLength::Length(_) => {
            message.extend_from_slice(content);
            expected.content(content);
            expected.end();
        }
        BodyLength::Chunked => {
            chunks(plan, content, message, expected);
            expected.end();
        }
    }
    persistence == Persistence::Close
}

/// Appends `content` in chunks of some size, and perhaps a trailer section.
fn chunks(plan: &mut Plan<'_>, content: &[u8], message: &mut Vec<u8>, expected: &mut Log) {
    for piece in content.chunks(plan.below(40) + 1) {
        chunk(message, piece);
    }
    expected.content(content);
    let field = Field { name: b"X-Sum", value: b"1" };
    if plan.yes() && trailers(message, Fields::from_slices(&[field])).is_ok() {
        expected.trailers(&vec![(field.name, field.value)]);
    } else {
        last_chunk(message);
    }
}
