//! How a connection becomes a tunnel, and what goes through it first.

use nova_http::testing::Bench;
use nova_http::{
    Answered, Bounds, Exchange, Flowing, Handler, Limits, Phase, Reason, Receive, Request,
    RequestHead, Response, Status,
};
use nova_io::sim::{ClientState, Network};

use crate::common::{
    CONNECT, DATE, Echoes, Log, UPGRADE, ask, failures, networks, ok, server, switching,
};

/// An echo over a raw Upgrade, and over CONNECT: the greeting, then what was sent in the same write
/// as the request, then what comes later; the end of the client's direction, then of ours.
#[test]
fn an_echo_through_a_tunnel() {
    let established = format!("HTTP/1.1 200 OK\r\n{DATE}\r\n");
    for (request, head) in [(UPGRADE, switching()), (CONNECT, established)] {
        for (seed, network) in networks(100).enumerate() {
            for step in [1, 3, 1 << 20] {
                let log = Log::default();
                let echoes = Echoes { log: log.clone(), step, connect: true };
                let mut bench = Bench::http(network.clone(), Limits::default(), echoes);
                let mut client = bench.connect();
                let first = ask(&mut bench, &mut client, &[request, b"early, "].concat());
                assert_eq!(first, head.clone() + "hi early, ", "seed {seed}");
                assert_eq!(ask(&mut bench, &mut client, b"late"), "late");
                assert_eq!(bench.counters(0).tunnels.get(), 1);
                client.shutdown();
                assert_eq!(bench.drain(&mut client), b"");
                assert_eq!(client.state(), ClientState::Ended);
                assert_eq!(*log.borrow(), ["end", "dropped"]);
                assert_eq!(failures(&bench), []);
                bench.settle();
                assert_eq!(
                    (bench.worker(0).connections(), bench.worker(0).spilled_bytes()),
                    (0, 0)
                );
            }
        }
    }
}

/// Wherever the octets are cut, the tunnel gives the same; requests before the upgrade are answered
/// before it, an upgrade that is not wanted is a request like any other.
#[test]
fn cuts_and_what_is_pipelined_before() {
    let octets = [
        b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /b HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n".as_slice(),
        UPGRADE,
        b"GET /c HTTP/1.1\r\nHost: h\r\n\r\n",
    ]
    .concat();
    let expected = ok("") + &ok("") + &switching() + "hi GET /c HTTP/1.1\r\nHost: h\r\n\r\n";
    let (mut bench, _) = server(Network::calm(), Limits::default());
    for cut in 1..=octets.len() {
        let mut client = bench.connect();
        let mut got = ask(&mut bench, &mut client, &octets[..cut]);
        got += &ask(&mut bench, &mut client, &octets[cut..]);
        assert_eq!(got, expected, "cut at {cut}");
    }
    for network in networks(200) {
        let (mut bench, _) = server(network, Limits::default());
        let mut client = bench.connect();
        assert_eq!(ask(&mut bench, &mut client, &octets), expected);
    }
}

/// Writes a shared piece as soon as there is a tunnel, and ends it.
#[derive(Debug)]
struct Greets;

impl Flowing for Greets {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        let piece = vec![b'x'; 20_000].into();
        assert_eq!(exchange.write_shared(&piece).map(|it| it.octets), Ok(20_000));
        exchange.finish().unwrap();
    }
}

/// A shared piece may be the first that goes through a tunnel, in the same call that began it.
#[test]
fn a_shared_piece_may_be_the_first() {
    let upgrade = |_: &Request<'_>, response: Response<'_>| -> Answered {
        response.fields(&[("upgrade", "echo")]).tunnel(Greets)
    };
    let mut bench = Bench::http(Network::calm(), Limits::default(), upgrade);
    let mut client = bench.connect();
    let got = ask(&mut bench, &mut client, UPGRADE);
    assert_eq!(got, switching() + &"x".repeat(20_000));
}

/// An upgrade with content becomes a tunnel when the content has been read.
#[test]
fn an_upgrade_with_content() {
    let request = b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\
        Content-Length: 5\r\n\r\nhellotunnel";
    for cut in 1..=request.len() {
        let (mut bench, _) = server(Network::calm(), Limits::default());
        let mut client = bench.connect();
        let mut got = ask(&mut bench, &mut client, &request[..cut]);
        got += &ask(&mut bench, &mut client, &request[cut..]);
        assert_eq!(got, switching() + "hi tunnel", "cut at {cut}");
    }
}

