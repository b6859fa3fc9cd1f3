//! What can be served, and what a worker makes of it.
//!
//! [`App`] is implemented for services, for what makes a service for each connection, and for
//! [`PerWorker`]. They overlap as far as the compiler knows, so each has a marker, which it infers.

mod instances;
mod with_body;

use std::fmt;
use std::future::Future;
use std::task::{Context, Poll};

use http::{Request, Response};
use nova_http::Key;
use tower_service::Service;

use crate::{Body, Connection};
use instances::{PerConnection, Shared};
pub use with_body::{WithBody, with_body};

/// Any error.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An application that can be served: see the [crate's text](crate#what-is-served).
///
/// It is implemented for services and for makers of services; `Via` says which of them it is, and is
/// always inferred.
///
/// ```
/// use nova_tower::App;
///
/// /// Takes whatever can be served.
/// fn takes<Via>(_app: impl App<Via>) {}
///
/// let router = axum::Router::<()>::new();
/// takes(router.clone());
/// takes(router.into_make_service_with_connect_info::<std::net::SocketAddr>());
/// ```
pub trait App<Via>: Send + 'static {
    /// What one worker has of it.
    type Instance: Instance;

    /// The instance of `worker`, made on its thread and within its runtime.
    fn instance(&self, worker: usize) -> Self::Instance;
}

/// One worker's instance of an application. It stays on the worker's thread. Every [`App`] has one.
///
/// ```
/// use nova_tower::{App, Door, Instance};
///
/// /// What is tested, whichever service it is.
/// fn door<Via>(app: &impl App<Via>) -> Door<impl Instance> {
///     Door::of(app)
/// }
/// # door(&axum::Router::<()>::new());
/// ```
pub trait Instance: 'static {
    /// What answers one request.
    type Future: Future<Output = Result<Response<Self::Content>, Self::Error>>;
    /// The content of answers.
    type Content: http_body::Body<Error: Into<BoxError>>;
    /// Why there is no answer.
    type Error: Into<BoxError>;

    /// Whether the next request can be taken.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>>;

    /// Begins to answer a request of `connection`.
    fn call(&mut self, connection: Connection, request: Request<Body>) -> Self::Future;

    /// A connection has ended.
    fn closed(&mut self, _connection: Key) {}
}

/// Marks applications that are services; workers have clones.
///
/// ```
/// use nova_tower::{App, ViaService};
///
/// fn takes(_: impl App<ViaService>) {}
/// takes(axum::Router::<()>::new());
/// ```
#[derive(Debug)]
pub enum ViaService {}

/// Marks applications that make a service for each connection.
///
/// ```
/// use nova_tower::{App, Connection, ViaConnection};
///
/// fn takes(_: impl App<ViaConnection>) {}
/// takes(axum::Router::<()>::new().into_make_service_with_connect_info::<Connection>());
/// ```
#[derive(Debug)]
pub enum ViaConnection {}

/// Marks applications that make a service for each worker.
///
/// ```
/// use nova_tower::{App, ViaWorker, per_worker};
///
/// fn takes(_: impl App<ViaWorker>) {}
/// takes(per_worker(|_worker| axum::Router::<()>::new()));
/// ```
#[derive(Debug)]
pub enum ViaWorker {}

impl<S, C> App<ViaService> for S
where
    S: Service<Request<Body>, Response = Response<C>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    C: http_body::Body<Error: Into<BoxError>> + 'static,
{
    type Instance = Shared<S>;

    fn instance(&self, _worker: usize) -> Shared<S> {
        Shared(self.clone())
    }
}

impl<M, S, C> App<ViaConnection> for M
where
    M: Service<Connection, Response = S> + Clone + Send + 'static,
    M::Error: Into<BoxError>,
    S: Service<Request<Body>, Response = Response<C>> + Clone + 'static,
    S::Error: Into<BoxError>,
    C: http_body::Body<Error: Into<BoxError>> + 'static,
{
    type Instance = PerConnection<M, S>;

    fn instance(&self, _worker: usize) -> PerConnection<M, S> {
        PerConnection::new(self.clone())
    }
}

/// An application whose services are made by `make` on the workers' threads, from a worker's number.
/// They need be neither `Send` nor `Clone`, nor do their futures and bodies.
///
/// ```
/// use std::cell::Cell;
/// use std::convert::Infallible;
/// use std::rc::Rc;
///
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use nova_tower::{App, Body, per_worker};
/// use tower::service_fn;
///
/// let app = per_worker(|worker| {
///     let served = Rc::new(Cell::new(0_u64));
///     service_fn(move |_request: Request<Body>| {
///         let served = served.clone();
///         async move {
///             served.set(served.get() + 1);
///             let text = format!("number {} of worker {worker}", served.get());
///             Ok::<_, Infallible>(Response::new(Full::new(bytes::Bytes::from(text))))
///         }
///     })
/// });
/// # fn takes<Via>(_: impl App<Via>) {}
/// # takes(app);
/// ```
pub fn per_worker<F: Fn(usize) -> S, S>(make: F) -> PerWorker<F> {
    PerWorker(make)
}

/// See [`per_worker`].
///
/// ```
/// use nova_tower::{PerWorker, per_worker};
///
/// let app: PerWorker<_> = per_worker(|_worker| axum::Router::<()>::new());
/// ```
#[derive(Clone, Copy)]
pub struct PerWorker<F>(F);

impl<F> fmt::Debug for PerWorker<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerWorker").finish_non_exhaustive()
    }
}

impl<F, S, C> App<ViaWorker> for PerWorker<F>
where
    F: Fn(usize) -> S + Send + 'static,
    S: Service<Request<Body>, Response = Response<C>> + 'static,
    S::Error: Into<BoxError>,
    C: http_body::Body<Error: Into<BoxError>> + 'static,
{
    type Instance = Shared<S>;

    fn instance(&self, worker: usize) -> Shared<S> {
        Shared((self.0)(worker))
    }
}
