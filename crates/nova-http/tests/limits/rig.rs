//! A server with limits, and clients that say what they got.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answered, Bounds, Buffered, Exchange, Flowing, Handler, Limits, PlainHttp, Receive, Request,
    RequestHead, Responder, Response,
};
use nova_io::sim::{Client, Network};

pub(crate) type Server = Bench<PlainHttp, Buffered<App>>;

/// Deadlines are late by a tick of 67 ms at most: this much before one nothing has happened, this
/// much after it everything has.
pub(crate) const NEAR: Duration = Duration::from_millis(100);

pub(crate) fn server(limits: Limits) -> Server {
    servers(limits, 1).0
}

/// So many workers, and where they leave the responders of `/never`.
pub(crate) fn servers(limits: Limits, count: usize) -> (Server, Rc<RefCell<Vec<Responder>>>) {
    let deferred: Rc<RefCell<Vec<Responder>>> = Rc::default();
    let bench = Bench::new(Network::calm(), limits, count, |_| {
        (PlainHttp, Buffered::new(App { deferred: deferred.clone() }))
    });
    (bench, deferred)
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
}

pub(crate) fn post(path: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n")
}

/// Sends `octets` and says what is answered.
pub(crate) fn ask(bench: &mut Server, client: &mut Client, octets: impl AsRef<[u8]>) -> String {
    client.write(octets.as_ref());
    String::from_utf8(bench.drain(client)).unwrap()
}

/// What has come since the last look.
pub(crate) fn got(client: &mut Client) -> String {
    String::from_utf8(client.drain()).unwrap()
}

pub(crate) fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

/// The statuses of several answers, in order.
pub(crate) fn statuses(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.1 ").skip(1).map(|it| &it[..3]).collect()
}

pub(crate) fn closes(answer: &str) -> bool {
    answer.contains("\r\nConnection: close\r\n")
}

#[derive(Default)]
pub(crate) struct App {
    deferred: Rc<RefCell<Vec<Responder>>>,
}

impl Handler for App {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        match request.head.path() {
            b"/never" => {
                let (responder, answered) = response.defer();
                self.deferred.borrow_mut().push(responder);
                answered
            }
            b"/large" => response.send(&[b'x'; 200_000]),
            b"/tunnel" => response.fields(&[("upgrade", "x")]).tunnel(Echo),
            _ => response.send(b"hello"),
        }
    }

    fn receive(&mut self, head: &RequestHead<'_>, _: &mut Bounds) -> Receive {
        match head.path() {
            b"/early" => Receive::Flow(Box::new(Early)),
            _ => Receive::Whole,
        }
    }
}

/// Answers without having read the content.
#[derive(Debug)]
struct Early;

impl Flowing for Early {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.respond(&nova_http::Answer::new(nova_http::Status::OK)).unwrap();
    }
}

/// A tunnel that says what it hears.
#[derive(Debug)]
struct Echo;

impl Flowing for Echo {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(u64::MAX);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        let _ = exchange.write(octets);
    }
}
