//! A request, as its future sees it.

use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use super::content::ContentError;
use super::line::{Line, Order};
use super::reply::Reply;
use super::time::{Clock, Sleep};
use super::work::Work;
use super::writer::{TunnelEnds, Writer, order};
use crate::answer::{OwnedStreamed, Status};
use crate::exchange::{Bounds, ExchangeId};
use crate::file::FileContent;
use crate::request::RequestHead;

/// A request, and the way to its answer. Belongs to the worker's thread.
///
/// Nothing is sent by a method of it at once: the worker carries it out when the future has returned
/// to it, ready or pending.
pub struct Call {
    line: Rc<Line>,
}

impl Call {
    pub(super) fn new(line: Rc<Line>) -> Self {
        Self { line }
    }

    /// Method, request-target and field lines.
    pub fn head(&self) -> RequestHead<'_> {
        self.line.head.head()
    }

    /// The address from which the client has connected; `None` for Unix sockets.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.line.peer
    }

    /// The name of the exchange.
    pub fn id(&self) -> Option<ExchangeId> {
        self.line.id.get()
    }

    /// All of the content, within the server's or this request's bounds.
    ///
    /// # Errors
    /// The exchange has ended before the content was complete.
    pub async fn content(&mut self) -> Result<Vec<u8>, ContentError> {
        self.line.content().await
    }

    /// The next piece of the content; `None` after the last one. A client sends on only as pieces
    /// are taken.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, ContentError>> {
        self.line.chunk().await
    }

    /// The trailer section, when the content has been read to its end.
    pub fn trailers(&self) -> Vec<(String, String)> {
        self.line.state.borrow().trailers.clone()
    }

    /// Sets other bounds for this request than the server's; to be called before content is read.
    pub fn bound(&mut self, bounds: Bounds) {
        order(&self.line, Order::Bound(bounds));
    }

    /// Sends an interim response, such as 103 (Early Hints), before the final one.
    pub fn interim(&mut self, status: Status, fields: &[(&str, &str)]) {
        let owned = fields.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        order(&self.line, Order::Interim(status, owned));
    }

    /// Starts an answer that is written in pieces.
    pub fn start(&mut self, head: OwnedStreamed) -> Writer {
        order(&self.line, Order::Start(head));
        Writer::new(self.line.clone())
    }

    /// Answers with a part of an open file, which the worker reads while it is sent.
    pub fn send_file(self, head: OwnedStreamed, content: FileContent) -> Reply {
        order(&self.line, Order::File(head, content));
        Reply::Written
    }

    /// Accepts a tunnel: 101 and an `Upgrade` field for a request with
    /// [`upgrade`](RequestHead::upgrade), 2xx for CONNECT.
    pub fn tunnel(self, head: OwnedStreamed) -> TunnelEnds {
        order(&self.line, Order::Tunnel(head));
        TunnelEnds::new(self.line)
    }

    /// Waits for `span`, on the worker's clock.
    pub fn sleep(&self, span: Duration) -> Sleep {
        self.line.clock.sleep(span)
    }

    /// The worker's clock, for code that has no call at hand.
    pub fn clock(&self) -> Clock {
        self.line.clock.clone()
    }

    /// Runs `work`, which may block, on a thread of the server's bounded pool.
    pub fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Work<T> {
        Work::begin(&self.line.pool, work)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("id", &self.id()).finish_non_exhaustive()
    }
}
