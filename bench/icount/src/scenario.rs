//! What is served while instructions are counted.

use nova_http::testing::Bench;
use nova_http::{
    Answered, Application, Buffered, Call, Fields, Limits, OwnedAnswer, PlainHttp, Prepared,
    Request, Response, Status, Tasks,
};
use nova_io::sim::Network;

use crate::router;

/// A name and the octets of its rounds.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What the client sends in one go, round after round.
    rounds: Vec<Vec<u8>>,
    /// Requests in each round.
    requests: u32,
    /// Who answers.
    door: Door,
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
enum Door {
    /// A function.
    Sync,
    /// A future that is ready at once, with an answer of its own.
    Async,
    /// The same with an answer that was prepared.
    AsyncPrepared,
    /// axum's router, by way of `nova-tower`.
    Router,
    /// axum's router, called with a GET of this path: nobody sends or receives anything.
    RouterAlone(&'static str),
}

/// Scenarios with axum's router, each with that of the router alone: the share that nobody can win.
pub(crate) const SHARES: [(&str, &str); 2] =
    [("axum-hello", "router-hello"), ("axum-json", "router-json")];

/// More different heads than any cache of them would keep.
pub(crate) const DIFFERENT: usize = 512;

pub(crate) fn hello_head() -> Vec<u8> {
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n".to_vec()
}

/// What a browser sends with a navigation: twelve field lines, about 700 octets. `n` is in the path
/// and in the cookie.
pub(crate) fn browser_head(n: usize) -> Vec<u8> {
    browser_head_for(&format!("/articles/{n:06}/index.html"), n)
}

/// The same for another path.
fn browser_head_for(path: &str, n: usize) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\n\
         Host: www.example.org\r\n\
         Connection: keep-alive\r\n\
         Cache-Control: max-age=0\r\n\
         sec-ch-ua-platform: \"Linux\"\r\n\
         Upgrade-Insecure-Requests: 1\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/140.0.0.0 Safari/537.36\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,\
         image/apng,*/*;q=0.8\r\n\
         Sec-Fetch-Site: none\r\n\
         Sec-Fetch-Mode: navigate\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\n\
         Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
         Cookie: session={n:08}a1b2c3d4e5f60718293a4b5c6d7e8f90; theme=dark; consent=yes; \
         _ga=GA1.1.1234567890.{n:010}; last=%2Farticles%2F{n:06}\r\n\r\n"
    )
    .into_bytes()
}

fn post(length: usize) -> Vec<u8> {
    let mut octets = format!(
        "POST /form HTTP/1.1\r\nHost: www.example.org\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    octets.resize(octets.len() + length, b'x');
    octets
}

/// All scenarios.
pub(crate) fn all() -> Vec<Scenario> {
    let door = Door::Sync;
    let one = |name, head| Scenario { name, rounds: vec![head], requests: 1, door };
    let different = |from: usize| browser_head(from % DIFFERENT);
    let json = |n: usize| browser_head_for(&format!("/json/{}", 1_000_000 + n), n);
    let alone = |name, path| Scenario { door: Door::RouterAlone(path), ..one(name, Vec::new()) };
    vec![
        one("hello", hello_head()),
        one("browser", browser_head(7)),
        Scenario {
            name: "browser-differing",
            rounds: (0..DIFFERENT).map(different).collect(),
            requests: 1,
            door,
        },
        Scenario { name: "pipelined", rounds: vec![hello_head().repeat(16)], requests: 16, door },
        Scenario {
            name: "pipelined-browser",
            rounds: vec![browser_head(7).repeat(16)],
            requests: 16,
            door,
        },
        Scenario {
            name: "pipelined-browser-differing",
            rounds: (0..DIFFERENT / 16)
                .map(|round| (0..16).flat_map(|n| different(round * 16 + n)).collect())
                .collect(),
            requests: 16,
            door,
        },
        one("post-100", post(100)),
        one("post-10000", post(10_000)),
        Scenario { door: Door::Async, ..one("async-hello", hello_head()) },
        Scenario { door: Door::AsyncPrepared, ..one("async-hello-prepared", hello_head()) },
        Scenario { door: Door::Router, ..one("axum-hello", hello_head()) },
        Scenario {
            name: "axum-json",
            rounds: (0..DIFFERENT).map(json).collect(),
            requests: 1,
            door: Door::Router,
        },
        alone("router-hello", "/"),
        alone("router-json", "/json/1000007"),
    ]
}

/// The same answer as `nova hello`.
fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
    response.fields(&[("content-type", "text/plain")]).send(b"Hello World")
}

/// The same answer, from a future.
async fn async_hello(_call: Call) -> OwnedAnswer {
    OwnedAnswer::new(Status::OK, "Hello World").field("content-type", "text/plain")
}

impl Scenario {
    /// Serves `requests` requests and checks that so many were answered.
    pub(crate) fn serve(&self, requests: u32) {
        match self.door {
            Door::Sync => self.serve_with(requests, Buffered::new(hello)),
            Door::Async => self.serve_with(requests, Tasks::new(async_hello)),
            Door::AsyncPrepared => {
                let fields = [("content-type", "text/plain")];
                let fields = Fields::from_pairs(&fields);
                let answer = Prepared::new(Status::OK, fields, b"Hello World");
                let answer = answer.expect("it is a valid answer");
                let handler = move |_: Call| std::future::ready(answer.clone());
                self.serve_with(requests, Tasks::new(handler));
            }
            Door::Router => self.serve_with(requests, router::behind_nova()),
            Door::RouterAlone(path) => router::alone(path, requests),
        }
    }

    fn serve_with<A: Application>(&self, requests: u32, app: A) {
        let mut app = Some(app);
        let mut bench = Bench::new(Network::calm(), Limits::default(), 1, |_| {
            (PlainHttp, app.take().expect("there is one worker"))
        });
        let mut client = bench.connect();
        let mut answers = Vec::new();
        let mut octets = 0;
        for round in 0..requests / self.requests {
            client.write(&self.rounds[round as usize % self.rounds.len()]);
            answers.clear();
            loop {
                turned_under_callgrind(&mut || bench.turn());
                let before = answers.len();
                client.read_into(&mut answers);
                if answers.len() == before {
                    break;
                }
            }
            octets += answers.len();
        }
        let answered = bench.counters(0).answers_2xx.get();
        assert_eq!(answered, u64::from(requests), "{}: all are answered with 200", self.name);
        assert!(octets as u64 > answered * 100, "{}: answers have arrived", self.name);
    }
}

/// Callgrind counts inside of this function only; it finds it by name.
#[inline(never)]
pub(crate) fn turned_under_callgrind(turn: &mut dyn FnMut()) {
    turn();
}
