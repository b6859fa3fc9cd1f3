//! Upgrade and CONNECT over a simulated network, as handlers use them: with hyper's own types.

#![cfg(feature = "upgrade")]

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use nova_http::PlainHttp;
use nova_http::testing::{Answering, App, Bench};
use nova_io::sim::Network;
use nova_tower::{Body, Door, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::service_fn;

type Answer = Response<Full<Bytes>>;
type Socket = TokioIo<Upgraded>;

/// An application of a closure.
fn door<F>(answer: F) -> Door<impl nova_tower::Instance>
where
    F: Fn(Request<Body>) -> Answer + Clone + Send + 'static,
{
    Door::of(&service_fn(move |request| std::future::ready(Ok::<_, Infallible>(answer(request)))))
}

/// What accepts: 101 for a request with Upgrade, 200 for CONNECT.
fn accepts(request: &Request<Body>) -> Answer {
    // What frameworks add is no mistake of the application's.
    let response = Response::builder().header("content-length", "0");
    let response = match *request.method() {
        Method::CONNECT => response,
        _ => response
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header("connection", "upgrade")
            .header("upgrade", "echo"),
    };
    response.body(Full::default()).unwrap()
}

/// Accepts, and gives the connection to `speak` in a task.
fn speaks<S, T>(speak: S) -> Door<impl nova_tower::Instance>
where
    S: Fn(Socket) -> T + Clone + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    door(move |request| {
        let (response, speak) = (accepts(&request), speak.clone());
        tokio::spawn(async move {
            let upgraded = hyper::upgrade::on(request).await.unwrap();
            speak(TokioIo::new(upgraded)).await;
        });
        response
    })
}

async fn echo(mut socket: Socket) {
    let mut buffer = [0; 1_000];
    while let Ok(count @ 1..) = socket.read(&mut buffer).await {
        socket.write_all(&buffer[..count]).await.unwrap();
    }
    socket.write_all(b" goodbye").await.unwrap();
}

/// A request that asks.
fn ask(app: &App) -> Answering {
    app.get("/").field("connection", "upgrade").field("upgrade", "echo").begin()
}

/// Lets the server and the tasks do what they can until `done`.
async fn until(app: &App, mut done: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        app.settle();
        if done() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it does not come");
}

/// The same until `octets` have come.
async fn reads(app: &App, tunnel: &Answering, octets: &[u8]) {
    let mut read = Vec::new();
    until(app, || {
        read.extend(tunnel.read());
        read.len() >= octets.len()
    })
    .await;
    assert!(read == octets, "{:?}", String::from_utf8_lossy(&read));
}

/// A handler speaks what it likes after 101; octets behind the request are the tunnel's; each side ends
/// for itself, the client first.
#[tokio::test]
async fn a_handler_speaks_another_protocol() {
    let app = App::with(speaks(echo));
    let tunnel = app
        .get("/")
        .field("connection", "Upgrade")
        .field("upgrade", "echo")
        .field("content-length", "0")
        .content("hello")
        .begin();
    assert_eq!(tunnel.status(), Some(101));
    let head = tunnel.so_far().unwrap();
    assert_eq!((head.field("upgrade"), head.field("connection")), (Some("echo"), Some("upgrade")));
    assert_eq!(head.field("content-length"), None);
    reads(&app, &tunnel, b"hello").await;
    tunnel.write("GET / HTTP/1.1\r\n\r\n");
    reads(&app, &tunnel, b"GET / HTTP/1.1\r\n\r\n").await;
    tunnel.end();
    reads(&app, &tunnel, b" goodbye").await;
    until(&app, || tunnel.is_complete()).await;
    let counters = app.counters();
    assert_eq!((counters.tunnels.get(), counters.answers_5xx.get()), (1, 0));
}

/// However the network cuts and delays it, what is echoed is what was sent.
#[tokio::test]
async fn octets_are_neither_lost_nor_doubled() {
    for seed in 0..8 {
        let app = App::with(speaks(echo)).network(Network::rough(seed));
        let tunnel = ask(&app);
        until(&app, || tunnel.status() == Some(101)).await;
        let sent: Vec<u8> = (0..200_000_u32).map(|at| (at / 7 + at) as u8).collect();
        tunnel.write(&sent);
        reads(&app, &tunnel, &sent).await;
        tunnel.end();
        reads(&app, &tunnel, b" goodbye").await;
        until(&app, || tunnel.is_complete()).await;
    }
}

