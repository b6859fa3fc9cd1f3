//! How long a request's future lives, and when it begins to.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use nova_http::testing::{App, Bench};
use nova_http::{Limits, PlainHttp};
use nova_io::sim::Network;
use nova_tower::{Body, Door, per_worker};
use tower::Service;

use crate::{Content, app, door, full};

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
