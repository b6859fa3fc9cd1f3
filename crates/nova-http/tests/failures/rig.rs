//! The server under test: an application that does everything wrong when asked to, watched by both
//! hooks, with one client.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answered, Bounds, Buffered, Exchange, Failed, Fields, Flowing, Gone, Handler, Hooks, Limits,
    ProxiedHttp, Receive, Request, RequestHead, Responder, Response, Streamed, TrustedProxies,
};
use nova_io::sim::{Client, ClientState, Network};

/// What a client saw at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saw {
    /// A whole answer with this status, an announced close, and the end of the stream.
    Closed(u16),
    /// A whole answer with this status; the connection goes on.
    Kept(u16),
    /// The end of the stream without an octet.
    SilentEnd,
    /// A reset, which nobody takes for the end.
    Reset,
}

/// What `on_response` was told of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: Option<u16>,
    pub(crate) gone: Option<Gone>,
    pub(crate) octets: u64,
}

pub(crate) struct Rig {
    pub(crate) bench: Bench<ProxiedHttp, Buffered<Wrong>>,
    pub(crate) client: Client,
    got: Vec<u8>,
    deferred: Rc<RefCell<Vec<Responder>>>,
    failed: Arc<Mutex<Vec<Failed>>>,
    told: Arc<Mutex<Vec<Told>>>,
    others: Vec<Client>,
}

/// Where connections must begin with a PROXY header.
const BALANCER: &str = "10.0.0.1:5000";

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::over(limits, "127.0.0.1:5000")
    }

    /// A client that is a proxy.
    pub(crate) fn proxied(limits: Limits) -> Self {
        Self::over(limits, BALANCER)
    }

    fn over(limits: Limits, from: &str) -> Self {
        let failed: Arc<Mutex<Vec<Failed>>> = Arc::default();
        let told: Arc<Mutex<Vec<Told>>> = Arc::default();
        let (failures, responses) = (failed.clone(), told.clone());
        let hooks = Hooks {
            on_failure: Some(Arc::new(move |it: &Failed| failures.lock().unwrap().push(*it))),
            on_response: Some(Arc::new(move |it: &nova_http::Responded<'_>| {
                let (status, gone, octets) = (it.status, it.gone, it.octets);
                responses.lock().unwrap().push(Told { status, gone, octets });
            })),
        };
        let deferred: Rc<RefCell<Vec<Responder>>> = Rc::default();
        let stack = ProxiedHttp::new(TrustedProxies::new(["10.0.0.0/8"]).unwrap());
        let mut bench = Bench::watched(Network::calm(), limits, hooks, 1, |_| {
            (stack.clone(), Buffered::new(Wrong { deferred: deferred.clone() }))
        });
        let client = bench.connect_from(from.parse::<SocketAddr>().unwrap());
        bench.settle();
        Self { bench, client, got: Vec::new(), deferred, failed, told, others: Vec::new() }
    }

    /// The client sends this, and the server does what it can with it.
    pub(crate) fn send(&mut self, octets: impl AsRef<[u8]>) {
        self.client.write(octets.as_ref());
        self.bench.settle();
    }

    pub(crate) fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"));
    }

    /// Sends the head of a request with so much content, and the beginning of that.
    pub(crate) fn post(&mut self, path: &str, length: usize, content: &str) {
        self.send(format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{content}"
        ));
    }

    /// As [`Rig::post`], with chunks.
    pub(crate) fn chunked(&mut self, path: &str, content: &str) {
        self.send(format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{content}"
        ));
    }

    /// Makes a tunnel and takes what is said about it.
    pub(crate) fn tunnel(&mut self) {
        self.send("GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        assert!(self.client.drain().starts_with(b"HTTP/1.1 101 "));
        assert_eq!(self.told().len(), 1, "the exchange ends with the beginning of the tunnel");
    }

    /// The responder of the oldest request to `/never` that has not been taken.
    pub(crate) fn responder(&self) -> Responder {
        self.deferred.borrow_mut().remove(0)
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.bench.advance(time + Duration::from_millis(200));
    }

    /// Another client takes the place of the first one, which stays connected.
    pub(crate) fn another(&mut self) {
        let mut from = self.client.local_addr();
        from.set_port(from.port() + 1);
        let client = self.bench.connect_from(from);
        self.others.push(std::mem::replace(&mut self.client, client));
        self.bench.settle();
    }

    pub(crate) fn settle(&mut self) {
        let more = self.bench.drain(&mut self.client);
        self.got.extend(more);
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.got).chars().take(300).collect()
    }

    pub(crate) fn saw(&self) -> Saw {
        let text = self.text();
        // The last answer, if there are several.
        let last = text.rsplit("HTTP/1.1 ").next().unwrap_or_default();
        let status = last.get(..3).and_then(|status| status.parse().ok());
        match (self.client.state(), status) {
            (ClientState::Reset, _) => Saw::Reset,
            (ClientState::Ended, None) => Saw::SilentEnd,
            (ClientState::Ended, Some(status)) => {
                assert!(text.contains("\r\nConnection: close\r\n"), "{text}");
                Saw::Closed(status)
            }
            (ClientState::Open, Some(status)) => Saw::Kept(status),
            (ClientState::Open, None) => panic!("the client waits for something"),
        }
    }

    pub(crate) fn failed(&self) -> Vec<Failed> {
        self.failed.lock().unwrap().clone()
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// Requests that the application has seen.
    pub(crate) fn requests(&self) -> u64 {
        self.bench.total().requests.get()
    }

    /// The client goes, and so does all that is left of its connection.
    pub(crate) fn end(&mut self) {
        self.client.reset();
        self.others.clear();
        self.bench.settle();
        assert_eq!(self.bench.worker(0).connections(), 0);
    }
}