/// Whatever else is answered is an ordinary answer; its connection is kept, and its `OnUpgrade` is an
/// error for whoever waits.
#[tokio::test]
async fn a_refusal_is_an_ordinary_answer() {
    let kept = Arc::new(Mutex::new(Vec::<OnUpgrade>::new()));
    let keeps = kept.clone();
    let app = App::with(door(move |request| {
        keeps.lock().unwrap().push(hyper::upgrade::on(request));
        let response = Response::builder().status(403).header("upgrade", "other");
        response.body(Full::from("no")).unwrap()
    }));
    for _ in 0..2 {
        let answer = ask(&app).finish();
        assert_eq!((answer.status(), answer.text()), (403, "no"));
        assert_eq!((answer.field("connection"), answer.field("upgrade")), (None, None));
        let on_upgrade = kept.lock().unwrap().pop().unwrap();
        assert!(on_upgrade.await.unwrap_err().is_canceled());
    }
    assert_eq!((app.counters().accepted.get(), app.counters().requests.get()), (1, 2));
}

/// A request that does not ask has no `OnUpgrade`, and 101 to it is a mistake; so is 101 that does not
/// say what is spoken (RFC 9110 §15.2.2).
#[tokio::test]
async fn what_is_no_upgrade_is_not_made_one() {
    let app = App::with(door(|request| accepts(&request)));
    assert_eq!(app.get("/").send().status(), 500);
    assert_eq!(app.get("/").field("upgrade", "echo").send().status(), 500);
    let app = App::with(door(|request| {
        let asked = request.extensions().get::<OnUpgrade>().is_some();
        let status = if asked { StatusCode::SWITCHING_PROTOCOLS } else { StatusCode::OK };
        Response::builder().status(status).body(Full::from("hello")).unwrap()
    }));
    assert_eq!(app.get("/").send().text(), "hello");
    assert_eq!(ask(&app).finish().status(), 500);
}

/// An upgrade that was accepted and that nobody wants is a tunnel that ends at once.
#[tokio::test]
async fn an_upgrade_that_nobody_wants_ends() {
    let app = App::with(door(|request| accepts(&request)));
    let tunnel = ask(&app);
    assert_eq!(tunnel.status(), Some(101));
    until(&app, || tunnel.is_complete()).await;
}

/// A future that panics after it was upgraded ends its tunnel, and no other.
#[tokio::test]
async fn a_panic_ends_its_tunnel() {
    let app = App::with(speaks(|mut socket| async move {
        assert_ne!(socket.read_u8().await.unwrap(), b'!', "on purpose");
        socket.write_u8(b'.').await.unwrap();
        pending::<()>().await;
    }));
    let (panics, stays) = (ask(&app), ask(&app));
    panics.write("!");
    until(&app, || panics.is_complete()).await;
    stays.write("?");
    reads(&app, &stays, b".").await;
}

/// A client that does not read stops the application's writes, and one whose octets nobody reads is not
/// read from.
#[tokio::test]
async fn both_directions_have_bounds() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = written.clone();
    let app = App::with(speaks(move |mut socket| {
        let count = count.clone();
        async move {
            while let Ok(octets) = socket.write(&[b'x'; 10_000]).await {
                count.fetch_add(octets, Ordering::SeqCst);
            }
        }
    }));
    let tunnel = ask(&app);
    tunnel.window(1);
    for _ in 0..1_000 {
        app.settle();
        tokio::task::yield_now().await;
    }
    let begun = written.load(Ordering::SeqCst);
    assert!(begun < 512 * 1024, "{begun} octets were taken for a client that reads nothing");
    for _ in 0..100 {
        tunnel.write(vec![b'y'; 10_000]);
        tokio::task::yield_now().await;
    }
    let taken = app.counters().octets_in.get();
    assert!(taken < 256 * 1024, "{taken} octets were read for an application that reads nothing");
    tunnel.window(usize::MAX);
    until(&app, || {
        let _ = tunnel.read();
        written.load(Ordering::SeqCst) > 4 * 1024 * 1024
    })
    .await;
}

/// How a task's read and write end, once the exchange has: `(read, write)`.
type Ends = Arc<Mutex<Option<(ErrorKind, ErrorKind)>>>;

/// Waits for octets that never come, and notes what comes instead.
fn notes(ends: &Ends) -> Door<impl nova_tower::Instance> {
    let ends = ends.clone();
    speaks(move |mut socket| {
        let ends = ends.clone();
        async move {
            let read = socket.read_u8().await.unwrap_err().kind();
            let write = socket.write(b"x").await.unwrap_err().kind();
            *ends.lock().unwrap() = Some((read, write));
        }
    })
}

