//! The deadlines.

use std::time::Duration;

use nova_http::{Limits, OwnedAnswer, Phase, Reason};
use nova_io::sim::ClientState;

use crate::rig::{NEAR, ask, closes, get, got, post, server, servers, status};

const SECOND: Duration = Duration::from_secs(1);

/// Idle before the first request and between two: closed silently, and counted as no failure.
#[test]
fn idle() {
    let limits = Limits { idle: 10 * SECOND, ..Limits::default() };
    let mut bench = server(limits);
    let (mut new, mut used) = (bench.connect(), bench.connect());
    bench.settle();
    bench.advance(5 * SECOND);
    ask(&mut bench, &mut used, get("/"));
    bench.advance(5 * SECOND - NEAR);
    assert_eq!(new.state(), ClientState::Open);
    bench.advance(2 * NEAR);
    assert_eq!((new.state(), got(&mut new)), (ClientState::Ended, String::new()));
    bench.advance(5 * SECOND - 3 * NEAR);
    assert_eq!(used.state(), ClientState::Open);
    bench.advance(3 * NEAR);
    assert_eq!((used.state(), got(&mut used)), (ClientState::Ended, String::new()));
    assert_eq!(bench.total().idle_expired.get(), 2);
    assert_eq!(bench.total().failures.all().count(), 0);
}

/// The head has its time from its first octet on, however it is dripped.
#[test]
fn head() {
    let limits = Limits { head: 10 * SECOND, ..Limits::default() };
    let mut bench = server(limits);
    let (mut quick, mut slow) = (bench.connect(), bench.connect());
    let request = get("/");
    let (first, rest) = request.split_at(5);
    quick.write(first.as_bytes());
    slow.write(first.as_bytes());
    bench.settle();
    for octet in [&rest[..1], &rest[1..2]] {
        bench.advance(5 * SECOND - NEAR);
        slow.write(octet.as_bytes());
        bench.settle();
    }
    assert_eq!(status(&ask(&mut bench, &mut quick, rest)), "200");
    bench.advance(3 * NEAR);
    let answer = got(&mut slow);
    assert_eq!((status(&answer), closes(&answer)), ("408", true));
}

/// Content must come at the rate, on the average of a span; one octet less in a span is too slow.
#[test]
fn content_rate_and_silence() {
    let limits = Limits { content_silence: 10 * SECOND, content_rate: 100, ..Limits::default() };
    for (rate, needed) in [(100, 1_000), (0, 1)] {
        let mut bench = server(Limits { content_rate: rate, ..limits });
        let (mut enough, mut less) = (bench.connect(), bench.connect());
        for client in [&mut enough, &mut less] {
            client.write(post("/", 100_000).as_bytes());
        }
        bench.settle();
        for _ in 0..3 {
            enough.write(&vec![b'x'; needed]);
            bench.settle();
            bench.advance(10 * SECOND + NEAR);
            assert_eq!(got(&mut enough), "", "{rate}: at the rate");
        }
        // In the second client's first span nothing came, or one octet too few.
        assert_eq!(status(&got(&mut less)), "408", "{rate}");
        let mut less = bench.connect();
        less.write(post("/", 100_000).as_bytes());
        bench.settle();
        less.write(&vec![b'x'; needed - 1]);
        bench.settle();
        bench.advance(10 * SECOND - NEAR);
        assert_eq!(got(&mut less), "", "{rate}: the span is not over");
        bench.advance(2 * NEAR);
        assert_eq!(status(&got(&mut less)), "408", "{rate}: one octet less");
    }
}

/// An answer that is ready in time is sent; one that is not is replaced by 503.
#[test]
fn handler() {
    let limits = Limits { handler: 10 * SECOND, ..Limits::default() };
    let (mut bench, deferred) = servers(limits, 1);
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, get("/never")), "");
    bench.advance(10 * SECOND - NEAR);
    deferred.borrow_mut().pop().unwrap().respond(OwnedAnswer::text("late")).unwrap();
    bench.settle();
    assert_eq!(status(&got(&mut client)), "200");
    assert_eq!(ask(&mut bench, &mut client, get("/never")), "");
    bench.advance(10 * SECOND + NEAR);
    let answer = got(&mut client);
    assert_eq!((status(&answer), closes(&answer)), ("503", true));
    let late = deferred.borrow_mut().pop().unwrap();
    assert!(late.is_gone() && late.respond(OwnedAnswer::text("too late")).is_err());
}

