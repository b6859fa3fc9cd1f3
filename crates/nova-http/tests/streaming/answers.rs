//! Streamed answers: their framing, and that a slow client costs no memory.

use nova_http::testing::Bench;
use nova_http::{Phase, Reason, Request, Response, Status};
use nova_io::sim::{ClientState, Network};

use crate::common::{
    Log, Script, Step, ask, assert_alive, assert_failures, get, handler, narrow, networks, octets,
    only, take,
};

/// A streamed answer arrives as it was written, whatever the pieces, the network and the room that
/// the client gives; what a slow client has not taken is bounded.
#[test]
fn streamed_answers_arrive_and_cost_little() {
    let content = octets(30_000);
    for length in [None, Some(content.len() as u64)] {
        for (seed, network) in networks(40).enumerate() {
            for (size, window) in [(1_000, 1 << 20), (7_777, 700), (30_000, 3_000)] {
                let pieces = content.clone();
                let serve = handler(move |_, response| {
                    response.stream(length, Script::pieces(&pieces, size))
                });
                let mut bench = Bench::http(network.clone(), narrow(), serve);
                let mut client = bench.connect();
                client.set_window(window);
                client.write(&get("/"));
                let mut answer = Vec::new();
                loop {
                    bench.settle();
                    let held = bench.worker(0).spilled_bytes();
                    assert!(held <= 16 * 1024, "seed {seed}: a slow reader holds {held}");
                    let more = client.drain();
                    if more.is_empty() {
                        break;
                    }
                    answer.extend(more);
                }
                let got = only(&answer, "GET");
                assert_eq!(got.content, content, "seed {seed}, pieces of {size}, window {window}");
                assert_eq!(got.has("Transfer-Encoding: chunked"), length.is_none());
                assert_eq!(client.state(), ClientState::Open, "the connection is kept");
                assert_failures(&bench, &[]);
                assert_eq!(bench.worker(0).spilled_bytes(), 0);
            }
        }
    }
}

/// Whatever is cut where: the request octet by octet, the answer is the same.
#[test]
fn cuts_in_the_request_do_not_matter() {
    let serve = || handler(|_, response| response.stream(None, Script::pieces(b"hello", 2)));
    let requests = [get("/"), get("/")].concat();
    let expected = {
        let mut bench = Bench::http(Network::calm(), narrow(), serve());
        let mut client = bench.connect();
        ask(&mut bench, &mut client, &requests)
    };
    let mut bench = Bench::http(Network::calm(), narrow(), serve());
    for cut in 1..requests.len() {
        let mut client = bench.connect();
        let mut answers = ask(&mut bench, &mut client, &requests[..cut]);
        answers.extend(ask(&mut bench, &mut client, &requests[cut..]));
        assert_eq!(answers, expected, "cut at {cut}");
    }
}

/// A trailer section follows chunked content; a client to which the content is not chunked never
/// sees it.
#[test]
fn trailers_follow_chunks_only() {
    let steps = [Step::Write(b"abc".into()), Step::FinishWith(&[("checksum", "900150")])];
    let serve = handler(move |request: &Request<'_>, response: Response<'_>| {
        let length = (request.head.path() == b"/known").then_some(3);
        response.stream(length, Script::new(steps.clone()))
    });
    let mut bench = Bench::http(Network::calm(), narrow(), serve);
    let mut client = bench.connect();
    let got = only(&ask(&mut bench, &mut client, &get("/")), "GET");
    assert_eq!((&*got.content, &*got.trailers), (&b"abc"[..], "checksum: 900150\r\n"));
    let got = only(&ask(&mut bench, &mut client, &get("/known")), "GET");
    assert_eq!((&*got.content, &*got.trailers), (&b"abc"[..], ""));
    let got = only(&ask(&mut bench, &mut client, b"GET / HTTP/1.0\r\n\r\n"), "GET");
    assert_eq!((&*got.content, &*got.trailers), (&b"abc"[..], ""));
    assert_eq!(client.state(), ClientState::Ended);
}

/// A trailer that may not be one is refused, and the answer can still be finished without it.
/// Shows [9110-6.5.1-a].
#[test]
fn forbidden_trailers_are_refused() {
    let log = Log::default();
    let steps = [
        Step::Write(b"abc".into()),
        Step::FinishWith(&[("content-length", "3")]),
        Step::FinishWith(&[("x", "a\r\nb: c")]),
        Step::Finish,
    ];
    let theirs = log.clone();
    let serve =
        handler(move |_, response| response.stream(None, Script::new(steps.clone()).log(&theirs)));
    let mut bench = Bench::http(Network::calm(), narrow(), serve);
    let mut client = bench.connect();
    let got = only(&ask(&mut bench, &mut client, &get("/")), "GET");
    assert_eq!((&*got.content, &*got.trailers), (&b"abc"[..], ""));
    let log = log.borrow();
    assert_eq!(log.len(), 3, "{log:?}");
    assert!(log[0].contains("Trailer"), "{log:?}");
    assert_eq!(log[2], "dropped");
}

