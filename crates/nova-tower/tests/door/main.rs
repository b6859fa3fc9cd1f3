//! What becomes of requests and responses, over a simulated network.

mod answers;
mod content;
mod lives;
mod requests;

use std::convert::Infallible;
use std::future::Future;
use std::task::Poll;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use nova_http::testing::App;
use nova_tower::{Body, Door, Instance, per_worker};
use tower::service_fn;

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

/// The frames of a stream, all at hand.
fn frames_of(
    pieces: Vec<&'static str>,
) -> impl futures_core::Stream<Item = Result<http_body::Frame<Bytes>, Infallible>> + Send + 'static
{
    let mut pieces = pieces.into_iter();
    futures_util::stream::poll_fn(move |_| {
        Poll::Ready(pieces.next().map(|piece| Ok(http_body::Frame::data(Bytes::from(piece)))))
    })
}
