//! What the simulator has found, told as conversations.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answered, Bounds, Buffered, Call, Exchange, Flowing, Handler, Limits, OwnedAnswer,
    OwnedStreamed, Phase, PlainHttp, Reason, Receive, Reply, Request, RequestHead, Responder,
    Response, Status,
};
use nova_io::sim::{Client, ClientState, Network};

const SECOND: Duration = Duration::from_secs(1);

/// Deadlines are late by a tick of 67 ms at most.
const NEAR: Duration = Duration::from_millis(100);

type Responders = Rc<RefCell<Vec<Responder>>>;

/// Defers what is asked at `/later`; has uploads collected or, at `/flow`, received by a flow that
/// defers its answer. Answers everything else.
struct App(Responders);

impl Handler for App {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        match request.head.path() {
            b"/later" => {
                let (responder, answered) = response.defer();
                self.0.borrow_mut().push(responder);
                answered
            }
            b"/tunnel" => response.fields(&[("upgrade", "x")]).tunnel(Defers(self.0.clone())),
            _ => response.send(b"hello"),
        }
    }

    fn receive(&mut self, head: &RequestHead<'_>, _: &mut Bounds) -> Receive {
        match head.path() {
            b"/flow" => Receive::Flow(Box::new(Defers(self.0.clone()))),
            _ => Receive::Whole,
        }
    }
}

#[derive(Debug)]
struct Defers(Responders);

impl Flowing for Defers {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(u64::MAX);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.0.borrow_mut().push(exchange.defer());
    }
}

fn server(limits: Limits) -> (Bench<PlainHttp, Buffered<App>>, Responders) {
    let responders = Responders::default();
    (Bench::http(Network::calm(), limits, App(responders.clone())), responders)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
}

fn text(client: &mut Client) -> String {
    String::from_utf8(client.drain()).unwrap()
}

/// A flow that has left its answer to another thread is dropped when that has given it: a connection
/// that goes on gathers nothing.
#[test]
fn a_flow_that_defers_is_dropped_when_it_is_answered() {
    let (mut bench, responders) = server(Limits::default());
    let mut client = bench.connect();
    for _ in 0..3 {
        client.write(b"POST /flow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
        bench.settle();
        assert_eq!(bench.application(0).running(), 1);
        let responder = responders.borrow_mut().remove(0);
        responder.respond(OwnedAnswer::text("done")).unwrap();
        assert!(bench.drain(&mut client).ends_with(b"done"));
        assert_eq!(bench.application(0).running(), 0);
    }
}

/// A request that announces the close is a request like any other: if its content does not come, its
/// future is dropped, and what was collected of it forgotten.
#[test]
fn a_request_that_announces_the_close_is_gone_when_it_expires() {
    let limits = Limits { content_silence: 10 * SECOND, ..Limits::default() };
    let request = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 9\r\n\r\n1";
    let (mut bench, _) = server(limits);
    let mut client = bench.connect();
    client.write(request);
    bench.settle();
    assert_eq!(bench.application(0).running(), 1);
    bench.advance(10 * SECOND + NEAR);
    assert!(text(&mut client).starts_with("HTTP/1.1 408 "));
    assert_eq!(bench.application(0).running(), 0);

    async fn collect(mut call: Call) -> Reply {
        let _ = call.content().await;
        Status::OK.into()
    }
    let mut bench = Bench::tasks(Network::calm(), limits, collect);
    let mut client = bench.connect();
    client.write(request);
    bench.settle();
    bench.advance(10 * SECOND + NEAR);
    assert!(text(&mut client).starts_with("HTTP/1.1 408 "));
    assert_eq!(bench.application(0).running(), 0);
}

/// The last request that a connection is allowed announces the close, however many may be open: what
/// is pipelined behind it is not begun.
#[test]
fn requests_are_bounded_however_many_may_be_open() {
    let limits = Limits { requests: 1, open_exchanges: 8, ..Limits::default() };
    let (mut bench, responders) = server(limits);
    let mut client = bench.connect();
    client.write((get("/later") + &get("/")).as_bytes());
    bench.settle();
    assert_eq!(bench.total().requests.get(), 1);
    responders.borrow_mut().remove(0).respond(OwnedAnswer::text("last")).unwrap();
    let answer = String::from_utf8(bench.drain(&mut client)).unwrap();
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.ends_with("last"), "{answer}");
}

/// An answer that is ready late in a stop can still be read, although the client has sent more than the
/// server will read.
#[test]
fn a_late_answer_of_a_stop_can_be_read() {
    let (mut bench, responders) = server(Limits::default());
    let mut client = bench.connect();
    client.write(get("/later").as_bytes());
    bench.settle();
    bench.stop(20 * SECOND);
    bench.settle();
    bench.advance(5 * SECOND);
    client.write(get("/").as_bytes());
    bench.settle();
    responders.borrow_mut().remove(0).respond(OwnedAnswer::text("late")).unwrap();
    bench.settle();
    assert!(text(&mut client).ends_with("late"), "it is not lost to a reset");
    // Who has got its last answer does not hold the stop.
    bench.advance(SECOND + NEAR);
    assert_eq!(bench.worker(0).connections(), 0);
}

