//! What workers have of applications: one service for all connections, or one for each.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use nova_http::Key;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{BoxError, Instance};
use crate::{Body, Connection};

/// A service that all connections of a worker share.
#[derive(Debug)]
pub struct Shared<S>(pub(super) S);

impl<S, C> Instance for Shared<S>
where
    S: Service<Request<Body>, Response = Response<C>> + 'static,
    S::Error: Into<BoxError>,
    C: http_body::Body<Error: Into<BoxError>> + 'static,
{
    type Future = S::Future;
    type Content = C;
    type Error = S::Error;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, _connection: Connection, request: Request<Body>) -> S::Future {
        self.0.call(request)
    }
}

/// Services of the connections that are open.
type Services<S> = Rc<RefCell<HashMap<Key, Option<S>>>>;

/// A service for each connection, made when its first request comes.
#[derive(Debug)]
pub struct PerConnection<M, S> {
    make: M,
    services: Services<S>,
}

impl<M, S> PerConnection<M, S> {
    pub(super) fn new(make: M) -> Self {
        Self { make, services: Rc::default() }
    }
}

impl<M, S, C> Instance for PerConnection<M, S>
where
    M: Service<Connection, Response = S> + 'static,
    M::Error: Into<BoxError>,
    S: Service<Request<Body>, Response = Response<C>> + Clone + 'static,
    S::Error: Into<BoxError>,
    C: http_body::Body<Error: Into<BoxError>> + 'static,
{
    type Future = OfConnection<M::Future, S, S::Future>;
    type Content = C;
    type Error = BoxError;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.make.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, connection: Connection, request: Request<Body>) -> Self::Future {
        let key = connection.key();
        let request = Some(request);
        let known = self.services.borrow_mut().entry(key).or_default().clone();
        match known {
            Some(service) => OfConnection::Called { service, request },
            None => {
                let (future, services) = (self.make.call(connection), self.services.clone());
                OfConnection::Made { future, key, services, request }
            }
        }
    }

    fn closed(&mut self, connection: Key) {
        let service = self.services.borrow_mut().remove(&connection);
        drop(service);
    }
}

pin_project! {
    /// Answers a request with its connection's service, which may have to be made first.
    #[project = OfConnectionPlace]
    pub enum OfConnection<M, S, F> {
        /// The service is being made.
        Made {
            #[pin] future: M,
            key: Key,
            services: Services<S>,
            request: Option<Request<Body>>,
        },
        /// The service is there.
        Called { service: S, request: Option<Request<Body>> },
        /// The service has the request.
        Answering { #[pin] future: F },
    }
}

impl<M, S, F> fmt::Debug for OfConnection<M, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfConnection").finish_non_exhaustive()
    }
}

impl<M, S, C, E> Future for OfConnection<M, S, S::Future>
where
    M: Future<Output = Result<S, E>>,
    E: Into<BoxError>,
    S: Service<Request<Body>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
{
    type Output = Result<Response<C>, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let next = match self.as_mut().project() {
                OfConnectionPlace::Made { future, key, services, request } => {
                    let service = ready!(future.poll(cx)).map_err(Into::into)?;
                    // Unless the connection has ended meanwhile.
                    if let Some(place) = services.borrow_mut().get_mut(key) {
                        *place = Some(service.clone());
                    }
                    Self::Called { service, request: request.take() }
                }
                OfConnectionPlace::Called { service, request } => {
                    ready!(service.poll_ready(cx)).map_err(Into::into)?;
                    let request = request.take().ok_or("polled again after its end")?;
                    Self::Answering { future: service.call(request) }
                }
                OfConnectionPlace::Answering { future } => {
                    return future.poll(cx).map_err(Into::into);
                }
            };
            self.set(next);
        }
    }
}
