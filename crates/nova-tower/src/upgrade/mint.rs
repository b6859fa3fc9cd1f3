//! An `OnUpgrade`, made by hyper.
//!
//! A hyper connection reads a request that never changes from memory and gives it, with an
//! `OnUpgrade` that it has made, to a service of ours. The service waits until the real answer is
//! known. If that accepts, it answers 101: hyper writes a head, which nobody reads, and resolves the
//! `OnUpgrade` with the [`Stream`]. Otherwise the connection is dropped, and the `OnUpgrade` resolves
//! to an error.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, UpgradeableConnection};
use hyper::service::Service;
use hyper::upgrade::OnUpgrade;

use super::outlet::Outlet;
use super::stream::Stream;
use crate::Body;
use crate::inflow::Inflow;

/// The least that hyper takes; it is given back with the first octets that are read through the tunnel.
const BUFFER: usize = 8 * 1024;

/// Everything is at hand, so that one poll brings a connection as far as it can come. It may want to
/// be polled again all the same.
const POLLS: usize = 4;

/// A connection that ends with an upgrade, or without.
pub(super) struct Mint {
    connection: UpgradeableConnection<Stream, Till>,
    accepted: Rc<Cell<bool>>,
}

impl Mint {
    /// A new connection and what it has made; what flows after the upgrade goes through `inflow` and
    /// `outlet`.
    pub(super) fn new(inflow: Arc<Inflow>, outlet: Arc<Outlet>) -> Option<(Self, OnUpgrade)> {
        let accepted = Rc::new(Cell::new(false));
        let made = Rc::new(RefCell::new(None));
        let till = Till { made: made.clone(), accepted: accepted.clone() };
        let connection = http1::Builder::new()
            .auto_date_header(false)
            .header_read_timeout(None)
            .max_buf_size(BUFFER)
            .serve_connection(Stream::new(inflow, outlet), till)
            .with_upgrades();
        let mut mint = Self { connection, accepted };
        // It waits for its service, which has been called.
        if mint.poll().is_ready() {
            return None;
        }
        let on_upgrade = made.take()?;
        Some((mint, on_upgrade))
    }

    /// Resolves the `OnUpgrade`. Says whether that has happened.
    pub(super) fn fulfil(mut self) -> bool {
        self.accepted.set(true);
        (0..POLLS).any(|_| matches!(self.poll(), Poll::Ready(Ok(()))))
    }

    /// Nobody has to be woken: it is polled when there is something for it to do.
    fn poll(&mut self) -> Poll<hyper::Result<()>> {
        Pin::new(&mut self.connection).poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// Keeps what hyper has made, and answers when it is told to.
struct Till {
    made: Rc<RefCell<Option<OnUpgrade>>>,
    accepted: Rc<Cell<bool>>,
}

impl Service<Request<Incoming>> for Till {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Accepted;

    fn call(&self, mut request: Request<Incoming>) -> Accepted {
        self.made.replace(request.extensions_mut().remove());
        Accepted(self.accepted.clone())
    }
}

/// 101, once the application has said so.
struct Accepted(Rc<Cell<bool>>);

impl Future for Accepted {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.0.get() {
            return Poll::Pending;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        Poll::Ready(Ok(response))
    }
}
