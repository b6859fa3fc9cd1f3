//! Panics outside of answers, and what several exchanges of one connection mean for each other.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answer, Application, Bounds, Exchange, ExchangeId, Fields, Gone, Hooks, Incoming, Key, Limits,
    OwnedAnswer, Phase, PlainHttp, Reason, RequestHead, Responder, Status,
};
use nova_io::sim::{ClientState, Network};

/// Panics whenever a connection or an exchange comes or goes; answers in between.
#[derive(Default)]
struct Nervous {
    deferred: Deferred,
    gone: Ended,
    /// Panics in `connected`, `gone` and `closed`.
    panics: bool,
}

impl Application for Nervous {
    fn connected(&mut self, _: Key, _: Option<SocketAddr>) {
        assert!(!self.panics, "connected");
    }

    fn request(&mut self, head: &RequestHead<'_>, _: Incoming<'_>, exchange: &mut Exchange<'_>) {
        match head.path() {
            b"/later" => self.deferred.borrow_mut().push(exchange.defer()),
            b"/panic" => panic!("the request was asked to"),
            b"/collect" => {
                let content_within = Some(Duration::from_secs(5));
                exchange.bound(&Bounds { content_within, ..Bounds::default() });
                exchange.grant(u64::MAX);
            }
            b"/tunnel" => {
                let fields = [("upgrade", "x")];
                let status = Status::SWITCHING_PROTOCOLS;
                exchange.tunnel(status, Fields::from_pairs(&fields)).unwrap();
                panic!("the tunnel was asked to");
            }
            _ => exchange.respond(&Answer::new(Status::OK).bytes(b"hello")).unwrap(),
        }
    }

    fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.deferred.borrow_mut().push(exchange.defer());
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        self.gone.borrow_mut().push((id.number, why));
        assert!(!self.panics, "gone");
    }

    fn closed(&mut self, _: Key) {
        assert!(!self.panics, "closed");
    }
}

type Deferred = Rc<RefCell<Vec<Responder>>>;
type Ended = Rc<RefCell<Vec<(u32, Gone)>>>;

fn bench(limits: Limits, panics: bool) -> (Bench<PlainHttp, Nervous>, Deferred, Ended) {
    let hooks = Hooks {
        on_failure: Some(Arc::new(move |_: &_| assert!(!panics, "on_failure"))),
        on_response: Some(Arc::new(move |_: &_| assert!(!panics, "on_response"))),
    };
    let (deferred, gone) = (Deferred::default(), Ended::default());
    let (theirs, ended) = (deferred.clone(), gone.clone());
    let bench = Bench::watched(Network::calm(), limits, hooks, 1, |_| {
        (PlainHttp, Nervous { deferred: theirs.clone(), gone: ended.clone(), panics })
    });
    (bench, deferred, gone)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
}

/// A worker lives on whatever its callbacks and hooks do, answers all the same, and counts it.
#[test]
fn no_callback_takes_its_worker_down() {
    let (mut bench, _, _) = bench(Limits::default(), true);
    for round in 1..=3 {
        let (mut well, mut ill) = (bench.connect(), bench.connect());
        well.write(get("/").as_bytes());
        ill.write(get("/later").as_bytes());
        assert!(bench.drain(&mut well).ends_with(b"hello"), "round {round}");
        ill.reset();
        drop(well);
        bench.settle();
        assert_eq!(bench.worker(0).connections(), 0);
        let total = bench.total();
        // Two connected and closed, one gone, two responses and one failure told.
        assert_eq!(total.callback_panics.get(), 8 * round);
        assert_eq!(
            total.failures.all().collect::<Vec<_>>(),
            [(Reason::Reset, Phase::Handler, round)]
        );
    }
}

/// A tunnel that panics while it is accepted has never begun: its client gets 500.
#[test]
fn a_tunnel_that_panics_at_once_is_none() {
    let (mut bench, _, _) = bench(Limits::default(), false);
    let mut client = bench.connect();
    let request = "GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    client.write(request.as_bytes());
    let answer = bench.drain(&mut client);
    assert!(answer.starts_with(b"HTTP/1.1 500 "));
    let total = bench.total();
    assert_eq!((total.tunnels.get(), total.answers_5xx.get()), (0, 1));
    assert_eq!(total.failures.get(Reason::Panicked, Phase::Handler), 1);
}

/// When an answer before others has to be the last one, nothing follows it, and the application
/// learns that the others are gone.
#[test]
fn nothing_follows_an_answer_that_announces_the_end() {
    let handler = Duration::from_secs(10);
    let limits = Limits { open_exchanges: 3, handler, ..Limits::default() };
    let (mut bench, deferred, gone) = bench(limits, false);
    let mut client = bench.connect();
    client.write(get("/later").repeat(3).as_bytes());
    bench.settle();
    // The last one is answered, and waits for the first, which is never answered in time.
    let last = deferred.borrow_mut().pop().unwrap();
    last.respond(OwnedAnswer::text("last")).unwrap();
    bench.settle();
    bench.advance(handler + Duration::from_millis(200));
    let answers = String::from_utf8(bench.drain(&mut client)).unwrap();
    assert!(answers.starts_with("HTTP/1.1 503 "), "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
    assert_eq!(client.state(), ClientState::Ended);
    assert_eq!(*gone.borrow(), [(0, Gone::Expired), (1, Gone::Refused)]);
    assert_eq!(bench.total().failures.by_reason(Reason::TimedOut), 1);
}

/// The time for content is over when the content is: from then on only the handler's counts.
#[test]
fn a_bound_on_content_ends_with_the_content() {
    let (mut bench, deferred, _) = bench(Limits::default(), false);
    let mut client = bench.connect();
    client.write(b"POST /collect HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na");
    bench.settle();
    client.write(b"bc");
    bench.settle();
    bench.advance(Duration::from_secs(60));
    assert_eq!(client.drain(), b"", "the handler is not bounded");
    deferred.borrow_mut().pop().unwrap().respond(OwnedAnswer::text("done")).unwrap();
    assert!(bench.drain(&mut client).ends_with(b"done"));
    // It is a bound, though, while the content is not complete.
    client.write(b"POST /collect HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na");
    bench.settle();
    bench.advance(Duration::from_millis(5_200));
    assert!(bench.drain(&mut client).starts_with(b"HTTP/1.1 408 "));
}

/// However an exchange ends, each request is counted in one place.
#[test]
fn requests_and_answers_add_up() {
    let (mut bench, _, _) = bench(Limits::default(), false);
    for (path, reset) in [("/", false), ("/panic", false), ("/later", true), ("/", false)] {
        let mut client = bench.connect();
        client.write(get(path).as_bytes());
        bench.settle();
        if reset {
            client.reset();
        }
        bench.settle();
    }
    let total = bench.total();
    let answers = total.answers_2xx.get() + total.answers_5xx.get();
    assert_eq!((total.requests.get(), answers), (4, 3));
    let names: Vec<_> = total.all().filter(|(_, count)| *count > 0).map(|it| it.0).collect();
    assert!(names.contains(&"requests") && !names.contains(&"tunnels"), "{names:?}");
}
