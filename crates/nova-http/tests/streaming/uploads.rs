//! Content that comes in: answered early, read as far as credit goes, echoed while it comes.

use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answer, Answered, Bounds, Exchange, Flowing, Handler, Limits, Receive, Request, RequestHead,
    Response, Status, Streamed,
};
use nova_io::sim::{ClientState, Network};

use crate::common::{
    Server, ask, assert_alive, assert_failures, get, narrow, networks, octets, only, take,
};

/// A handler that receives content with what `flow` makes for a path.
struct Receives<F>(F);

impl<F: FnMut(&[u8]) -> Box<dyn Flowing>> Handler for Receives<F> {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        response.send(request.content)
    }

    fn receive(&mut self, head: &RequestHead<'_>, _: &mut Bounds) -> Receive {
        Receive::Flow((self.0)(head.path()))
    }
}

fn receives<F: FnMut(&[u8]) -> Box<dyn Flowing>>(flow: F) -> Receives<F> {
    Receives(flow)
}

/// Answers at once, and reads nothing.
#[derive(Debug)]
struct NoThanks;

impl Flowing for NoThanks {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.respond(&Answer::new(Status::OK).bytes(b"no, thanks")).unwrap();
    }
}

fn no_thanks(network: Network) -> Server<impl Handler> {
    Bench::http(network, Limits::default(), receives(|_| Box::new(NoThanks)))
}

fn post(length: usize) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

/// An upload that nobody reads is answered at once. A small one is then read and thrown away, and the
/// connection kept for the next request.
/// Shows [9112-9.3-b].
#[test]
fn small_unread_uploads_are_drained() {
    for (seed, network) in networks(60).enumerate() {
        let mut bench = no_thanks(network);
        let mut client = bench.connect();
        let upload = [&post(60_000)[..], &octets(60_000)].concat();
        let answer = ask(&mut bench, &mut client, &upload[..1_000]);
        let got = only(&answer, "POST");
        assert_eq!(got.content, b"no, thanks", "seed {seed}");
        assert!(!got.has("Connection: close"), "{}", got.head);
        assert_eq!(ask(&mut bench, &mut client, &upload[1_000..]), b"");
        let next = only(&ask(&mut bench, &mut client, &get("/")), "GET");
        assert_eq!((next.status(), client.state()), ("200", ClientState::Open), "seed {seed}");
        assert_failures(&bench, &[]);
        drop(client);
        assert_alive(&mut bench);
    }
}

/// Where reading on is not worth it the answer announces the close, and the server reads on for a
/// while, so that the client can read the answer whatever it still sends.
/// Shows [9112-9.3-b].
#[test]
fn large_unread_uploads_end_the_connection() {
    let expects =
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n";
    let large = post(1_000_000);
    for (head, sends) in [(&large[..], true), (CHUNKED, true), (expects, false)] {
        for (seed, network) in networks(20).enumerate() {
            let mut bench = no_thanks(network);
            let mut client = bench.connect();
            client.write(head);
            for _ in 0..10 {
                if sends {
                    client.write(if head == CHUNKED { b"5\r\nhello\r\n" } else { b"hello" });
                }
                bench.turn();
            }
            let got = only(&bench.drain(&mut client), "POST");
            assert_eq!(got.content, b"no, thanks", "seed {seed}");
            assert!(got.has("Connection: close"), "{}", got.head);
            assert_eq!(client.state(), ClientState::Ended, "the server has ended its direction");
            assert_eq!(bench.worker(0).connections(), 1, "and reads on");
            for _ in 0..10 {
                client.write(&octets(3_000));
                bench.settle();
                assert_eq!(client.state(), ClientState::Ended, "no reset may overtake the answer");
                assert_eq!(bench.worker(0).spilled_bytes(), 0);
            }
            bench.advance(Limits::default().linger + Duration::from_millis(200));
            assert_eq!(bench.worker(0).connections(), 0, "but not for ever");
            assert_failures(&bench, &[]);
        }
    }
}

/// An early answer that is streamed announces the close, too, and comes to its end while the client
/// still sends.
#[test]
fn early_streamed_answers_end_the_connection() {
    #[derive(Debug)]
    struct Talks(usize);
    impl Flowing for Talks {
        fn begin(&mut self, exchange: &mut Exchange<'_>) {
            exchange.start(&Streamed::new(Status::OK)).unwrap();
            self.writable(exchange);
        }
        fn writable(&mut self, exchange: &mut Exchange<'_>) {
            while self.0 > 0 {
                let written = exchange.write(&octets(self.0)).unwrap().octets;
                if written == 0 {
                    return exchange.wait_for_room();
                }
                self.0 -= written;
            }
            exchange.finish().unwrap();
        }
    }
    for (seed, network) in networks(60).enumerate() {
        let mut bench = Bench::http(network, narrow(), receives(|_| Box::new(Talks(20_000))));
        let mut client = bench.connect();
        client.set_window(1_000);
        client.write(CHUNKED);
        let mut answer = Vec::new();
        loop {
            client.write(b"5\r\nhello\r\n");
            bench.settle();
            let more = client.drain();
            answer.extend(&more);
            if client.state() == ClientState::Ended {
                break;
            }
            assert!(!more.is_empty(), "seed {seed}");
        }
        let got = only(&answer, "POST");
        assert!(got.has("Connection: close"), "{}", got.head);
        assert_eq!(got.content.len(), 20_000, "seed {seed}");
        assert_failures(&bench, &[]);
        drop(client);
        assert_alive(&mut bench);
    }
}

