//! axum's router: behind the engine, and alone. What it spends itself is the share of a request that no
//! server can win.

#[path = "../../../examples/axum/app.rs"]
mod app;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, HttpBody};
use axum::http::{Request, StatusCode, Uri};
use nova_http::Application;
use nova_tower::Door;
use tower_service::Service;

use crate::scenario::turned_under_callgrind;

/// What a worker has of the router of the example `axum_hello`. Its runtime is not there, and not counted.
pub(crate) fn behind_nova() -> impl Application {
    Door::of(&app::app())
}

/// Calls the same router with a GET of `path`, `requests` times. What is counted begins with the call and
/// ends when the response is read and dropped; the request was made before.
pub(crate) fn alone(path: &'static str, requests: u32) {
    let mut router = app::app();
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..requests {
        let mut request = Some(Request::new(Body::empty()));
        if let Some(request) = &mut request {
            *request.uri_mut() = Uri::from_static(path);
        }
        turned_under_callgrind(&mut || {
            let Some(request) = request.take() else { return };
            let future = pin!(router.call(request));
            let Poll::Ready(Ok(response)) = future.poll(&mut cx) else {
                panic!("{path}: it is answered at once");
            };
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let mut body = pin!(response.into_body());
            let mut octets = 0;
            while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut cx) {
                octets += frame.ok().and_then(|it| it.into_data().ok()).map_or(0, |it| it.len());
            }
            assert_ne!(octets, 0, "{path}");
        });
    }
}