/// Whatever a client sends meanwhile, and whatever it had asked for, if it takes nothing it is reset;
/// an octet taken in time is enough.
#[test]
fn write_stall() {
    let limits = Limits { write_stall: 10 * SECOND, ..Limits::default() };
    let close = "GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".to_string();
    let cases = [
        ("pipelines", get("/large"), get("/large")),
        ("drips a head", get("/large"), "G".into()),
        ("drips content", get("/large") + &post("/", 100_000), "x".repeat(500)),
        ("has said that it closes", close, "y".repeat(1_000)),
    ];
    for (name, request, more) in cases {
        let mut bench = server(limits);
        let mut client = bench.connect();
        client.set_window(1_000);
        client.write(request.as_bytes());
        bench.settle();
        let pass = |bench: &mut crate::rig::Server, client: &mut nova_io::sim::Client| {
            for _ in 0..9 {
                bench.advance(SECOND);
                client.write(more.as_bytes());
                bench.settle();
            }
            bench.advance(SECOND - NEAR);
            assert_eq!(client.state(), ClientState::Open, "{name}: in time");
        };
        pass(&mut bench, &mut client);
        assert_eq!(client.read().len(), 1_000, "{name}: it takes something");
        bench.settle();
        pass(&mut bench, &mut client);
        bench.advance(2 * NEAR);
        assert_eq!(client.state(), ClientState::Reset, "{name}");
        assert_eq!(bench.total().failures.get(Reason::Stalled, Phase::Answer), 1, "{name}");
        assert_eq!(bench.worker(0).spilled_bytes(), 0, "{name}");
    }
}

/// Octets of a tunnel, in any direction, renew its time.
#[test]
fn tunnel_silence() {
    let limits = Limits { tunnel_silence: 10 * SECOND, ..Limits::default() };
    let mut bench = server(limits);
    let mut client = bench.connect();
    let upgrade = "GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    assert_eq!(status(&ask(&mut bench, &mut client, upgrade)), "101");
    for _ in 0..3 {
        bench.advance(10 * SECOND - NEAR);
        assert_eq!(ask(&mut bench, &mut client, "ping"), "ping");
    }
    bench.advance(10 * SECOND + NEAR);
    assert_eq!(client.state(), ClientState::Reset);
}

/// After the last answer a client may go on for a while, and no longer, whatever it sends.
#[test]
fn linger() {
    let limits = Limits { linger: 5 * SECOND, ..Limits::default() };
    let mut bench = server(limits);
    let mut client = bench.connect();
    let answer = ask(&mut bench, &mut client, "BAD\0\r\n\r\n");
    assert_eq!((status(&answer), closes(&answer)), ("400", true));
    for _ in 0..48 {
        bench.advance(NEAR);
        client.write(&[b'x'; 10_000]);
        bench.settle();
        assert_eq!(client.unreceived(), 0, "it is read and thrown away");
    }
    assert_eq!(bench.worker(0).connections(), 1);
    bench.advance(3 * NEAR);
    assert_eq!(bench.worker(0).connections(), 0);
    assert_eq!(bench.worker(0).spilled_bytes(), 0);
}

/// A connection that has grown old answers once more, and says that this was the last time.
#[test]
fn age() {
    let limits = Limits { age: 10 * SECOND, ..Limits::default() };
    let mut bench = server(limits);
    let mut client = bench.connect();
    bench.settle();
    bench.advance(10 * SECOND - NEAR);
    assert!(!closes(&ask(&mut bench, &mut client, get("/"))));
    bench.advance(2 * NEAR);
    let answer = ask(&mut bench, &mut client, get("/").repeat(2));
    assert_eq!((answer.matches("200 OK").count(), closes(&answer)), (1, true));
    assert_eq!(client.state(), ClientState::Ended);
}
