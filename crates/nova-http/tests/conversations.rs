//! What clients see of a whole server over the simulated network: conversations, octet for octet.

use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answered, Buffered, Limits, OwnedAnswer, Phase, PlainHttp, Reason, Request, Responder,
    Response, Status,
};
use nova_io::sim::{Client, ClientState, Network};

type Server<H> = Bench<PlainHttp, Buffered<H>>;

const DATE: &str = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

/// Says what it was asked: method, target, content.
fn mirror(request: &Request<'_>, response: Response<'_>) -> Answered {
    let mut text = request.head.method.as_bytes().to_vec();
    text.push(b' ');
    text.extend_from_slice(request.head.target.raw);
    if !request.content.is_empty() {
        text.push(b' ');
        text.extend_from_slice(request.content);
    }
    match request.head.path() {
        b"/panic" => panic!("the handler was asked to"),
        b"/injection" => response.fields(&[("x", "a\r\nSet-Cookie: b")]).send(b""),
        b"/large" => response.send(&vec![b'x'; 1 << 20]),
        _ => response.send(&text),
    }
}

fn server() -> Server<fn(&Request<'_>, Response<'_>) -> Answered> {
    Bench::http(Network::calm(), Limits::default(), mirror)
}

fn ok(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: {}\r\n\r\n{text}", text.len())
}

fn text(client: &mut Client) -> String {
    String::from_utf8(client.drain()).unwrap()
}

/// Sends `octets` and gives back what is answered.
fn ask<H: nova_http::Handler>(bench: &mut Server<H>, client: &mut Client, octets: &[u8]) -> String {
    client.write(octets);
    String::from_utf8(bench.drain(client)).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

/// A request is answered with exactly these octets, and the connection is kept for the next.
#[test]
fn a_request_is_answered_and_the_connection_kept() {
    let (mut bench, get) = (server(), b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    let mut client = bench.connect();
    for _ in 0..3 {
        assert_eq!(ask(&mut bench, &mut client, get), ok("GET /a"));
        assert_eq!(client.state(), ClientState::Open);
    }
}

/// Whatever the pieces in which requests arrive, the answers are the same octets.
#[test]
fn pieces_do_not_matter() {
    let requests = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n\
        POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello\
        POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
        3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\nGET /d HTTP/1.1\r\nHost: h\r\n\r\n";
    let expected = [ok("GET /a"), ok("POST /b hello"), ok("POST /c abcde"), ok("GET /d")].concat();
    let mut bench = server();
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, requests), expected);
    for cut in 1..requests.len() {
        let mut client = bench.connect();
        let first = ask(&mut bench, &mut client, &requests[..cut]);
        let second = ask(&mut bench, &mut client, &requests[cut..]);
        assert_eq!(first + &second, expected, "cut at {cut}");
    }
    let mut client = bench.connect();
    let drips: String =
        requests.iter().map(|&octet| ask(&mut bench, &mut client, &[octet])).collect();
    assert_eq!(drips, expected);
    for seed in 0..200 {
        let mut bench = Bench::http(Network::rough(seed), Limits::default(), mirror);
        let mut client = bench.connect();
        assert_eq!(ask(&mut bench, &mut client, requests), expected, "seed {seed}");
        drop(client);
        bench.settle();
        assert_eq!(bench.worker(0).spilled_bytes(), 0, "seed {seed}");
    }
}

/// More pipelined requests than one turn's budget, and more answers than a client takes at once, all
/// come, in order.
#[test]
fn a_long_pipeline_is_answered_in_order() {
    let count = 5_000;
    let requests: String =
        (0..count).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n")).collect();
    let expected: String = (0..count).map(|n| ok(&format!("GET /{n}"))).collect();
    for seed in 0..20 {
        let network = if seed == 0 { Network::calm() } else { Network::rough(seed) };
        let mut bench = Bench::http(network, Limits::default(), mirror);
        let mut client = bench.connect();
        client.set_window(3_000);
        client.write(requests.as_bytes());
        let mut answers = Vec::new();
        loop {
            bench.settle();
            let more = client.drain();
            if more.is_empty() {
                break;
            }
            answers.extend(more);
            let held = bench.worker(0).spilled_bytes();
            assert!(held <= 4 * 64 * 1024, "seed {seed}: a slow reader holds {held}");
        }
        assert_eq!(String::from_utf8(answers).unwrap(), expected, "seed {seed}");
    }
}