/// A client that leaves, a tunnel that is silent for too long, a stop: the task learns of each.
#[tokio::test]
async fn the_task_learns_of_the_end() {
    let ends = Ends::default();
    let app = App::with(notes(&ends));
    let tunnel = ask(&app);
    drop(tunnel);
    until(&app, || ends.lock().unwrap().is_some()).await;
    let reset = (ErrorKind::ConnectionReset, ErrorKind::BrokenPipe);
    assert_eq!(ends.lock().unwrap().take(), Some(reset));

    let limits = Limits { tunnel_silence: Duration::from_secs(10), ..Limits::default() };
    let app = App::with(notes(&ends)).limits(limits);
    let tunnel = ask(&app);
    app.advance(Duration::from_secs(9));
    tokio::task::yield_now().await;
    assert!(!tunnel.is_cut() && ends.lock().unwrap().is_none());
    app.advance(Duration::from_secs(2));
    until(&app, || ends.lock().unwrap().is_some()).await;
    let expired = (ErrorKind::TimedOut, ErrorKind::BrokenPipe);
    assert_eq!(ends.lock().unwrap().take(), Some(expired));
    assert!(tunnel.is_cut());

    let app = App::with(notes(&ends));
    let tunnel = ask(&app);
    app.stop(Duration::from_secs(10));
    app.advance(Duration::from_secs(9));
    tokio::task::yield_now().await;
    assert!(!tunnel.is_cut() && ends.lock().unwrap().is_none());
    app.advance(Duration::from_secs(2));
    until(&app, || ends.lock().unwrap().is_some()).await;
    let stopped = (ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe);
    assert_eq!(ends.lock().unwrap().take(), Some(stopped));
    assert!(tunnel.is_cut());
}

/// A client that leaves before the answer: the handler's future is dropped, the `OnUpgrade` an error.
#[tokio::test]
async fn a_client_may_leave_before_the_answer() {
    let kept = Arc::new(Mutex::new(None::<OnUpgrade>));
    let keeps = kept.clone();
    let once = Cell::new(Some(Door::of(&service_fn(move |request: Request<Body>| {
        *keeps.lock().unwrap() = Some(hyper::upgrade::on(request));
        pending::<Result<Answer, Infallible>>()
    }))));
    let make = |_| (PlainHttp, once.take().unwrap());
    let mut bench = Bench::new(Network::calm(), Limits::default(), 1, make);
    let mut client = bench.connect();
    client.write(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
    bench.settle();
    client.reset();
    bench.settle();
    let on_upgrade = kept.lock().unwrap().take().unwrap();
    assert!(on_upgrade.await.unwrap_err().is_canceled());
}

/// The content of a request comes before its upgrade.
#[tokio::test]
async fn content_comes_before_the_upgrade() {
    let app = App::with(Door::of(&service_fn(|mut request: Request<Body>| async move {
        let on_upgrade = hyper::upgrade::on(&mut request);
        let response = accepts(&request);
        let content = http_body_util::BodyExt::collect(request).await.unwrap().to_bytes();
        tokio::spawn(async move {
            let mut socket = TokioIo::new(on_upgrade.await.unwrap());
            socket.write_all(&content).await.unwrap();
            echo(socket).await;
        });
        Ok::<_, Infallible>(response)
    })));
    let tunnel =
        app.post("/").field("connection", "upgrade").field("upgrade", "echo").content("first");
    let tunnel = tunnel.begin();
    reads(&app, &tunnel, b"first").await;
    tunnel.write("then");
    reads(&app, &tunnel, b"then").await;
}

/// CONNECT is the engine's to refuse unless the application wants it; then 2xx makes a tunnel of it,
/// and anything else is an ordinary answer.
#[tokio::test]
async fn connect_is_for_who_wants_it() {
    let app = App::with(speaks(echo));
    assert_eq!(app.request("CONNECT", "h:80").send().status(), 501);

    let app = App::with(speaks(echo).connect(true));
    let tunnel = app.request("CONNECT", "h:80").begin();
    assert_eq!(tunnel.status(), Some(200));
    assert_eq!(tunnel.so_far().unwrap().field("content-length"), None);
    tunnel.write("hello");
    reads(&app, &tunnel, b"hello").await;
    tunnel.end();
    reads(&app, &tunnel, b" goodbye").await;
    until(&app, || tunnel.is_complete()).await;

    let app = App::with(
        door(|request| {
            assert_eq!((request.uri().host(), request.uri().port_u16()), (Some("h"), Some(80)));
            Response::builder().status(403).body(Full::from("no")).unwrap()
        })
        .connect(true),
    );
    assert_eq!(app.request("CONNECT", "h:80").send().text(), "no");
}

/// A service of another kind gets the same: one whose future is not ready at once.
#[tokio::test]
async fn an_answer_may_come_later() {
    let app = App::with(Door::of(&service_fn(|request: Request<Body>| {
        let future: Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>> =
            Box::pin(async move {
                tokio::task::yield_now().await;
                let response = accepts(&request);
                let on_upgrade = hyper::upgrade::on(request);
                tokio::spawn(async move { echo(TokioIo::new(on_upgrade.await.unwrap())).await });
                Ok(response)
            });
        future
    })));
    let tunnel = ask(&app);
    until(&app, || tunnel.status() == Some(101)).await;
    tunnel.write("hello");
    reads(&app, &tunnel, b"hello").await;
}
