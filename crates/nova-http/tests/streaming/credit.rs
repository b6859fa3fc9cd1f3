//! Credit and bounds of single requests: how much comes in, and until when.

use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answer, Answered, Bounds, Exchange, Flowing, Gone, Handler, Limits, Phase, Reason, Receive,
    Request, RequestHead, Response, Status, Streamed,
};
use nova_io::sim::{ClientState, Network};

use crate::common::{Log, Server, ask, assert_alive, assert_failures, get, networks, octets, only};

/// Grants exactly as much as it is told, whenever it has got that, and answers at the end.
#[derive(Debug)]
struct Exactly {
    grants: Vec<u64>,
    got: Vec<usize>,
}

impl Flowing for Exactly {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(self.grants.remove(0));
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.got.push(octets.len());
        if !self.grants.is_empty() {
            exchange.grant(self.grants.remove(0));
        }
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        let text = format!("{:?}", self.got);
        exchange.respond(&Answer::new(Status::OK).bytes(text.as_bytes())).unwrap();
    }
}

/// What a request may and how it is received.
struct Bounded<F> {
    bounds: Bounds,
    flow: F,
}

impl<F: FnMut() -> Receive> Handler for Bounded<F> {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        response.send(request.content)
    }

    fn receive(&mut self, _: &RequestHead<'_>, bounds: &mut Bounds) -> Receive {
        *bounds = self.bounds;
        (self.flow)()
    }
}

fn whole(bounds: Bounds, limits: Limits, network: Network) -> Server<impl Handler> {
    Bench::http(network, limits, Bounded { bounds, flow: || Receive::Whole })
}

/// The application gets what it has granted, in pieces no larger than that, and the end of the
/// content without having to grant more for it.
#[test]
fn the_end_needs_no_credit() {
    let flow = || {
        let grants = vec![3, 1, 4, 2];
        Receive::Flow(Box::new(Exactly { grants, got: Vec::new() }))
    };
    let mut bench = Bench::http(
        Network::calm(),
        Limits::default(),
        Bounded { bounds: Bounds::default(), flow },
    );
    let mut client = bench.connect();
    client.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
    bench.settle();
    let got = only(&ask(&mut bench, &mut client, b"0123456789"), "POST");
    assert_eq!(got.content, b"[3, 1, 4, 2]");
}

/// Content above the bound is 413, be the bound the server's or the request's own, below the
/// server's or above it; whatever the pieces in which it comes.
#[test]
fn too_much_content_is_refused() {
    for (server, own) in [(100, None), (1_000, Some(100)), (10, Some(100))] {
        let mut limits = Limits::default();
        limits.message.content_bytes = server;
        let bounds = Bounds { content_bytes: own, ..Bounds::default() };
        for size in [100, 101] {
            let content = octets(size);
            let known = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n\r\n");
            let known = [known.as_bytes(), &content].concat();
            let chunked = [
                b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n".as_slice(),
                &content[..5],
                format!("\r\n{:x}\r\n", size - 5).as_bytes(),
                &content[5..],
                b"\r\n0\r\n\r\n",
            ]
            .concat();
            for request in [known, chunked] {
                for cut in 1..=request.len() {
                    let case = format!("{server}, {own:?}: {size}, cut at {cut}");
                    let mut bench = whole(bounds, limits, Network::calm());
                    let mut client = bench.connect();
                    let mut answer = ask(&mut bench, &mut client, &request[..cut]);
                    answer.extend(ask(&mut bench, &mut client, &request[cut..]));
                    let got = only(&answer, "POST");
                    if size == 100 {
                        assert!(got.status() == "200" && got.content == content, "{case}");
                        assert_eq!(client.state(), ClientState::Open);
                    } else {
                        assert_eq!(got.status(), "413", "{case}");
                        assert!(got.has("Connection: close"), "{case}");
                        assert_failures(&bench, &[(Reason::TooLarge, Phase::Content, 1)]);
                    }
                    drop(client);
                    assert_alive(&mut bench);
                }
            }
        }
    }
}

