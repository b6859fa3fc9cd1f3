//! What these conversations share: a client that takes answers apart, and a flow that does what it is
//! told.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use nova_http::testing::Bench;
use nova_http::{
    Answered, Buffered, Exchange, ExchangeError, Fields, Flowing, Gone, Handler, Limits, Phase,
    PlainHttp, Reason, Request, Response,
};
use nova_io::sim::{Client, Network};

pub(crate) type Server<H> = Bench<PlainHttp, Buffered<H>>;

/// What has happened to flows, in order.
pub(crate) type Log = Rc<RefCell<Vec<String>>>;

/// One network that is calm and many that are not.
pub(crate) fn networks(seeds: u64) -> impl Iterator<Item = Network> {
    std::iter::once(Network::calm()).chain((0..seeds).map(Network::rough))
}

/// Little room, so that little content meets its end often.
pub(crate) fn narrow() -> Limits {
    Limits { unsent_bytes: 4_096, ..Limits::default() }
}

/// A handler; fixes the lifetimes that closures do not find by themselves.
pub(crate) fn handler<F>(handle: F) -> F
where
    F: FnMut(&Request<'_>, Response<'_>) -> Answered,
{
    handle
}

pub(crate) fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes()
}

/// Sends `octets` and gives back all that comes.
pub(crate) fn ask<H: Handler>(
    bench: &mut Server<H>,
    client: &mut Client,
    octets: &[u8],
) -> Vec<u8> {
    client.write(octets);
    bench.drain(client)
}

/// `len` octets that are not the same everywhere.
pub(crate) fn octets(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// The worker lives: a new connection is served, and when it is gone nothing is held.
pub(crate) fn assert_alive<H: Handler>(bench: &mut Server<H>) {
    let mut client = bench.connect();
    let answer = ask(bench, &mut client, &get("/alive"));
    assert!(answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
    drop(client);
    bench.settle();
    assert_eq!(bench.worker(0).spilled_bytes(), 0);
}

/// The only failures are these.
pub(crate) fn assert_failures<H: Handler>(bench: &Server<H>, expected: &[(Reason, Phase, u64)]) {
    let all: Vec<_> = bench.counters(0).failures.all().collect();
    assert_eq!(all, expected);
}

/// An answer, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) head: String,
    pub(crate) content: Vec<u8>,
    pub(crate) trailers: String,
}

impl Got {
    pub(crate) fn status(&self) -> &str {
        &self.head["HTTP/1.1 ".len()..][..3]
    }

    pub(crate) fn has(&self, line: &str) -> bool {
        self.head.lines().any(|each| each == line)
    }
}

/// Takes the first answer from the front of `octets`, as its own framing says; `None` if it is not
/// complete.
pub(crate) fn take(octets: &mut &[u8], asked: &str) -> Option<Got> {
    let end = find(octets, b"\r\n\r\n")? + 4;
    let head = String::from_utf8(octets[..end].to_vec()).unwrap();
    let mut rest = &octets[end..];
    let mut got = Got { head, content: Vec::new(), trailers: String::new() };
    let length = got.head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    if asked == "HEAD" || ["1", "204", "304"].iter().any(|none| got.status().starts_with(none)) {
    } else if let Some(length) = length {
        got.content = rest.get(..length.parse().unwrap())?.to_vec();
        rest = &rest[got.content.len()..];
    } else if got.has("Transfer-Encoding: chunked") {
        loop {
            let line = find(rest, b"\r\n")?;
            let size = std::str::from_utf8(&rest[..line]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            rest = &rest[line + 2..];
            if size == 0 {
                break;
            }
            got.content.extend_from_slice(rest.get(..size)?);
            assert_eq!(rest.get(size..size + 2)?, b"\r\n", "a chunk has its own size");
            rest = &rest[size + 2..];
        }
        let end = if rest.starts_with(b"\r\n") { 0 } else { find(rest, b"\r\n\r\n")? + 2 };
        got.trailers = String::from_utf8(rest[..end].to_vec()).unwrap();
        rest = &rest[end + 2..];
    } else {
        assert!(got.has("Connection: close"), "{}", got.head);
        got.content = std::mem::take(&mut rest).to_vec();
    }
    *octets = rest;
    Some(got)
}

/// The only answer in `octets`.
pub(crate) fn only(octets: &[u8], asked: &str) -> Got {
    let mut rest = octets;
    let got = take(&mut rest, asked);
    let got = got.unwrap_or_else(|| panic!("not whole: {}", String::from_utf8_lossy(octets)));
    assert!(rest.is_empty(), "more than one answer: {}", String::from_utf8_lossy(rest));
    got
}

fn find(octets: &[u8], what: &[u8]) -> Option<usize> {
    octets.windows(what.len()).position(|window| window == what)
}

/// What a [`Script`] does next.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Write this, however many calls it takes.
    Write(Vec<u8>),
    /// Go on in another call.
    Pause,
    Finish,
    FinishWith(&'static [(&'static str, &'static str)]),
    Abort,
}

/// A flow that does what it is told, as far as there is room.
#[derive(Debug)]
pub(crate) struct Script {
    steps: VecDeque<Step>,
    pub(crate) log: Log,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), log: Log::default() }
    }

    /// Writes `content` in pieces of `size`, each in a call of its own, and finishes.
    pub(crate) fn pieces(content: &[u8], size: usize) -> Self {
        let pieces = content.chunks(size);
        let steps = pieces.flat_map(|piece| [Step::Write(piece.to_vec()), Step::Pause]);
        Self::new(steps.chain([Step::Finish]))
    }

    pub(crate) fn log(mut self, log: &Log) -> Self {
        self.log = log.clone();
        self
    }

    fn note(&self, what: impl Into<String>) {
        self.log.borrow_mut().push(what.into());
    }

    fn check<T: std::fmt::Debug>(&self, outcome: Result<T, ExchangeError>) {
        if let Err(error) = outcome {
            self.note(format!("{error:?}"));
        }
    }
}

impl Flowing for Script {
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Write(octets) => match exchange.write(&octets) {
                    Ok(written) if written.octets < octets.len() => {
                        self.steps.push_front(Step::Write(octets[written.octets..].to_vec()));
                        return;
                    }
                    outcome => self.check(outcome),
                },
                Step::Pause => return exchange.wait_for_room(),
                Step::Finish => self.check(exchange.finish()),
                Step::FinishWith(trailers) => {
                    self.check(exchange.finish_with(Fields::from_pairs(trailers)));
                }
                Step::Abort => exchange.abort(),
            }
        }
    }

    fn gone(&mut self, why: Gone) {
        self.note(format!("gone: {why:?}"));
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.note("dropped");
    }
}
