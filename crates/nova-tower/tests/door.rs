//! What becomes of requests and responses, over a simulated network.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use nova_http::testing::{App, Bench};
use nova_http::{Gone, Limits, PlainHttp};
use nova_io::sim::Network;
use nova_tower::{Body, Door, FieldNames, Instance, per_worker};
use tower::{Service, service_fn};

type Content = UnsyncBoxBody<Bytes, Infallible>;

fn full(text: impl Into<Bytes>) -> Content {
    Full::new(text.into()).boxed_unsync()
}

/// The application of a closure from requests to futures, which need not be `Send`.
fn door<F, T>(answer: F) -> Door<impl Instance>
where
    F: Fn(Request<Body>) -> T + Clone + Send + 'static,
    T: Future<Output = Response<Content>> + 'static,
{
    Door::of(&per_worker(move |_| {
        let answer = answer.clone();
        service_fn(move |request| {
            let answer = answer(request);
            async move { Ok::<_, Infallible>(answer.await) }
        })
    }))
}

/// The same, behind the engine's means for tests.
fn app<F, T>(answer: F) -> App
where
    F: Fn(Request<Body>) -> T + Clone + Send + 'static,
    T: Future<Output = Response<Content>> + 'static,
{
    App::with(door(answer))
}

/// A response with this status, these fields and this text.
fn response(status: u16, fields: &[(&'static str, &'static str)], text: &'static str) -> App {
    let fields = fields.to_vec();
    app(move |_| {
        let mut response = Response::new(full(text));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in &fields {
            response.headers_mut().append(*name, value.parse().unwrap());
        }
        std::future::ready(response)
    })
}

/// A request is what the client has sent: method, target, version, fields in their order, content.
#[test]
fn a_request_is_what_was_sent() {
    let app = app(|request| async move {
        let (parts, body) = request.into_parts();
        let content = body.collect().await.unwrap().to_bytes();
        let fields: Vec<_> = parts.headers.get_all("x-a").iter().collect();
        let text = format!(
            "{} {} {:?} {fields:?} {}",
            parts.method,
            parts.uri,
            parts.version,
            String::from_utf8_lossy(&content)
        );
        Response::new(full(text))
    });
    let answer = app.post("/a%2Fb?c=d").field("X-A", "1").field("x-a", "2").content("hello");
    assert_eq!(answer.send().text(), r#"POST /a%2Fb?c=d HTTP/1.1 ["1", "2"] hello"#);
    let answer = app.request("PURGE", "http://h/p?q").field("host", "h").send();
    assert_eq!(answer.text(), "PURGE http://h/p?q HTTP/1.1 [] ");
    assert_eq!(app.request("OPTIONS", "*").send().text(), "OPTIONS * HTTP/1.1 [] ");
}

/// The names of fields are in lower case, unless they are asked for as they are.
#[test]
fn names_are_spelled_as_the_response_says() {
    let app = app(|_| {
        let mut response = Response::new(full("hello"));
        response.headers_mut().append("x-request-id", "7".parse().unwrap());
        response.headers_mut().append("x-other", "8".parse().unwrap());
        response.extensions_mut().insert(FieldNames::new(["X-Request-ID"]));
        std::future::ready(response)
    });
    let answer = app.get("/").send();
    let names: Vec<_> = answer.fields().iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"X-Request-ID") && names.contains(&"x-other"), "{names:?}");
}

