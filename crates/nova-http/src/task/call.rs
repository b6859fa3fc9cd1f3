//! A request, as its future sees it.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use super::content::ContentError;
use super::line::{Line, Order};
use super::reply::Reply;
use super::time::{Clock, Sleep};
use super::tunnel::TunnelEnds;
use super::work::Work;
use super::writer::{Writer, owned};
use crate::answer::{OwnedStreamed, Status};
use crate::exchange::{Bounds, ExchangeId};
use crate::fields;
use crate::file::FileContent;
use crate::request::RequestHead;

/// A request, and the way to its answer. Belongs to the worker's thread.
///
/// Nothing is sent by a method of it at once: the worker carries it out when the future has returned
/// to it, ready or pending.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{AsyncRouter, Call, ContentError};
///
/// async fn greet(mut call: Call) -> Result<String, ContentError> {
///     let content = call.content().await?;
///     let lang = call.head().fields.get("accept-language").unwrap_or(b"en");
///     let lang = String::from_utf8_lossy(lang);
///     let name = call.param("name").unwrap_or_default();
///     Ok(format!("{name} sends {} octets, in {lang}", content.len()))
/// }
///
/// let app = App::new_async(AsyncRouter::new().post("/{name}", greet));
/// let answer = app.post("/ada").content("hello").send();
/// assert_eq!(answer.text(), "ada sends 5 octets, in en");
/// ```
pub struct Call {
    line: Rc<Line>,
    /// What a router has found in the path, as it was sent.
    params: Vec<(Box<str>, Box<str>)>,
}

impl Call {
    pub(super) fn new(line: Rc<Line>) -> Self {
        Self { line, params: Vec::new() }
    }

    /// The same call, with what a router has found.
    pub(super) fn with_params(mut self, params: Vec<(Box<str>, Box<str>)>) -> Self {
        self.params = params;
        self
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
    pub fn id(&self) -> ExchangeId {
        self.line.id
    }

    /// What the parameter `name` of the route's path stands for, percent-decoded. `None` if the path
    /// has no such parameter, or what was sent is not an encoding of UTF-8.
    ///
    /// It may contain anything, slashes among it, and is not fit to be a file name as it is.
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        fields::decode(self.raw_param(name)?.as_bytes()).ok()
    }

    /// What the parameter `name` of the route's path stands for, as it was sent.
    pub fn raw_param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// All of the content that was not taken yet, within the server's or this request's bounds.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn content(&mut self) -> Result<Vec<u8>, ContentError> {
        self.line.content().await
    }

    /// The next piece of the content; `None` after the last one. A client sends on only as pieces
    /// are taken: not more than about 128 KiB lie here meanwhile.
    ///
    /// ```
    /// use nova_http::{Call, ContentError};
    ///
    /// async fn octets(mut call: Call) -> Result<String, ContentError> {
    ///     let mut count = 0;
    ///     while let Some(piece) = call.chunk().await {
    ///         count += piece?.len();
    ///     }
    ///     Ok(format!("{count} octets"))
    /// }
    /// # fn takes(_: impl nova_http::AsyncHandler) {}
    /// # takes(octets);
    /// ```
    pub async fn chunk(&mut self) -> Option<Result<Bytes, ContentError>> {
        self.line.chunk().await
    }

    /// The trailer section, when the content has been read to its end.
    pub fn trailers(&self) -> Vec<(String, String)> {
        self.line.state.borrow().trailers.clone()
    }

    /// Sets other bounds for this request than the server's; to be called before content is read.
    pub fn bound(&mut self, bounds: Bounds) {
        if let Some(most) = bounds.content_bytes {
            // What has come with the head has passed the server's bounds, not yet this one.
            let mut state = self.line.state.borrow_mut();
            state.too_large = state.complete && state.arrived.len() as u64 > most;
        }
        self.line.order(Order::Bound(bounds));
    }

    /// Sends an interim response, such as 103 (Early Hints), before the final one. A client whose
    /// version has none gets none.
    pub fn interim(&mut self, status: Status, fields: &[(&str, &str)]) {
        self.line.order(Order::Interim(status, owned(fields)));
    }

    /// Starts an answer that is written in pieces.
    pub fn start(&mut self, head: OwnedStreamed) -> Writer {
        self.line.order(Order::Start(head));
        Writer::new(self.line.clone())
    }

    /// Answers with a part of an open file, which the worker reads while it is sent.
    pub fn send_file(self, head: OwnedStreamed, content: FileContent) -> Reply {
        self.line.order(Order::File(head, content));
        Reply::Written
    }

    /// Accepts a tunnel: 101 and an `Upgrade` field for a request with
    /// [`upgrade`](RequestHead::upgrade), 2xx for CONNECT (see
    /// [`with_connect`](super::AsyncHandler::with_connect)). The request's content must have been
    /// read before.
    pub fn tunnel(self, head: OwnedStreamed) -> TunnelEnds {
        self.line.begin_anew();
        self.line.order(Order::Tunnel(head));
        TunnelEnds::new(self.line.clone())
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
    ///
    /// ```
    /// use nova_http::{Call, WorkError};
    ///
    /// async fn hosts(call: Call) -> Result<String, WorkError> {
    ///     call.blocking(|| std::fs::read_to_string("/etc/hosts").unwrap_or_default()).await
    /// }
    /// # fn takes(_: impl nova_http::AsyncHandler) {}
    /// # takes(hosts);
    /// ```
    pub fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Work<T> {
        Work::begin(&self.line.pool, work)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // It may have been the last one who could have answered: the worker looks whether it was.
        if self.line.left_behind.get() {
            self.line.touch();
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("id", &self.id()).finish_non_exhaustive()
    }
}
