//! A server behind a proxy that speaks the PROXY protocol, over the simulated network.

use nova_http::testing::Bench;
use nova_http::{Answered, Buffered, Limits, ProxiedHttp, Request, Response, TrustedProxies};
use nova_io::sim::{Client, ClientState, Network};

type Handler = fn(&Request<'_>, Response<'_>) -> Answered;

fn server() -> Bench<ProxiedHttp, Buffered<Handler>> {
    let handler: Handler = |request, response| response.send(request.head.path());
    let from = TrustedProxies::new(["0.0.0.0/0", "::/0"]).unwrap();
    Bench::new(Network::calm(), Limits::default(), 1, |_| {
        (ProxiedHttp::new(from.clone()), Buffered::new(handler))
    })
}

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap()
}

fn paths(answers: &str) -> Vec<&str> {
    answers.split("\r\n\r\n").skip(1).map(|it| it.split("HTTP").next().unwrap()).collect()
}

const LINE: &[u8] = b"PROXY TCP4 192.0.2.1 10.0.0.2 56324 443\r\n";
const BLOCK: &[u8] =
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x01\x0A\0\0\x02\xDC\x04\x01\xBB";
const REQUESTS: &[u8] = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n";

/// Requests behind a header are answered, wherever the octets are cut.
#[test]
fn requests_behind_a_header_are_answered() {
    let mut bench = server();
    for header in [LINE, BLOCK] {
        let octets = [header, REQUESTS].concat();
        for cut in 0..=octets.len() {
            let mut client: Client = bench.connect();
            client.write(&octets[..cut]);
            let mut answers = text(bench.drain(&mut client));
            client.write(&octets[cut..]);
            answers += &text(bench.drain(&mut client));
            assert_eq!(paths(&answers), ["/a", "/b"], "cut at {cut}");
            assert_eq!(client.state(), ClientState::Open);
        }
    }
}

/// A connection without a header is cut, and nothing in it is answered.
#[test]
fn a_connection_without_a_header_is_cut() {
    let mut bench = server();
    let twice = [LINE, LINE, REQUESTS].concat();
    for octets in [REQUESTS, b"PROXY TCP4 a b c d\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", &twice] {
        let mut client = bench.connect();
        client.write(octets);
        let answer = text(bench.drain(&mut client));
        assert!(!answer.contains("200 OK"), "{answer}");
        assert_ne!(client.state(), ClientState::Open);
    }
}