/// Requests before a bad one are answered first; then the bad one, with an announced close; then
/// the server ends its direction, and waits a while for the client to read.
#[test]
fn good_requests_before_a_bad_one_are_answered() {
    let mut bench = server();
    let mut client = bench.connect();
    let both =
        b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nBAD\x00\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n";
    let answers = ask(&mut bench, &mut client, both);
    let rest = answers.strip_prefix(&ok("GET /a")).expect("the good request is answered first");
    assert!(rest.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{rest}");
    assert!(rest.contains("Connection: close\r\n"), "{rest}");
    assert!(!rest.contains("/b"), "{rest}");
    assert_eq!(client.state(), ClientState::Ended);
    assert_eq!(bench.worker(0).connections(), 1, "it lingers");
    assert_eq!(ask(&mut bench, &mut client, b"GET /c HTTP/1.1\r\nHost: h\r\n\r\n"), "");
    client.shutdown();
    bench.settle();
    assert_eq!(bench.worker(0).connections(), 0, "the client has ended too");
    let mut client = bench.connect();
    ask(&mut bench, &mut client, b"BAD\x00\r\n\r\n");
    bench.advance(Limits::default().linger + Duration::from_millis(200));
    assert_eq!(bench.worker(0).connections(), 0, "lingering has a bound");
}

/// Each fault has its status.
#[test]
fn refusals_name_the_rule() {
    let long = "a".repeat(20_000);
    let many: String = (0..200).map(|n| format!("X{n}: y\r\n")).collect();
    let cases = [
        ("400", "GET / HTTP/1.1\r\n\r\n".to_string()),
        ("400", "GET / HTTP/1.1\nHost: h\n\n".to_string()),
        ("413", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4294967296\r\n\r\n".to_string()),
        ("414", format!("GET /{long} HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("417", "POST / HTTP/1.1\r\nHost: h\r\nExpect: more\r\nContent-Length: 1\r\n\r\nx".into()),
        ("431", format!("GET / HTTP/1.1\r\nHost: h\r\nA: {long}\r\n\r\n")),
        ("431", format!("GET / HTTP/1.1\r\nHost: h\r\n{many}\r\n")),
        ("501", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n".into()),
        ("501", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n".into()),
        ("501", "get / HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("505", "GET / HTTP/2.0\r\nHost: h\r\n\r\n".into()),
    ];
    let mut bench = server();
    for (expected, request) in cases {
        let mut client = bench.connect();
        let answer = ask(&mut bench, &mut client, request.as_bytes());
        assert_eq!(status(&answer), expected, "{answer}");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
        assert_eq!(client.state(), ClientState::Ended);
    }
}

/// A client that waits for 100 (Continue) gets it once, before the final answer; one that does not
/// wait gets only the final answer.
/// Shows [9110-10.1.1-b] [9110-10.1.1-c] [9110-10.1.1-d].
#[test]
fn expectations_are_met() {
    let mut bench = server();
    let mut client = bench.connect();
    let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(ask(&mut bench, &mut client, head), "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(ask(&mut bench, &mut client, b"h"), "");
    assert_eq!(ask(&mut bench, &mut client, b"i"), ok("POST / hi"));
    let at_once = [head.as_slice(), b"hi"].concat();
    assert_eq!(ask(&mut bench, &mut client, &at_once), ok("POST / hi"));
}

/// A panic answers 500 and ends that connection; others never notice.
#[test]
fn a_panic_is_contained() {
    let mut bench = server();
    let (mut one, mut other) = (bench.connect(), bench.connect());
    let answer = ask(&mut bench, &mut one, b"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(status(&answer), "500");
    assert_eq!(one.state(), ClientState::Ended);
    let answer = ask(&mut bench, &mut other, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(answer, ok("GET /a"));
    assert_eq!(bench.counters(0).failures.get(Reason::Panicked, Phase::Handler), 1);
}

/// An application cannot split a response: the injected field is never sent.
#[test]
fn an_invalid_answer_becomes_500() {
    let mut bench = server();
    let mut client = bench.connect();
    let answer = ask(&mut bench, &mut client, b"GET /injection HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(status(&answer), "500");
    assert!(!answer.contains("Set-Cookie"), "{answer}");
    assert_eq!(bench.counters(0).failures.get(Reason::InvalidAnswer, Phase::Handler), 1);
    let answer = ask(&mut bench, &mut client, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(answer, ok("GET /a"), "the connection goes on");
}

/// An idle connection is closed without a word; one that has begun a head, or content, gets 408.
#[test]
fn deadlines_end_what_does_not_come() {
    let limits = Limits::default();
    let tick = Duration::from_millis(200);
    let mut bench = server();
    let mut silent = bench.connect();
    let mut served = bench.connect();
    let mut slow_head = bench.connect();
    let mut slow_content = bench.connect();
    ask(&mut bench, &mut served, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    slow_head.write(b"G");
    slow_content.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
    bench.settle();
    for _ in 0..3 {
        // Content that goes on coming fast enough has another span; a head has no such luck.
        bench.advance(limits.content_silence / 4);
        slow_head.write(b"E");
        slow_content.write(&[b'x'; 2_500]);
        bench.settle();
    }
    assert_eq!((text(&mut slow_head), text(&mut slow_content)), (String::new(), String::new()));
    bench.advance(limits.head / 4 + tick);
    assert_eq!(status(&text(&mut slow_head)), "408");
    assert_eq!(slow_head.state(), ClientState::Ended);
    assert_eq!(slow_content.state(), ClientState::Open);
    // An octet now and then is too slow.
    slow_content.write(b"x");
    bench.advance(limits.content_silence + tick);
    assert_eq!(status(&text(&mut slow_content)), "408");
    assert_eq!((silent.state(), served.state()), (ClientState::Open, ClientState::Open));
    bench.advance(limits.idle);
    assert_eq!((silent.state(), served.state()), (ClientState::Ended, ClientState::Ended));
    assert_eq!((text(&mut silent), text(&mut served)), (String::new(), String::new()));
    assert_eq!(bench.worker(0).connections(), 0);
    let failures = &bench.counters(0).failures;
    assert_eq!(failures.get(Reason::TimedOut, Phase::Head), 1);
    assert_eq!(failures.get(Reason::TimedOut, Phase::Content), 1);
    assert_eq!(bench.counters(0).idle_expired.get(), 2);
}

/// A head that follows another one has a deadline of its own.
#[test]
fn every_head_has_its_own_deadline() {
    let limits = Limits::default();
    let mut bench = server();
    let mut client = bench.connect();
    let request = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    client.write(&request[..5]);
    bench.settle();
    for _ in 0..5 {
        bench.advance(limits.head / 2);
        let answer = ask(&mut bench, &mut client, &[&request[5..], &request[..5]].concat());
        assert_eq!(answer, ok("GET /a").replace(DATE, &date(&answer)));
    }
    bench.advance(limits.head + Duration::from_millis(200));
    assert_eq!(status(&text(&mut client)), "408");
}

fn date(answer: &str) -> String {
    let line = answer.split_inclusive("\r\n").find(|line| line.starts_with("Date: "));
    line.expect("an answer has a Date").to_string()
}

/// A client that takes nothing of its answer is reset after the write stall; its buffers come back.
#[test]
fn a_reader_that_stalls_is_reset() {
    let limits = Limits::default();
    let mut bench = server();
    let mut client = bench.connect();
    client.set_window(10_000);
    client.write(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    bench.settle();
    for _ in 0..4 {
        bench.advance(limits.write_stall - Duration::from_secs(1));
        assert_eq!(client.state(), ClientState::Open, "taking a little is enough");
        assert!(!client.drain().is_empty());
        bench.settle();
    }
    assert!(bench.worker(0).spilled_bytes() > 900_000);
    bench.advance(limits.write_stall + Duration::from_millis(200));
    assert_eq!(client.state(), ClientState::Reset);
    assert_eq!((bench.worker(0).connections(), bench.worker(0).spilled_bytes()), (0, 0));
}

/// A whole request that is followed by the end of the stream is answered; half of one gets 400.
#[test]
fn half_closed_clients_are_answered() {
    let mut bench = server();
    let mut whole = bench.connect();
    whole.write(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    whole.shutdown();
    let mut half = bench.connect();
    half.write(b"GET /a HTTP/1.1\r\nHo");
    half.shutdown();
    let mut cut = bench.connect();
    cut.write(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhello");
    cut.shutdown();
    let nothing = bench.connect();
    bench.settle();
    assert_eq!(text(&mut whole), ok("GET /a") + &ok("GET /b"));
    assert_eq!(status(&text(&mut half)), "400");
    assert_eq!(status(&text(&mut cut)), "400");
    drop(nothing);
    bench.settle();
    assert_eq!(bench.worker(0).connections(), 0);
}

/// Deferred answers come in the order of the requests, whatever the order in which they are given,
/// and no more requests are opened than are allowed.
/// Shows [9112-9.3.2-a].
#[test]
fn deferred_answers_keep_their_order() {
    for open_exchanges in [1, 3] {
        let deferred: std::rc::Rc<std::cell::RefCell<Vec<Responder>>> = Default::default();
        let limits = Limits { open_exchanges, ..Limits::default() };
        let list = deferred.clone();
        let handler = move |_: &Request<'_>, response: Response<'_>| {
            let (responder, answered) = response.defer();
            list.borrow_mut().push(responder);
            answered
        };
        let mut bench = Bench::http(Network::calm(), limits, handler);
        let mut client = bench.connect();
        let request = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
        assert_eq!(ask(&mut bench, &mut client, &request.repeat(7)), "");
        let mut answered = 0;
        let mut answers = String::new();
        while answered < 7 {
            let mut open = std::mem::take(&mut *deferred.borrow_mut());
            assert_eq!(open.len(), open_exchanges.min(7 - answered));
            // The last one first.
            while let Some(responder) = open.pop() {
                let number = responder.id().number;
                assert_eq!(number as usize, answered + open.len());
                responder.respond(OwnedAnswer::new(Status::OK, number.to_string())).unwrap();
            }
            answered += open_exchanges.min(7 - answered);
            bench.settle();
            answers += &text(&mut client);
        }
        assert_eq!(answers, (0..7).map(|n| ok(&n.to_string())).collect::<String>());
    }
}

/// A responder that is dropped answers 500: no client waits for nothing.
#[test]
fn a_dropped_responder_answers() {
    let handler = |_: &Request<'_>, response: Response<'_>| {
        let (responder, answered) = response.defer();
        drop(responder);
        answered
    };
    let mut bench = Bench::http(Network::calm(), Limits::default(), handler);
    let mut client = bench.connect();
    let answer = ask(&mut bench, &mut client, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(status(&answer), "500");
}

/// A stop lets idle clients send what is under way and announces the close; then nothing is left.
#[test]
fn a_stop_ends() {
    let mut bench = server();
    let (mut idle, mut late) = (bench.connect(), bench.connect());
    bench.settle();
    bench.stop(Duration::from_secs(4));
    bench.settle();
    let answer = ask(&mut bench, &mut late, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(answer.contains("Connection: close\r\n"), "{answer}");
    assert_eq!(late.state(), ClientState::Ended);
    assert_eq!(idle.state(), ClientState::Open);
    bench.advance(Duration::from_millis(1_200));
    assert_eq!(idle.state(), ClientState::Ended);
    assert_eq!(text(&mut idle), "");
    let refused = bench.connect();
    assert_eq!(refused.state(), ClientState::Reset, "nobody listens any more");
    bench.advance(Duration::from_secs(3));
    assert_eq!(bench.worker(0).connections(), 0);
}
