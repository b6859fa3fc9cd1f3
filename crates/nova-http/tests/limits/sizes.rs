//! What is counted: octets, fields, requests.

use nova_http::{Limits, OwnedAnswer, Reason};
use nova_io::sim::ClientState;

use crate::rig::{ask, closes, get, got, post, server, servers, status, statuses};

/// One message against bounds; gives its status.
fn verdict(limits: Limits, message: &str) -> String {
    let mut bench = server(limits);
    let mut client = bench.connect();
    status(&ask(&mut bench, &mut client, message)).to_string()
}

fn message(change: impl FnOnce(&mut nova_http1::Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits.message);
    limits
}

/// A message at each bound is served, one beyond it is refused.
#[test]
fn messages() {
    let head = get("/aaaaaaaaaaaaaaaa");
    let with = |octets| message(|it| it.head_bytes = octets);
    assert_eq!(verdict(with(head.len() as u32), &head), "200");
    assert_eq!(verdict(with(head.len() as u32 - 1), &head), "431");

    let fields = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nA: c\r\n\r\n";
    assert_eq!(verdict(message(|it| it.fields = 3), fields), "200");
    assert_eq!(verdict(message(|it| it.fields = 2), fields), "431");

    let content = |octets| message(|it| it.content_bytes = octets);
    let known = post("/", 5) + "hello";
    let chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = chunked.to_string() + "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    for whole in [&known, &chunks] {
        assert_eq!(verdict(content(5), whole), "200");
        assert_eq!(verdict(content(4), whole), "413");
    }

    let extended = chunked.to_string() + "1;ab\r\nx\r\n1;cd\r\ny\r\n0\r\n\r\n";
    let trailed = chunked.to_string() + "0\r\nA: b\r\n\r\n";
    let extension = |octets| message(|it| it.chunk_extension_bytes = octets);
    let trailer = |octets| message(|it| it.trailer_bytes = octets);
    let least = |limits: &dyn Fn(u32) -> Limits, octets: &str| {
        (0..64).find(|&bound| verdict(limits(bound), octets) == "200").unwrap()
    };
    let bound = least(&extension, &extended);
    assert!((4..=8).contains(&bound), "{bound} octets for two extensions of three");
    assert_eq!(verdict(extension(bound - 1), &extended), "413");
    let bound = least(&trailer, &trailed);
    assert!((6..=8).contains(&bound), "{bound} octets for a trailer of six");
    assert_eq!(verdict(trailer(bound - 1), &trailed), "431");
}

/// After an early answer it is read on for as much as that is worth; beyond it the close is announced.
#[test]
fn drain_bytes() {
    let mut bench = server(Limits { drain_bytes: 1_000, ..Limits::default() });
    let mut client = bench.connect();
    let answer = ask(&mut bench, &mut client, post("/early", 1_000));
    assert_eq!((status(&answer), closes(&answer)), ("200", false));
    let answer = ask(&mut bench, &mut client, "x".repeat(1_000) + &get("/"));
    assert_eq!(status(&answer), "200", "the connection goes on behind the content");
    let answer = ask(&mut bench, &mut client, post("/early", 1_001));
    assert_eq!((status(&answer), closes(&answer)), ("200", true));
    assert_eq!(client.state(), ClientState::Ended);
    assert_eq!(bench.total().failures.all().count(), 0);
}

/// So many handlers of one connection at once; answers that are made at once do not count.
#[test]
fn open_exchanges() {
    for open_exchanges in [1, 2, 5] {
        let limits = Limits { open_exchanges, ..Limits::default() };
        let (mut bench, deferred) = servers(limits, 1);
        let mut client = bench.connect();
        let requests = get("/").repeat(9) + &get("/never").repeat(7);
        assert_eq!(statuses(&ask(&mut bench, &mut client, requests)).len(), 9);
        assert_eq!(deferred.borrow().len(), open_exchanges);
        deferred.borrow_mut().remove(0).respond(OwnedAnswer::text("x")).unwrap();
        bench.settle();
        assert_eq!(deferred.borrow().len(), open_exchanges, "one has taken the place of another");
    }
}

/// The last request that a connection may send is answered with the announcement that it was.
#[test]
fn requests() {
    let mut bench = server(Limits { requests: 3, ..Limits::default() });
    let mut client = bench.connect();
    assert!(!closes(&ask(&mut bench, &mut client, get("/"))));
    assert!(!closes(&ask(&mut bench, &mut client, get("/"))));
    let answer = ask(&mut bench, &mut client, get("/").repeat(2));
    assert_eq!((statuses(&answer), closes(&answer)), (vec!["200"], true));
    assert_eq!(client.state(), ClientState::Ended);
    assert_eq!((bench.total().requests.get(), bench.total().failures.all().count()), (3, 0));
}

/// A client that takes nothing is not read from beyond the bound, and everything comes when it does.
#[test]
fn unsent_bytes() {
    let mut bench = server(Limits { unsent_bytes: 4_000, ..Limits::default() });
    let mut client = bench.connect();
    client.set_window(0);
    let request = get("/");
    // One answer has a hundred octets or so.
    for _ in 0..200 {
        client.write(request.as_bytes());
        bench.settle();
    }
    assert!(client.unreceived() > 100 * request.len(), "it is not read any more");
    assert!(bench.worker(0).spilled_bytes() <= 4 * 4_000, "{}", bench.worker(0).spilled_bytes());
    client.set_window(usize::MAX / 2);
    bench.settle();
    let mut answers = got(&mut client);
    answers += &ask(&mut bench, &mut client, "");
    assert_eq!(statuses(&answers).len(), 200);
    assert_eq!(client.unreceived(), 0);
    assert_eq!(bench.total().failures.by_reason(Reason::Stalled), 0);
}
