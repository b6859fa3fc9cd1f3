//! The router without a server.

use anyhow::ensure;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::{Request, StatusCode};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tower::Service;

/// Calls `app` with a GET of `path`, `calls` times. The request is made anew each time, from one with
/// a Host field; the response's body is read.
pub(crate) fn run(mut app: Router, path: &str, calls: u64) -> anyhow::Result<()> {
    let mut cx = Context::from_waker(Waker::noop());
    let uri: axum::http::Uri = path.parse()?;
    for _ in 0..calls {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri.clone();
        let mut future = pin!(app.call(request));
        let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx) else {
            anyhow::bail!("the handler waits: choose a path that is answered at once");
        };
        ensure!(response.status() == StatusCode::OK, "{path}: {}", response.status());
        let mut body = pin!(response.into_body());
        while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut cx) {
            std::hint::black_box(frame?);
        }
    }
    Ok(())
}