/// A client that asks before it sends too much gets 413 and no 100; one that sends what is allowed
/// gets 100.
/// Shows [9110-10.1.1-c].
#[test]
fn no_100_before_413() {
    for (server, own) in [(100, None), (1_000, Some(100)), (10, Some(100))] {
        let mut limits = Limits::default();
        limits.message.content_bytes = server;
        let bounds = Bounds { content_bytes: own, ..Bounds::default() };
        for network in networks(30) {
            let mut bench = whole(bounds, limits, network);
            let request = |size: usize| {
                format!(
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n\
                     Expect: 100-continue\r\n\r\n"
                )
            };
            let mut client = bench.connect();
            let answer = ask(&mut bench, &mut client, request(101).as_bytes());
            assert_eq!(only(&answer, "POST").status(), "413", "{server}, {own:?}");
            let mut client = bench.connect();
            let answer = ask(&mut bench, &mut client, request(100).as_bytes());
            assert_eq!(answer, b"HTTP/1.1 100 Continue\r\n\r\n");
            let answer = ask(&mut bench, &mut client, &octets(100));
            assert_eq!(only(&answer, "POST").status(), "200");
        }
    }
}

/// All of the content must come within a request's own time: 408. Once it has come, that time does
/// not matter to the answer any more.
#[test]
fn content_has_its_deadline() {
    let second = Duration::from_secs(1);
    let bounds = Bounds { content_within: Some(second), ..Bounds::default() };
    let mut bench = whole(bounds, Limits::default(), Network::calm());
    let mut client = bench.connect();
    let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
    let _ = ask(&mut bench, &mut client, head);
    bench.advance(second / 2);
    assert_eq!(ask(&mut bench, &mut client, b"hell"), b"");
    bench.advance(second);
    assert_eq!(only(&bench.drain(&mut client), "POST").status(), "408");
    assert_eq!(client.state(), ClientState::Ended);
    assert_failures(&bench, &[(Reason::TimedOut, Phase::Content, 1)]);
    drop(client);
    assert_alive(&mut bench);
}

/// Takes its time after the content.
#[derive(Debug)]
struct Slow {
    stream: bool,
    log: Log,
}

impl Flowing for Slow {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(u64::MAX);
        if self.stream {
            exchange.start(&Streamed::new(Status::OK)).unwrap();
            exchange.write(b"abc").unwrap();
        }
    }

    fn gone(&mut self, why: Gone) {
        self.log.borrow_mut().push(format!("{why:?}"));
    }
}

/// An answer must be complete within a request's own time: 503, or a reset if it has begun.
#[test]
fn answers_have_their_deadline() {
    let second = Duration::from_secs(1);
    for stream in [false, true] {
        for content in [&b""[..], b"hello"] {
            let log = Log::default();
            let theirs = log.clone();
            let flow = move || Receive::Flow(Box::new(Slow { stream, log: theirs.clone() }));
            let bounds = Bounds {
                answer_within: Some(second * 3),
                content_within: Some(second * 2),
                ..Bounds::default()
            };
            let limits = Limits::default();
            let mut bench = Bench::http(Network::calm(), limits, Bounded { bounds, flow });
            let mut client = bench.connect();
            let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
            client.write(head);
            bench.settle();
            client.write(content);
            bench.settle();
            bench.advance(second);
            assert_eq!(client.state(), ClientState::Open);
            bench.advance(second * 5 / 4);
            let whole = !content.is_empty();
            assert_eq!(log.borrow().is_empty(), whole, "its content had come in time");
            bench.advance(second);
            assert_eq!(*log.borrow(), ["Expired"]);
            let phase = if stream { Phase::Answer } else { Phase::Handler };
            if stream {
                assert_eq!(client.state(), ClientState::Reset);
            } else {
                let got = only(&bench.drain(&mut client), "POST");
                assert_eq!(got.status(), if whole { "503" } else { "408" });
            }
            let phase = if whole || stream { phase } else { Phase::Content };
            assert_failures(&bench, &[(Reason::TimedOut, phase, 1)]);
            drop(client);
            assert_alive(&mut bench);
        }
    }
}

/// A deadline for content is nothing to a request that has none left.
#[test]
fn a_deadline_for_content_that_has_come_is_void() {
    let second = Duration::from_secs(1);
    let (send, receive) = std::sync::mpsc::channel();
    let handler = move |_: &Request<'_>, mut response: Response<'_>| {
        response.bound(&Bounds { content_within: Some(second), ..Bounds::default() });
        let (responder, answered) = response.defer();
        send.send(responder).unwrap();
        answered
    };
    let mut bench = Bench::http(Network::calm(), Limits::default(), handler);
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, &get("/")), b"");
    bench.advance(second * 2);
    receive.try_recv().unwrap().respond(nova_http::OwnedAnswer::text("late")).unwrap();
    assert_eq!(only(&bench.drain(&mut client), "GET").content, b"late");
}
