//! Services that take requests with another body than ours.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Request;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{Body, Connection};

/// Gives `service` its requests with the body that it takes, `B`, which is made of a [`Body`].
///
/// Most services take every kind of body, and are served as they are. Some take one kind only: what has
/// axum's `middleware::from_fn` on the outside takes axum's. Which one it is, the compiler finds out:
///
/// ```no_run
/// use axum::extract::Request;
/// use axum::middleware::{Next, from_fn};
/// use axum::response::Response;
/// use axum::{Router, routing::get};
/// use nova_tower::with_body;
/// use tower::Layer;
///
/// async fn rewrite(mut request: Request, next: Next) -> Response {
///     *request.uri_mut() = http::Uri::from_static("/new");
///     next.run(request).await
/// }
///
/// # async fn run() -> std::io::Result<()> {
/// let app = Router::new().route("/new", get(|| async { "new" }));
/// let app = from_fn(rewrite).layer(app);
/// nova_tower::serve("127.0.0.1:3000", with_body(app)).await?;
/// # Ok(())
/// # }
/// ```
///
/// What makes a service for each connection of them (`into_make_service`,
/// `into_make_service_with_connect_info`) is taken, too. A body costs what `B` takes to be made: axum's
/// is one allocation, and a `Router` makes it of any other anyway.
pub fn with_body<S, B>(service: S) -> WithBody<S, B> {
    WithBody { service, body: PhantomData }
}

/// See [`with_body`].
///
/// ```
/// use nova_tower::{WithBody, with_body};
///
/// let app: WithBody<axum::Router, axum::body::Body> = with_body(axum::Router::new());
/// # fn takes<Via>(_: impl nova_tower::App<Via>) {}
/// # takes(app);
/// ```
pub struct WithBody<S, B> {
    service: S,
    body: PhantomData<fn() -> B>,
}

impl<S: Clone, B> Clone for WithBody<S, B> {
    fn clone(&self) -> Self {
        with_body(self.service.clone())
    }
}

impl<S, B> fmt::Debug for WithBody<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithBody").finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<Body>> for WithBody<S, B>
where
    S: Service<Request<B>>,
    B: From<Body>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.service.call(request.map(B::from))
    }
}

/// A maker of services: what it makes is given its bodies.
impl<M, B> Service<Connection> for WithBody<M, B>
where
    M: Service<Connection>,
{
    type Response = WithBody<M::Response, B>;
    type Error = M::Error;
    type Future = MakeWithBody<M::Future, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), M::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, connection: Connection) -> Self::Future {
        MakeWithBody { making: self.service.call(connection), body: PhantomData }
    }
}

pin_project! {
    /// A service that is being made.
    pub struct MakeWithBody<F, B> {
        #[pin] making: F,
        body: PhantomData<fn() -> B>,
    }
}

impl<F, B> fmt::Debug for MakeWithBody<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MakeWithBody").finish_non_exhaustive()
    }
}

impl<F, S, E, B> Future for MakeWithBody<F, B>
where
    F: Future<Output = Result<S, E>>,
{
    type Output = Result<WithBody<S, B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(self.project().making.poll(cx)).map(with_body))
    }
}

#[cfg(feature = "axum")]
impl From<Body> for axum::body::Body {
    fn from(body: Body) -> Self {
        Self::new(body)
    }
}