/// Does what it should not.
pub(crate) struct Wrong {
    deferred: Rc<RefCell<Vec<Responder>>>,
}

impl Handler for Wrong {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        match request.head.path() {
            b"/never" => {
                let (responder, answered) = response.defer();
                self.deferred.borrow_mut().push(responder);
                answered
            }
            b"/panic" => panic!("the handler was asked to"),
            b"/invalid" => response.fields(&[("x", "a\r\nb: c")]).send(b""),
            b"/large" => response.send(&[b'x'; 1 << 20]),
            b"/promise" => response.stream(Some(10), Piece("finish")),
            b"/tunnel" => response.fields(&[("upgrade", "x")]).tunnel(Tunnel),
            path => match path.strip_prefix(b"/stream/") {
                Some(then) => {
                    let then = str::from_utf8(then).unwrap().to_string();
                    response.stream(None, Piece(Box::leak(then.into_boxed_str())))
                }
                None => response.send(b"hello"),
            },
        }
    }

    fn receive(&mut self, head: &RequestHead<'_>, _: &mut Bounds) -> Receive {
        match head.path() {
            b"/early" => Receive::Flow(Box::new(Early)),
            b"/abort" => Receive::Flow(Box::new(Aborts)),
            b"/unread" => Receive::Flow(Box::new(Unread)),
            _ => Receive::Whole,
        }
    }
}

/// Writes four octets, and when these have left does as it is told.
#[derive(Debug)]
struct Piece(&'static str);

impl Flowing for Piece {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        assert_eq!(exchange.write(b"part").unwrap().octets, 4);
        if self.0 != "wait" {
            exchange.wait_for_room();
        }
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        match self.0 {
            "panic" => panic!("the flow was asked to"),
            "abort" => exchange.abort(),
            "trailers" => {
                let trailers = [("x", "a\r\nb: c")];
                exchange.finish_with(Fields::from_pairs(&trailers)).unwrap_err();
                exchange.abort();
            }
            _ => exchange.finish().unwrap(),
        }
    }
}

/// Answers before the content has come, and never ends.
#[derive(Debug)]
struct Early;

impl Flowing for Early {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(u64::MAX);
        exchange.start(&Streamed::new(nova_http::Status::OK)).unwrap();
        exchange.write(b"part").unwrap();
    }
}

/// Never wants its content.
#[derive(Debug)]
struct Unread;

impl Flowing for Unread {
    fn begin(&mut self, _: &mut Exchange<'_>) {}
}

#[derive(Debug)]
struct Aborts;

impl Flowing for Aborts {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.abort();
    }
}

/// Does as the client says, in five letters; wants no more.
#[derive(Debug)]
struct Tunnel;

impl Flowing for Tunnel {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(5);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        match octets {
            b"panic" => panic!("the tunnel was asked to"),
            b"abort" => exchange.abort(),
            b"large" => assert!(exchange.write(&[b'x'; 60_000]).unwrap().octets > 50_000),
            _ => {}
        }
    }
}