/// The content of each request has its own time, also if it begins in the moment in which that of the
/// last one ends.
#[test]
fn content_has_the_time_of_its_own_request() {
    let limits = Limits { content_silence: 10 * SECOND, ..Limits::default() };
    let (mut bench, _) = server(limits);
    let mut client = bench.connect();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n";
    client.write(head.as_bytes());
    bench.settle();
    bench.advance(9 * SECOND);
    client.write(format!("hi{head}h").as_bytes());
    bench.settle();
    assert!(text(&mut client).ends_with("hello"));
    bench.advance(9 * SECOND);
    assert_eq!(text(&mut client), "", "nine seconds are not ten");
    client.write(b"i");
    bench.settle();
    assert!(text(&mut client).ends_with("hello"));
}

/// A tunnel that is asked for too early is a 500 that is counted.
#[test]
fn a_tunnel_that_comes_too_early_is_counted() {
    const UPGRADE: &str = "Connection: upgrade\r\nUpgrade: x\r\n\r\n";
    let limits = Limits { open_exchanges: 2, ..Limits::default() };
    let requests = get("/later") + "GET /tunnel HTTP/1.1\r\nHost: h\r\n" + UPGRADE;
    let (mut bench, responders) = server(limits);
    let mut client = bench.connect();
    client.write(requests.as_bytes());
    bench.settle();
    responders.borrow_mut().remove(0).respond(OwnedAnswer::text("first")).unwrap();
    bench.settle();
    assert!(text(&mut client).contains("firstHTTP/1.1 500 "));
    let aborted = [(Reason::Aborted, Phase::Handler, 1)];
    assert!(bench.total().failures.all().eq(aborted));

    async fn answer(call: Call) -> Reply {
        if call.head().path() == b"/later" {
            call.sleep(SECOND).await;
            return Status::OK.into();
        }
        call.tunnel(OwnedStreamed::new(Status::SWITCHING_PROTOCOLS).field("upgrade", "x")).finish()
    }
    let mut bench = Bench::tasks(Network::calm(), limits, answer);
    let mut client = bench.connect();
    client.write(requests.as_bytes());
    bench.settle();
    bench.advance(SECOND + NEAR);
    assert!(text(&mut client).contains("HTTP/1.1 500 "));
    assert!(bench.total().failures.all().eq(aborted));
}

/// An answer that was cut short ends its connection. What its client had asked behind it has no time of
/// its own any more: it failed once, and is told once.
#[test]
fn a_connection_that_is_at_its_end_does_not_fail_again() {
    let limits = Limits { open_exchanges: 2, handler: SECOND, ..Limits::default() };
    let (mut bench, responders) = server(limits);
    let mut client = bench.connect();
    client.set_window(1);
    client.write((get("/later") + &get("/later")).as_bytes());
    bench.settle();
    let head = OwnedStreamed::new(Status::OK).length(9);
    let mut answer = responders.borrow_mut().remove(0).start(head).unwrap();
    answer.write("four").unwrap();
    bench.settle();
    drop(answer);
    bench.settle();
    let aborted = [(Reason::Aborted, Phase::Answer, 1)];
    assert!(bench.total().failures.all().eq(aborted));
    bench.advance(2 * SECOND);
    assert!(bench.total().failures.all().eq(aborted), "the second one is not late, too");
}

/// Nothing is read any more behind an answer that was cut short, even if it is not its turn yet: nobody
/// is late with what we do not read.
#[test]
fn content_that_is_not_read_any_more_is_not_late() {
    let silence = 10 * SECOND;
    let limits = Limits { open_exchanges: 3, content_silence: silence, ..Limits::default() };
    let (mut bench, responders) = server(limits);
    let mut client = bench.connect();
    let post = "POST /flow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n";
    client.write((get("/later").repeat(2) + post).as_bytes());
    bench.settle();
    let head = OwnedStreamed::new(Status::OK).length(9);
    let mut second = responders.borrow_mut().remove(1).start(head).unwrap();
    second.write("four").unwrap();
    drop(second);
    bench.settle();
    let aborted = [(Reason::Aborted, Phase::Answer, 1)];
    assert!(bench.total().failures.all().eq(aborted));
    client.write(b"hi");
    bench.settle();
    bench.advance(silence + NEAR);
    assert!(bench.total().failures.all().eq(aborted));
    // The first one is still answered, and then comes the reset.
    responders.borrow_mut().remove(0).respond(OwnedAnswer::text("first")).unwrap();
    bench.settle();
    assert_eq!((client.state(), bench.worker(0).connections()), (ClientState::Reset, 0));
    assert_eq!(bench.application(0).running(), 0);
}