/// What is at hand leaves as one piece whose length is said, in whichever way the body says so.
#[test]
fn content_at_hand_is_not_chunked() {
    let answer = response(200, &[], "hello").get("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), "hello"));
    let unknown = app(|_| {
        let frames = tokio_stream_of(vec!["hello"]);
        std::future::ready(Response::new(StreamBody::new(frames).boxed_unsync()))
    });
    let answer = unknown.get("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), "hello"));
    let empty = app(|_| std::future::ready(Response::new(Empty::new().boxed_unsync())));
    assert_eq!(empty.get("/").send().field("content-length"), Some("0"));
}

/// The frames of a stream, all at hand.
fn tokio_stream_of(
    pieces: Vec<&'static str>,
) -> impl futures_core::Stream<Item = Result<http_body::Frame<Bytes>, Infallible>> + Send + 'static
{
    let mut pieces = pieces.into_iter();
    futures_util::stream::poll_fn(move |_| {
        Poll::Ready(pieces.next().map(|piece| Ok(http_body::Frame::data(Bytes::from(piece)))))
    })
}

/// Several pieces of unknown length are chunked, several of a known one are not.
#[test]
fn content_in_pieces_is_chunked_unless_its_length_is_known() {
    let pieces = |fields: &'static [(&'static str, &'static str)]| {
        app(move |_| {
            let frames = tokio_stream_of(vec!["a", "bc", "def"]);
            let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
            for (name, value) in fields {
                response.headers_mut().append(*name, value.parse().unwrap());
            }
            std::future::ready(response)
        })
    };
    let answer = pieces(&[]).get("/").send();
    assert_eq!(answer.field("transfer-encoding"), Some("chunked"));
    assert_eq!((answer.field("content-length"), answer.text()), (None, "abcdef"));
    let answer = pieces(&[("content-length", "6")]).get("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("6"), "abcdef"));
}

/// A promised length that is not kept is a reset: the client cannot take what it got for the whole.
#[test]
fn less_than_was_promised_is_a_reset() {
    let app = app(|_| {
        let frames = tokio_stream_of(vec!["a", "bc"]);
        let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
        response.headers_mut().append("content-length", "6".parse().unwrap());
        std::future::ready(response)
    });
    assert!(app.get("/").begin().is_cut());
}

/// Trailers of a chunked answer are sent; those of a request are its body's last frame.
#[test]
fn trailers_go_both_ways() {
    let app = app(|request| async move {
        let collected = request.into_body().collect().await.unwrap();
        let mut trailers = HeaderMap::new();
        let told = collected.trailers().map_or("none", |_| "some");
        trailers.insert("x-trailers", told.parse().unwrap());
        if let Some(sum) = collected.trailers().and_then(|trailers| trailers.get("x-sum")) {
            trailers.insert("x-sum", sum.clone());
        }
        let body = StreamBody::new(futures_util::stream::iter([
            Ok(http_body::Frame::data(collected.to_bytes())),
            Ok(http_body::Frame::trailers(trailers)),
        ]));
        Response::new(body.boxed_unsync())
    });
    let tunnel = app.post("/").field("trailer", "x-sum").chunked().begin();
    tunnel.write("hello");
    tunnel.end();
    let answer = tunnel.finish();
    assert_eq!(answer.text(), "hello");
    assert_eq!(answer.trailers(), [("x-trailers".to_owned(), "none".to_owned())]);
}

/// HEAD gets the fields that GET would have got, and no content, whoever cares for it.
#[test]
fn head_has_no_content() {
    let answer = response(200, &[], "hello").head("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), ""));
    let answer = response(200, &[("content-length", "7")], "").head("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("7"), ""));
    let router = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
    let answer = App::with(Door::of(&router)).head("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), ""));
}

/// Statuses without content have none, and no length, whatever frameworks add to them.
#[test]
fn statuses_without_content_have_none() {
    let answer = response(204, &[("content-length", "0")], "").get("/").send();
    assert_eq!((answer.status(), answer.field("content-length")), (204, None));
    let answer = response(204, &[], "too much").get("/").send();
    assert_eq!((answer.status(), answer.text()), (204, ""));
    let answer = response(304, &[("content-length", "0"), ("etag", "\"a\"")], "").get("/").send();
    assert_eq!((answer.status(), answer.field("content-length")), (304, None));
    let answer = response(304, &[("content-length", "7")], "").get("/").send();
    assert_eq!((answer.status(), answer.field("content-length")), (304, Some("7")));
}

/// What belongs to the connection is the engine's; that it is to be closed is taken as a wish.
#[test]
fn fields_of_the_connection_are_the_engines() {
    let fields = [
        ("connection", "keep-alive"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ];
    let answer = response(200, &fields, "hello").get("/").send();
    assert_eq!((answer.status(), answer.text()), (200, "hello"));
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
        assert_eq!(answer.field(name), None, "{name}");
    }
    assert_eq!(answer.field("date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    let answer = response(200, &[("connection", "close")], "hello").get("/").send();
    assert_eq!(answer.field("connection"), Some("close"));
}

/// What cannot be sent is the application's mistake, and the client gets 500.
#[test]
fn what_cannot_be_sent_is_500() {
    assert_eq!(response(200, &[("content-length", "7")], "hello").get("/").send().status(), 500);
    assert_eq!(response(103, &[], "").get("/").send().status(), 500);
    let fails = service_fn(|_: Request<Body>| async { Err::<Response<Content>, _>("no") });
    assert_eq!(App::with(Door::of(&fails)).get("/").send().status(), 500);
}

/// A panic is a 500 for its request, and no other notices.
#[test]
fn a_panic_is_500() {
    let app = app(|request| async move {
        assert_ne!(request.uri().path(), "/panic", "on purpose");
        Response::new(full("hello"))
    });
    let waiting = app.post("/").chunked().begin();
    assert_eq!(app.get("/panic").send().status(), 500);
    assert_eq!(app.get("/").send().text(), "hello");
    drop(waiting);
}

/// Sets a flag when it is dropped.
struct Flag(Arc<AtomicUsize>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The future of a client that leaves is dropped, and so is the body of its answer.
#[test]
fn futures_of_clients_that_leave_are_dropped() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let flags = dropped.clone();
    let door = door(move |request| {
        let flag = Flag(flags.clone());
        async move {
            if request.uri().path() == "/never" {
                pending::<()>().await;
            }
            let frames = futures_util::stream::poll_fn(move |_| {
                let _ = &flag;
                Poll::<Option<Result<http_body::Frame<Bytes>, Infallible>>>::Pending
            });
            Response::new(StreamBody::new(frames).boxed_unsync())
        }
    });
    let once = Cell::new(Some(door));
    let make = |_| (PlainHttp, once.take().unwrap());
    let mut bench = Bench::new(Network::calm(), Limits::default(), 1, make);
    for (left, target) in [(1, "/never"), (2, "/endless")] {
        let mut client = bench.connect();
        client.write(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
        let begun = bench.drain(&mut client);
        assert_eq!(begun.is_empty(), target == "/never");
        assert_eq!(dropped.load(Ordering::SeqCst), left - 1);
        client.reset();
        bench.settle();
        assert_eq!(dropped.load(Ordering::SeqCst), left, "{target}");
    }
}

/// A client that does not read stops the body from being asked, until it reads on.
#[test]
fn a_slow_reader_holds_up_the_body() {
    const PIECE: usize = 16 * 1024;
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let app = app(move |_| {
        let count = count.clone();
        let frames = futures_util::stream::poll_fn(move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let piece = Bytes::from(vec![b'x'; PIECE]);
            Poll::Ready(
                (number < 1_000).then(|| Ok::<_, Infallible>(http_body::Frame::data(piece))),
            )
        });
        std::future::ready(Response::new(StreamBody::new(frames).boxed_unsync()))
    });
    let answer = app.get("/").begin();
    answer.window(1);
    let begun = made.load(Ordering::SeqCst);
    assert!(begun < 1_000, "{begun} pieces were made for a client that reads nothing");
    let mut octets = 0;
    answer.window(usize::MAX);
    while !answer.is_complete() {
        octets += answer.read().len();
        app.settle();
    }
    octets += answer.read().len();
    assert_eq!(octets, 1_000 * PIECE);
}

/// Content is asked for as it is read, and not before.
#[test]
fn a_slow_handler_holds_up_the_client() {
    let wake = Arc::new(Mutex::new(None::<Waker>));
    let open = Arc::new(AtomicUsize::new(0));
    let (wakes, opened) = (wake.clone(), open.clone());
    let app = app(move |request| {
        let (wakes, opened) = (wakes.clone(), opened.clone());
        async move {
            poll_fn(|cx| {
                *wakes.lock().unwrap() = Some(cx.waker().clone());
                if opened.load(Ordering::SeqCst) > 0 { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            let content = request.into_body().collect().await.unwrap().to_bytes();
            Response::new(full(content.len().to_string()))
        }
    });
    let answer = app.post("/").chunked().begin();
    for _ in 0..64 {
        answer.write(vec![b'x'; 16 * 1024]);
    }
    let taken = app.counters().octets_in.get();
    assert!(taken < 512 * 1024, "{taken} octets were read for a handler that wants none");
    open.store(1, Ordering::SeqCst);
    wake.lock().unwrap().take().unwrap().wake();
    app.settle();
    answer.end();
    assert_eq!(answer.finish().text(), (64 * 16 * 1024).to_string());
}

/// A client that waits for 100 (Continue) gets it when its content is asked for, and not before.
#[test]
fn content_that_is_not_wanted_is_not_asked_for() {
    let app = app(|request| async move {
        if request.uri().path() == "/wanted" {
            let content = request.into_body().collect().await.unwrap().to_bytes();
            return Response::new(full(content));
        }
        Response::new(full("no, thank you"))
    });
    let refused = app.post("/").field("expect", "100-continue").chunked().begin().finish();
    assert_eq!((refused.interim(), refused.text()), (&[][..], "no, thank you"));
    let wanted = app.post("/wanted").field("expect", "100-continue").chunked().begin();
    wanted.write("hello");
    wanted.end();
    let wanted = wanted.finish();
    assert_eq!((wanted.interim(), wanted.text()), (&[100][..], "hello"));
}

/// A body can be read while the answer is written: an echo of any length needs no memory.
#[test]
fn an_echo_reads_and_writes_at_once() {
    let app = app(|request| {
        let body = request.into_body().map_err(|_| unreachable!("the client stays"));
        std::future::ready(Response::new(body.boxed_unsync()))
    });
    let echo = app.post("/").chunked().begin();
    for number in 0..100 {
        let text = format!("{number} {}", "x".repeat(5_000));
        echo.write(&text);
        assert_eq!(echo.read_text(), text);
    }
    echo.end();
    assert!(echo.is_complete());
}

/// A content that is cut short is an error for whoever has the body then.
#[test]
fn content_that_is_cut_short_is_an_error() {
    let kept = Arc::new(Mutex::new(None::<Body>));
    let keeps = kept.clone();
    let once = Cell::new(Some(door(move |request| {
        *keeps.lock().unwrap() = Some(request.into_body());
        pending()
    })));
    let make = |_| (PlainHttp, once.take().unwrap());
    let mut bench = Bench::new(Network::calm(), Limits::default(), 1, make);
    let mut client = bench.connect();
    client.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhello");
    bench.settle();
    client.reset();
    bench.settle();
    let mut body = kept.lock().unwrap().take().unwrap();
    let mut next =
        || match Pin::new(&mut body.frame()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(frame) => frame,
            Poll::Pending => panic!("the exchange has ended"),
        };
    assert_eq!(next().unwrap().unwrap_err().gone(), Some(Gone::Reset));
    assert!(next().is_none());
}

/// A service that serves one request at a time.
#[derive(Clone)]
struct OneAtATime {
    busy: Rc<Cell<bool>>,
    waiting: Rc<RefCell<Option<Waker>>>,
}

impl Service<Request<Body>> for OneAtATime {
    type Response = Response<Content>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.busy.get() {
            *self.waiting.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(!self.busy.replace(true), "called before it was ready");
        let this = self.clone();
        Box::pin(async move {
            let content = request.into_body().collect().await;
            this.busy.set(false);
            if let Some(waker) = this.waiting.take() {
                waker.wake();
            }
            Ok(Response::new(full(content.map(|it| it.to_bytes()).unwrap_or_default())))
        })
    }
}

/// A service is called when it is ready, and those that wait for it get their turn, in order, also
/// when one of them leaves.
#[test]
fn a_service_that_is_not_ready_is_waited_for() {
    let app = per_worker(|_| OneAtATime { busy: Rc::default(), waiting: Rc::default() });
    let app = App::with(Door::of(&app));
    let first = app.post("/").chunked().begin();
    let leaves = app.post("/").content("leaves").begin();
    let second = app.post("/").content("second").begin();
    let third = app.post("/").content("third").begin();
    assert_eq!(second.status(), None);
    drop(leaves);
    first.write("first");
    first.end();
    assert_eq!(first.finish().text(), "first");
    assert_eq!(second.finish().text(), "second");
    assert_eq!(third.finish().text(), "third");
}

/// What lasts too long is ended by the engine's own limits, and its future is dropped.
#[test]
fn the_engines_limits_hold() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let flags = dropped.clone();
    let limits = Limits { handler: Duration::from_secs(10), ..Limits::default() };
    let app = app(move |_| {
        let flag = Flag(flags.clone());
        async move {
            let _flag = flag;
            pending().await
        }
    });
    let app = app.limits(limits);
    let answer = app.get("/").begin();
    app.advance(Duration::from_secs(11));
    assert_eq!(answer.finish().status(), 503);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}