/// Sends back what comes, while it comes; grants `step` when all that has come is sent on.
#[derive(Debug)]
struct Echo {
    step: usize,
    length: Option<u64>,
    granted: usize,
    /// What there was no room for.
    rest: Vec<u8>,
    ended: bool,
}

impl Echo {
    fn new(step: usize, length: Option<u64>) -> Self {
        Self { step, length, granted: 0, rest: Vec::new(), ended: false }
    }

    fn go_on(&mut self, exchange: &mut Exchange<'_>) {
        let written = exchange.write(&self.rest).unwrap().octets;
        self.rest.drain(..written);
        match (self.rest.is_empty(), self.ended) {
            (true, true) => exchange.finish().unwrap(),
            (true, false) if self.granted == 0 => {
                self.granted = self.step;
                exchange.grant(self.step as u64);
            }
            _ => {}
        }
    }
}

impl Flowing for Echo {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        // Credit first: what is wanted is not an early answer.
        exchange.grant(1);
        self.granted = 1;
        exchange.start(&Streamed { length: self.length, ..Streamed::new(Status::OK) }).unwrap();
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        assert!(octets.len() <= self.granted, "never more than was granted");
        self.granted -= octets.len();
        self.rest.extend_from_slice(octets);
        self.go_on(exchange);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.ended = true;
        self.go_on(exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.go_on(exchange);
    }
}

/// Content is answered while it comes, in both directions, in steps as small as one octet, and
/// HTTP/1.1 keeps the connection; a slow reader slows its own sending down.
#[test]
fn an_echo_flows_both_ways() {
    for (step, size) in [(1, 2_000), (100, 20_000), (3_000, 20_000)] {
        let content = octets(size);
        for (seed, network) in networks(20).enumerate() {
            let echo = move |path: &[u8]| -> Box<dyn Flowing> {
                let length = (path == b"/known").then_some(size as u64);
                Box::new(Echo::new(step, length))
            };
            let mut bench = Bench::http(network, narrow(), receives(echo));
            let mut client = bench.connect();
            client.set_window(2_000);
            let known =
                format!("POST /known HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n\r\n");
            client.write(&[known.as_bytes(), &content[..]].concat());
            let chunks = content.chunks(777).map(|chunk| {
                [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
            });
            client.write(&[CHUNKED, &chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n"].concat());
            bench.settle();
            let mut answers = Vec::new();
            loop {
                let held = bench.worker(0).spilled_bytes();
                // What is sent spills; one buffer of content may come after a pause.
                assert!(held <= 16 * 1024 + 128 * 1024, "seed {seed}: {held} are held");
                let more = client.drain();
                bench.settle();
                if more.is_empty() {
                    break;
                }
                answers.extend(more);
            }
            let mut rest = &answers[..];
            for _ in 0..2 {
                let got = take(&mut rest, "POST").unwrap();
                assert!(got.content == content, "step {step}, seed {seed}");
                assert!(!got.has("Connection: close"), "{}", got.head);
            }
            assert!(rest.is_empty());
            assert_eq!(client.state(), ClientState::Open);
            assert_failures(&bench, &[]);
            drop(client);
            assert_alive(&mut bench);
        }
    }
}

/// A conversation within one exchange: each piece is answered before the next is sent.
#[test]
fn pieces_are_answered_as_they_come() {
    let echo = |_: &[u8]| -> Box<dyn Flowing> { Box::new(Echo::new(1 << 20, None)) };
    for network in networks(60) {
        let mut bench = Bench::http(network, narrow(), receives(echo));
        let mut client = bench.connect();
        let mut answer = ask(&mut bench, &mut client, CHUNKED);
        for word in ["one", "two", "three"] {
            let chunk = format!("{:x}\r\n{word}\r\n", word.len());
            let more = ask(&mut bench, &mut client, chunk.as_bytes());
            let data: Vec<u8> = more.iter().copied().filter(u8::is_ascii_alphabetic).collect();
            assert!(String::from_utf8(data).unwrap().ends_with(&word[1..]));
            answer.extend(more);
        }
        answer.extend(ask(&mut bench, &mut client, b"0\r\n\r\n"));
        assert_eq!(only(&answer, "POST").content, b"onetwothree");
        assert_eq!(client.state(), ClientState::Open);
    }
}

/// Without credit nothing is read, and a client that expects 100 (Continue) gets it with the first.
#[test]
fn credit_is_what_is_read() {
    let echo = |_: &[u8]| -> Box<dyn Flowing> { Box::new(Echo::new(0, None)) };
    let mut bench = Bench::http(Network::calm(), narrow(), receives(echo));
    let mut client = bench.connect();
    let head =
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\nExpect: 100-continue\r\n\r\n";
    let answer = ask(&mut bench, &mut client, head);
    assert!(answer.starts_with(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    client.write(&octets(500_000));
    for _ in 0..20 {
        bench.turn();
    }
    assert!(client.unreceived() >= 500_000 - 2 * 65_536, "{}", client.unreceived());
}
