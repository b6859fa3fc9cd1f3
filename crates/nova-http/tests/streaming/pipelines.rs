//! Streamed answers and what is pipelined behind them.

use nova_http::testing::Bench;
use nova_http::{Limits, Request, Response};
use nova_io::sim::{ClientState, Network};

use crate::common::{
    Script, ask, assert_alive, assert_failures, get, handler, narrow, networks, octets, take,
};

/// Requests behind a streamed answer are answered after it, in order; a streamed answer that is not
/// in front holds no more than its share, and goes on when its turn has come.
/// Shows [9112-9.3.2-a].
#[test]
fn pipelined_requests_wait_for_their_turn() {
    let content = octets(20_000);
    let targets = ["/stream/0", "/at-once/1", "/stream/2", "/stream/3", "/at-once/4", "/at-once/5"];
    let requests: Vec<u8> = targets.iter().flat_map(|target| get(target)).collect();
    for open_exchanges in [1, 3] {
        for (seed, network) in networks(60).enumerate() {
            let limits = Limits { open_exchanges, ..narrow() };
            let pieces = content.clone();
            let serve = handler(move |request: &Request<'_>, response: Response<'_>| {
                let target = request.head.target.raw;
                let response = response.fields(&[]);
                match target.starts_with(b"/stream") {
                    true => {
                        let pieces = [target, &pieces].concat();
                        response.stream(None, Script::pieces(&pieces, 1_500))
                    }
                    false => response.send(target),
                }
            });
            let mut bench = Bench::http(network, limits, serve);
            let mut client = bench.connect();
            client.set_window(1_000);
            client.write(&requests);
            let mut answers = Vec::new();
            loop {
                bench.settle();
                let held = bench.worker(0).spilled_bytes();
                // The spill, the unread requests, and a share for each that waits.
                let bound = 16 * 1024 + 4 * 1024 + (open_exchanges - 1) * 2 * limits.unsent_bytes;
                assert!(held <= bound, "seed {seed}, {open_exchanges}: {held} are held");
                let more = client.drain();
                if more.is_empty() {
                    break;
                }
                answers.extend(more);
            }
            let mut rest = &answers[..];
            for target in targets {
                let got = take(&mut rest, "GET").expect("an answer for each");
                let tail = if target.starts_with("/stream") { &content[..] } else { b"" };
                assert!(got.content == [target.as_bytes(), tail].concat(), "{target}, seed {seed}");
            }
            assert!(rest.is_empty());
            assert_failures(&bench, &[]);
            assert_alive(&mut bench);
        }
    }
}

/// Nothing follows an answer that only the end of the connection ends, or that has announced it:
/// not even an answer that was ready.
#[test]
fn nothing_follows_the_last_answer() {
    let requests =
        b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n";
    for open_exchanges in [1, 3] {
        let limits = Limits { open_exchanges, ..narrow() };
        let serve = handler(|request: &Request<'_>, response: Response<'_>| {
            match request.head.path() == b"/a" {
                true => response.stream(None, Script::pieces(b"hello", 1)),
                false => response.send(b"WRONG"),
            }
        });
        let mut bench = Bench::http(Network::calm(), limits, serve);
        let mut client = bench.connect();
        let answer = ask(&mut bench, &mut client, requests);
        assert!(answer.ends_with(b"\r\n\r\nhello"), "{}", String::from_utf8_lossy(&answer));
        assert_eq!(client.state(), ClientState::Ended);
    }
}

/// The same if the application itself announces the end.
/// Shows [9112-9.6-d] [9112-9.6-e].
#[test]
fn nothing_follows_an_announced_close() {
    for open_exchanges in [1, 3] {
        let limits = Limits { open_exchanges, ..narrow() };
        let serve = handler(|request: &Request<'_>, response: Response<'_>| {
            let close = response.fields(&[("connection", "close")]);
            match request.head.path() {
                b"/a" => close.stream(Some(5), Script::pieces(b"hello", 1)),
                _ => close.send(b"WRONG"),
            }
        });
        let mut bench = Bench::http(Network::calm(), limits, serve);
        let mut client = bench.connect();
        let answers = ask(&mut bench, &mut client, &[get("/a"), get("/b")].concat());
        assert!(answers.ends_with(b"\r\n\r\nhello"), "{}", String::from_utf8_lossy(&answers));
        assert_eq!(client.state(), ClientState::Ended);
    }
}
