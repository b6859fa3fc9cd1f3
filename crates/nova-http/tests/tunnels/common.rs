//! An echo through a tunnel, and how it is asked.

use std::cell::RefCell;
use std::rc::Rc;

use nova_http::testing::Bench;
use nova_http::{
    Answered, Buffered, Exchange, Flowing, Gone, Handler, Limits, Method, Phase, PlainHttp, Reason,
    Request, Response, Status,
};
use nova_io::sim::{Client, Network};

pub(crate) type Server<H> = Bench<PlainHttp, Buffered<H>>;
pub(crate) type Log = Rc<RefCell<Vec<String>>>;

pub(crate) const DATE: &str = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
pub(crate) const UPGRADE: &[u8] =
    b"GET /echo HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
pub(crate) const CONNECT: &[u8] = b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n";

pub(crate) fn switching() -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\n{DATE}upgrade: echo\r\nConnection: upgrade\r\n\r\n"
    )
}

/// Sends back what comes, behind a greeting. `~` ends it, `!` gives it up, `?` panics.
#[derive(Debug)]
pub(crate) struct Echo {
    log: Log,
    step: usize,
    rest: Vec<u8>,
    credit: usize,
    ended: bool,
}

impl Echo {
    fn go_on(&mut self, exchange: &mut Exchange<'_>) {
        let written = exchange.write(&self.rest).unwrap().octets;
        self.rest.drain(..written);
        if self.rest.is_empty() {
            if self.ended {
                return exchange.finish().unwrap();
            }
            if self.credit == 0 {
                self.credit = self.step;
                exchange.grant(self.step as u64);
            }
        }
    }
}

impl Flowing for Echo {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        self.rest.extend_from_slice(b"hi ");
        self.go_on(exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.credit = self.credit.checked_sub(octets.len()).expect("no more than was granted");
        self.rest.extend_from_slice(octets);
        self.go_on(exchange);
        match octets.last() {
            Some(b'~') => exchange.finish().unwrap(),
            Some(b'!') => exchange.abort(),
            Some(b'?') => panic!("asked to"),
            _ => {}
        }
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.log.borrow_mut().push("end".into());
        self.ended = true;
        self.go_on(exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.go_on(exchange);
    }

    fn gone(&mut self, why: Gone) {
        self.log.borrow_mut().push(format!("{why:?}"));
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.log.borrow_mut().push("dropped".into());
    }
}

/// Tunnels to an [`Echo`] what asks for it, and answers the rest.
pub(crate) struct Echoes {
    pub(crate) log: Log,
    pub(crate) step: usize,
    pub(crate) connect: bool,
}

impl Handler for Echoes {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        let (log, step) = (self.log.clone(), self.step);
        let echo = Echo { log, step, rest: Vec::new(), credit: 0, ended: false };
        match (request.head.method, request.head.path()) {
            (Method::Connect, _) if request.head.target.raw.starts_with(b"no") => {
                response.status(Status::FORBIDDEN).send(b"")
            }
            (Method::Connect, _) => response.tunnel(echo),
            (_, b"/echo") => response.fields(&[("upgrade", "echo")]).tunnel(echo),
            _ => response.send(request.content),
        }
    }

    fn takes_connect(&self) -> bool {
        self.connect
    }
}

pub(crate) fn server(network: Network, limits: Limits) -> (Server<Echoes>, Log) {
    let log = Log::default();
    let echoes = Echoes { log: log.clone(), step: 1 << 20, connect: true };
    (Bench::http(network, limits, echoes), log)
}

pub(crate) fn networks(seeds: u64) -> impl Iterator<Item = Network> {
    std::iter::once(Network::calm()).chain((0..seeds).map(Network::rough))
}

pub(crate) fn ask<H: Handler>(bench: &mut Server<H>, client: &mut Client, octets: &[u8]) -> String {
    client.write(octets);
    String::from_utf8(bench.drain(client)).unwrap()
}

pub(crate) fn ok(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: {}\r\n\r\n{text}", text.len())
}

pub(crate) fn failures<H: Handler>(bench: &Server<H>) -> Vec<(Reason, Phase, u64)> {
    bench.counters(0).failures.all().collect()
}
