//! The content of a request, as its handler reads it.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use http::{HeaderMap, Response};
use http_body_util::{BodyExt, StreamBody};
use nova_http::testing::{App, Bench};
use nova_http::{Gone, Limits, PlainHttp};
use nova_io::sim::Network;
use nova_tower::Body;
use tokio::sync::oneshot;

use crate::{app, door, full};

/// An application that tells what the frames of a request were: how much content, which trailers.
fn frames() -> App {
    app(|request| async move {
        let mut body = request.into_body();
        let (mut octets, mut trailers) = (0, None);
        while let Some(frame) = body.frame().await {
            assert!(trailers.is_none(), "trailers are the last frame");
            match frame.unwrap().into_data() {
                Ok(data) => octets += data.len(),
                Err(frame) => trailers = Some(frame.into_trailers().unwrap()),
            }
        }
        let mut told = HeaderMap::new();
        told.insert("x-octets", octets.into());
        told.extend(trailers.unwrap_or_default());
        let frames =
            [Ok(http_body::Frame::data("hello".into())), Ok(http_body::Frame::trailers(told))];
        Response::new(StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync())
    })
}

/// Trailers of a chunked answer are sent; those of a request are its body's last frame, whether they come
/// with its head or later.
#[test]
fn trailers_go_both_ways() {
    let trailers = |parts: &[&str]| {
        let app = frames();
        let asking = app.request("DELETE", "/").field("transfer-encoding", "chunked");
        let asking = asking.field("trailer", "x-sum").begin();
        parts.iter().for_each(|part| asking.write(part));
        let answer = asking.finish();
        assert_eq!(answer.text(), "hello");
        answer.trailers().to_vec()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(trailers(&["5\r\nhello\r\n", "0\r\n\r\n"]), [pair("x-octets", "5")]);
    let told = [pair("x-octets", "5"), pair("x-sum", "7"), pair("x-sum", "8")];
    assert_eq!(trailers(&["5\r\nhello\r\n0\r\nX-Sum: 7\r\nx-sum: 8\r\n\r\n"]), told);
    assert_eq!(trailers(&["5\r\nhel", "lo\r\n0\r\nX-Su", "m: 7\r\nx-sum: 8\r\n\r", "\n"]), told);
    assert_eq!(trailers(&["0\r\nX-Sum: 7\r\n\r\n"]), [pair("x-octets", "0"), pair("x-sum", "7")]);
}

/// A body is as good on another thread: what is read there is asked for there, and a handler that answers
/// does not know who has read it.
#[test]
fn a_body_may_go_to_another_thread() {
    const PIECES: usize = 64;
    let app = app(|request| async move {
        let (tell, told) = oneshot::channel();
        let body = request.into_body();
        let reader = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let content = runtime.block_on(body.collect()).unwrap().to_bytes();
            tell.send(content.len()).unwrap();
        });
        let octets = told.await.unwrap();
        reader.join().unwrap();
        Response::new(full(octets.to_string()))
    });
    let answer = app.post("/").chunked().begin();
    for _ in 0..PIECES {
        answer.write(vec![b'x'; 16 * 1024]);
    }
    answer.end();
    assert_eq!(answer.finish().text(), (PIECES * 16 * 1024).to_string());
}

/// A body that outlives the answer, on whichever thread: what has not come by then does not come any more,
/// and whoever reads is told so.
#[test]
fn a_body_that_outlives_its_answer_is_cut() {
    let (give, given) = std::sync::mpsc::channel();
    let app = app(move |request| {
        give.send(request.into_body()).unwrap();
        std::future::ready(Response::new(full("done")))
    });
    let answer = app.post("/").chunked().begin();
    assert_eq!(answer.status(), Some(200));
    let reader = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(given.recv().unwrap().collect()).unwrap_err()
    });
    let error = reader.join().unwrap();
    assert_eq!(error.gone(), None, "{error}");
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
