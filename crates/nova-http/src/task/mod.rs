//! Handlers that are futures, polled by the worker.
//!
//! A future belongs to one worker and need not be `Send`. It lies in a slot of a slab before it is
//! polled first, so that a request in the steady state allocates nothing for it, and it is dropped
//! within the turn in which its client leaves.
//!
//! What it says goes through a line: the future writes into it, and after each poll the worker
//! carries it to the exchange, which is lent only then. `call.rs`, `content.rs`, `writer.rs` and
//! `tunnel.rs` are the future's end of the line, `line.rs` the line, `app.rs`, `drive.rs` and
//! `carry.rs` the worker's end, `slab.rs` where the futures are, `wake.rs` how they are polled again,
//! `time.rs` how they wait for a moment, `work.rs` how they have work done elsewhere.

mod app;
mod call;
mod carry;
mod content;
mod drive;
#[cfg(feature = "json")]
mod json;
mod line;
mod reply;
mod router;
mod slab;
mod time;
mod tunnel;
mod wake;
mod work;
mod writer;

pub use app::Tasks;
pub use call::Call;
pub use content::ContentError;
#[cfg(feature = "json")]
pub use json::CallJsonError;
pub use reply::Reply;
pub use router::AsyncRouter;
pub use time::{Clock, Sleep};
pub use tunnel::{TunnelEnds, TunnelReader, TunnelWriter};
pub use wake::{SlotWaker, Woken};
pub use work::{Work, WorkError};
pub use writer::Writer;

use std::future::Future;

/// Answers requests with futures. Implemented for functions and closures of this shape:
///
/// ```
/// use nova_http::{Call, OwnedAnswer};
///
/// async fn hello(mut call: Call) -> OwnedAnswer {
///     let content = call.content().await.unwrap_or_default();
///     OwnedAnswer::text(content)
/// }
/// # fn takes(_: impl nova_http::AsyncHandler) {}
/// # takes(hello);
/// ```
///
/// # Beginning and end
/// A future is polled on its worker's thread, first when the head of its request has been read; so it
/// may answer early, and it sets [bounds](Call::bound) before it reads content. It is dropped when its
/// client leaves, when a deadline passes, or when the server stops. When it has answered through a
/// [`Writer`] it may go on, and nothing but the end of its worker drops it then.
///
/// A panic is answered with 500, or with a reset if a part of the answer has left.
pub trait AsyncHandler {
    /// What answers one request. It need not be `Send`.
    type Future: Future<Output: Into<Reply>>;

    /// Begins to answer `call`.
    fn call(&self, call: Call) -> Self::Future;

    /// Whether CONNECT is this handler's to answer. If not, the engine answers it with 501.
    fn takes_connect(&self) -> bool {
        false
    }

    /// The same handler, which answers CONNECT, too: with a [tunnel](Call::tunnel), or not.
    ///
    /// ```no_run
    /// use nova_http::{AsyncHandler, Call, Method, OwnedStreamed, Reply, Server, Status};
    ///
    /// async fn proxy(call: Call) -> Reply {
    ///     if call.head().method != Method::Connect {
    ///         return Status::METHOD_NOT_ALLOWED.into();
    ///     }
    ///     let ends = call.tunnel(OwnedStreamed::new(Status::OK));
    ///     // …
    ///     ends.finish()
    /// }
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// Server::bind("127.0.0.1:3128")?.serve_async(proxy.with_connect())
    /// # }
    /// ```
    fn with_connect(self) -> WithConnect<Self>
    where
        Self: Sized,
    {
        WithConnect(self)
    }
}

impl<F, T> AsyncHandler for F
where
    F: Fn(Call) -> T,
    T: Future<Output: Into<Reply>>,
{
    type Future = T;

    #[inline]
    fn call(&self, call: Call) -> T {
        self(call)
    }
}

/// A handler that answers CONNECT, too. Made by [`AsyncHandler::with_connect`].
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{AsyncHandler, Call, OwnedStreamed, Reply, Status};
///
/// async fn hello(call: Call) -> Reply {
///     let mut ends = call.tunnel(OwnedStreamed::new(Status::OK));
///     let _ = ends.write(b"hello").await;
///     ends.finish()
/// }
///
/// let app = App::new_async(hello.with_connect());
/// let tunnel = app.request("CONNECT", "h:80").field("host", "h:80").begin();
/// assert_eq!((tunnel.status(), tunnel.read_text()), (Some(200), "hello".to_owned()));
///
/// let app = App::new_async(hello);
/// assert_eq!(app.request("CONNECT", "h:80").field("host", "h:80").send().status(), 501);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithConnect<H>(H);

impl<H: AsyncHandler> AsyncHandler for WithConnect<H> {
    type Future = H::Future;

    #[inline]
    fn call(&self, call: Call) -> H::Future {
        self.0.call(call)
    }

    fn takes_connect(&self) -> bool {
        true
    }
}