/// HEAD gets the head that GET would have got and no content; the flow does not notice.
#[test]
fn head_gets_no_content() {
    for length in [None, Some(100_000)] {
        let log = Log::default();
        let theirs = log.clone();
        let serve = handler(move |_, response| {
            response.stream(length, Script::pieces(&octets(100_000), 9_000).log(&theirs))
        });
        let mut bench = Bench::http(Network::calm(), narrow(), serve);
        let mut client = bench.connect();
        let two = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
        let answers = ask(&mut bench, &mut client, two);
        let mut rest = &answers[..];
        for _ in 0..2 {
            let got = take(&mut rest, "HEAD").unwrap();
            assert_eq!(got.status(), "200");
            assert_eq!(got.has("Content-Length: 100000"), length.is_some(), "{}", got.head);
        }
        assert!(rest.is_empty());
        assert_eq!(*log.borrow(), ["dropped", "dropped"]);
        assert_failures(&bench, &[]);
        assert_alive(&mut bench);
    }
}

/// HTTP/1.0 knows no chunks: content of unknown length ends with the connection; what is known in
/// advance keeps the connection, if the client has asked for that.
#[test]
fn http_1_0_reads_until_the_end() {
    let content = octets(20_000);
    for (seed, network) in networks(40).enumerate() {
        let pieces = content.clone();
        let serve = handler(move |request: &Request<'_>, response: Response<'_>| {
            let length = (request.head.path() == b"/known").then_some(pieces.len() as u64);
            response.stream(length, Script::pieces(&pieces, 999))
        });
        let mut bench = Bench::http(network, narrow(), serve);
        let mut client = bench.connect();
        client.set_window(2_000);
        let request = b"GET /known HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        let got = only(&ask(&mut bench, &mut client, request), "GET");
        assert!(got.has("Connection: keep-alive"), "{}", got.head);
        assert_eq!(got.content, content, "seed {seed}");
        assert_eq!(client.state(), ClientState::Open);
        let request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        let got = only(&ask(&mut bench, &mut client, request), "GET");
        assert_eq!(got.content, content, "seed {seed}");
        assert_eq!(client.state(), ClientState::Ended, "an orderly end is the only mark");
        assert_failures(&bench, &[]);
    }
}

/// A length of zero is complete at once. Statuses that have no content are not streamed with one:
/// that is the application's error.
#[test]
fn answers_without_content() {
    let serve = handler(|request: &Request<'_>, response: Response<'_>| {
        let flow = Script::new([Step::Finish]);
        match request.head.path() {
            b"/204" => response.status(Status::NO_CONTENT).stream(Some(0), flow),
            b"/304" => response.status(Status::NOT_MODIFIED).stream(Some(0), flow),
            b"/204/unknown" => response.status(Status::NO_CONTENT).stream(None, flow),
            b"/304/5" => response.status(Status::NOT_MODIFIED).stream(Some(5), flow),
            b"/0" => response.stream(Some(0), flow),
            _ => response.stream(None, flow),
        }
    });
    let mut bench = Bench::http(Network::calm(), narrow(), serve);
    let mut client = bench.connect();
    for (target, status, line) in [
        ("/204", "204", ""),
        ("/304", "304", ""),
        ("/204/unknown", "500", "Content-Length: 0"),
        ("/304/5", "500", "Content-Length: 0"),
        ("/0", "200", "Content-Length: 0"),
        ("/chunked", "200", "Transfer-Encoding: chunked"),
    ] {
        let got = only(&ask(&mut bench, &mut client, &get(target)), "GET");
        assert_eq!(got.status(), status);
        assert!(got.has(line), "{target}: {}", got.head);
        let framed = got.has("Transfer-Encoding: chunked") || got.head.contains("Content-Length");
        assert_eq!(framed, !line.is_empty(), "{target}: {}", got.head);
        assert!(got.content.is_empty());
    }
    assert_eq!(client.state(), ClientState::Open);
    assert_failures(&bench, &[(Reason::InvalidAnswer, Phase::Handler, 2)]);
}

/// An interim answer comes before a streamed one, and not at all where the version has none.
#[test]
fn early_hints_come_first() {
    let serve = handler(|_, mut response: Response<'_>| {
        response.interim(Status::EARLY_HINTS, &[("link", "</a>; rel=preload")]);
        response.stream(None, Script::pieces(b"hello", 3))
    });
    let mut bench = Bench::http(Network::calm(), narrow(), serve);
    let mut client = bench.connect();
    let answers = ask(&mut bench, &mut client, &get("/"));
    let mut rest = &answers[..];
    let hints = take(&mut rest, "GET").unwrap();
    assert_eq!(hints.head, "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n");
    assert_eq!(only(rest, "GET").content, b"hello");
    let old = ask(&mut bench, &mut client, b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(only(&old, "GET").content, b"hello");
}