/// Whoever expects 100 (Continue) and asks for a tunnel gets both, in this order: whether the content
/// is there already, comes when it is asked for, or was never announced.
/// Shows [9110-7.8-g].
#[test]
fn continue_comes_before_switching_protocols() {
    let expecting = |fields: &str| {
        "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\
         Expect: 100-continue\r\n"
            .to_owned()
            + fields
            + "\r\n"
    };
    let both = format!("HTTP/1.1 100 Continue\r\n\r\n{}hi ", switching());
    for (head, content) in [
        (expecting("Content-Length: 5\r\n"), "hello"),
        (expecting("Transfer-Encoding: chunked\r\n"), "5\r\nhello\r\n0\r\n\r\n"),
        (expecting(""), ""),
    ] {
        let octets = head.clone() + content + "tunnel";
        for cut in 1..=octets.len() {
            let (mut bench, _) = server(Network::calm(), Limits::default());
            let mut client = bench.connect();
            let mut got = ask(&mut bench, &mut client, &octets.as_bytes()[..cut]);
            got += &ask(&mut bench, &mut client, &octets.as_bytes()[cut..]);
            assert_eq!(got, both.clone() + "tunnel", "{head:?} cut at {cut}");
            assert_eq!(bench.counters(0).answers_1xx.get(), 1);
        }
    }
}

/// Who expects 100 (Continue) and is not given the tunnel is answered as without it.
#[test]
fn an_expectation_without_a_tunnel_is_one_like_others() {
    let (mut bench, _) = server(Network::calm(), Limits::default());
    let mut client = bench.connect();
    let request = b"POST /a HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: other\r\n\
        Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(ask(&mut bench, &mut client, request), ok("hello"));
}

/// A client of HTTP/1.0 cannot ask for a tunnel: its Upgrade is ignored, even by those who would open one.
/// Shows [9110-7.8-f].
#[test]
fn http_1_0_asks_for_no_tunnel() {
    let (mut bench, _) = server(Network::calm(), Limits::default());
    let mut client = bench.connect();
    let request = String::from_utf8_lossy(UPGRADE).replace("HTTP/1.1", "HTTP/1.0");
    let answer = ask(&mut bench, &mut client, request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert_eq!(failures(&bench), [(Reason::InvalidAnswer, Phase::Handler, 1)]);
    assert_eq!(bench.counters(0).tunnels.get(), 0);
}

/// Who asks for the tunnel before that is told that it is too early, and may ask again.
#[test]
fn a_tunnel_can_be_too_early() {
    #[derive(Debug)]
    struct Eager;
    impl Flowing for Eager {
        fn begin(&mut self, exchange: &mut Exchange<'_>) {
            let fields = nova_http::Fields::from_pairs(&[("upgrade", "echo")]);
            let outcome = exchange.tunnel(Status::SWITCHING_PROTOCOLS, fields);
            assert_eq!(outcome, Err(nova_http::ExchangeError::TooEarly));
            exchange.grant(5);
        }
        fn end(&mut self, exchange: &mut Exchange<'_>) {
            let fields = nova_http::Fields::from_pairs(&[("upgrade", "echo")]);
            exchange.tunnel(Status::SWITCHING_PROTOCOLS, fields).unwrap();
            exchange.write(b"at last").unwrap();
            exchange.finish().unwrap();
        }
    }
    struct Eagers;
    impl Handler for Eagers {
        fn handle(&mut self, _: &Request<'_>, response: Response<'_>) -> Answered {
            response.send(b"")
        }
        fn receive(&mut self, _: &RequestHead<'_>, _: &mut Bounds) -> Receive {
            Receive::Flow(Box::new(Eager))
        }
    }
    for network in networks(50) {
        let mut bench = Bench::http(network, Limits::default(), Eagers);
        let mut client = bench.connect();
        let request = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\
            Content-Length: 5\r\n\r\nhello";
        assert_eq!(ask(&mut bench, &mut client, request), switching() + "at last");
        assert_eq!(client.state(), ClientState::Ended);
        assert_eq!(failures(&bench), []);
    }
}

/// CONNECT is 501 where nobody takes it, and can be refused where somebody does.
#[test]
fn connect_can_be_refused() {
    let echoes = Echoes { log: Log::default(), step: 1, connect: false };
    let mut bench = Bench::http(Network::calm(), Limits::default(), echoes);
    let mut client = bench.connect();
    assert!(ask(&mut bench, &mut client, CONNECT).starts_with("HTTP/1.1 501 "));
    let (mut bench, _) = server(Network::calm(), Limits::default());
    let mut client = bench.connect();
    let refused = b"CONNECT no:80 HTTP/1.1\r\nHost: no:80\r\n\r\n";
    assert!(ask(&mut bench, &mut client, refused).starts_with("HTTP/1.1 403 "));
    assert_eq!(ask(&mut bench, &mut client, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), ok(""));
    // What no request has asked for is no tunnel.
    let plain = b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n";
    assert!(ask(&mut bench, &mut client, plain).starts_with("HTTP/1.1 500 "));
    assert_eq!(failures(&bench), [(Reason::InvalidAnswer, Phase::Handler, 1)]);
}
