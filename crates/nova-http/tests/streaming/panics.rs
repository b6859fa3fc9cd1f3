//! Panics in a flow, wherever they happen: the client sees 500 or a reset and never a clean end, the
//! worker lives, the counters tell, and nothing is left behind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nova_http::testing::Bench;
use nova_http::{
    Bounds, Exchange, Flowing, Gone, Handler, Phase, Reason, Receive, Request, RequestHead,
    Response, Status, Streamed,
};
use nova_io::sim::{ClientState, Network};

use crate::common::{Log, ask, assert_alive, assert_failures, get, narrow, networks};

/// Where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Begin,
    Content,
    Trailers,
    End,
    Writable,
    Gone,
    Drop,
    Finished,
}

/// Starts its answer where it is told, and panics where it is told.
#[derive(Debug)]
struct Bomb {
    at: At,
    start: At,
    log: Log,
}

impl Bomb {
    fn come_to(&self, at: At, exchange: &mut Exchange<'_>) {
        self.log.borrow_mut().push(format!("{at:?}"));
        if self.start == at {
            exchange.start(&Streamed::new(Status::OK)).unwrap();
            exchange.write(b"abc").unwrap();
        }
        assert!(self.at != at, "told to, in {at:?}");
    }
}

impl Flowing for Bomb {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(u64::MAX);
        self.come_to(At::Begin, exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, _: &[u8]) {
        self.come_to(At::Content, exchange);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, _: nova_http::Fields<'_>) {
        self.come_to(At::Trailers, exchange);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.come_to(At::End, exchange);
        exchange.wait_for_room();
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.come_to(At::Writable, exchange);
        exchange.finish().unwrap();
        self.come_to(At::Finished, exchange);
    }

    fn gone(&mut self, _: Gone) {
        self.log.borrow_mut().push("gone".into());
        assert!(!matches!(self.at, At::Gone), "told to, in gone");
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.log.borrow_mut().push("dropped".into());
        assert!(!matches!(self.at, At::Drop), "told to, in drop");
    }
}

/// Receives uploads by a [`Bomb`].
struct Bombs {
    at: At,
    start: At,
    log: Log,
}

impl Handler for Bombs {
    fn handle(&mut self, _: &Request<'_>, response: Response<'_>) -> nova_http::Answered {
        response.send(b"")
    }

    fn receive(&mut self, _: &RequestHead<'_>, _: &mut Bounds) -> Receive {
        let Self { at, start, ref log } = *self;
        Receive::Flow(Box::new(Bomb { at, start, log: log.clone() }))
    }
}

const UPLOAD: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
    5\r\nhello\r\n0\r\nchecksum: 1\r\n\r\n";

/// A panic before the answer has begun, in an earlier call, is answered with 500; after that, the
/// client sees a reset. The flow is told and dropped in either case.
#[test]
fn a_panic_in_a_flow_is_contained() {
    use At::{Begin, Content, End, Trailers, Writable};
    let order = [Begin, Content, Trailers, End, Writable];
    for (seed, network) in networks(30).enumerate() {
        for (n, &at) in order.iter().enumerate() {
            for (m, &start) in order[..4].iter().enumerate() {
                let log = Log::default();
                let handler = Bombs { at, start, log: log.clone() };
                let mut bench = Bench::http(network.clone(), narrow(), handler);
                let mut client = bench.connect();
                let answer = ask(&mut bench, &mut client, UPLOAD);
                let case = format!("started in {start:?}, panic in {at:?}, seed {seed}");
                let begun = m < n;
                let phase = match begun {
                    // Some networks bring the content in several pieces.
                    true => Phase::Answer,
                    false => Phase::Handler,
                };
                if begun {
                    assert_eq!(client.state(), ClientState::Reset, "{case}");
                } else {
                    let text = String::from_utf8(answer).unwrap();
                    assert!(text.starts_with("HTTP/1.1 500 "), "{case}: {text}");
                    assert!(!text.contains("abc"), "{case}: {text}");
                    assert_eq!(client.state(), ClientState::Ended, "{case}");
                }
                assert_failures(&bench, &[(Reason::Panicked, phase, 1)]);
                let log = log.borrow();
                assert_eq!(log[log.len() - 2..], ["gone", "dropped"], "{case}: {log:?}");
                assert_alive(&mut bench);
            }
        }
    }
}

/// A panic after the end of the answer changes nothing for the client; the flow is dropped at once.
#[test]
fn a_panic_after_the_end_is_only_counted() {
    for at in [At::Finished, At::Drop] {
        let log = Log::default();
        let handler = Bombs { at, start: At::Begin, log: log.clone() };
        let mut bench = Bench::http(Network::calm(), narrow(), handler);
        let mut client = bench.connect();
        let answer = ask(&mut bench, &mut client, &[UPLOAD, &get("/next")].concat());
        assert_eq!(client.state(), ClientState::Open, "{at:?}");
        assert!(answer.windows(5).any(|w| w == b"0\r\n\r\n"), "{at:?}");
        assert_eq!(log.borrow().last().unwrap(), "dropped", "{at:?}");
        assert_failures(&bench, &[(Reason::Panicked, Phase::Answer, 1)]);
        assert_alive(&mut bench);
    }
}

/// A panic while a flow is told that its client has left, or while it is dropped, ends nothing else.
#[test]
fn a_panic_at_the_end_of_a_lost_flow_is_contained() {
    for at in [At::Gone, At::Drop] {
        let log = Log::default();
        let handler = Bombs { at, start: At::Begin, log: log.clone() };
        let mut bench = Bench::http(Network::calm(), narrow(), handler);
        let mut client = bench.connect();
        client.write(&UPLOAD[..UPLOAD.len() - 20]);
        bench.settle();
        client.reset();
        bench.settle();
        assert_eq!(log.borrow().last().unwrap(), "dropped", "{at:?}");
        assert_eq!(bench.counters(0).failures.by_reason(Reason::Reset), 1);
        assert_alive(&mut bench);
    }
}

/// A server that goes with open flows drops them, whatever they do.
#[test]
fn a_server_can_be_dropped_with_open_flows() {
    let log = Log::default();
    let handler = Bombs { at: At::Writable, start: At::Begin, log: log.clone() };
    let mut bench = Bench::http(Network::calm(), narrow(), handler);
    let mut client = bench.connect();
    client.write(&UPLOAD[..UPLOAD.len() - 20]);
    bench.settle();
    catch_unwind(AssertUnwindSafe(|| drop(bench))).unwrap();
    assert_eq!(log.borrow().last().unwrap(), "dropped");
}
