//! Handlers that are futures, polled by the worker.
//!
//! A future belongs to one worker and need not be `Send`. It lies in a slot of a slab before it is
//! polled first, so that a request in the steady state allocates nothing for it, and it is dropped
//! within the turn in which its client leaves.
//!
//! What it says goes through a line: the future writes into it, and after each poll the worker
//! carries it to the exchange, which is lent only then. `call.rs` is the future's end of the line,
//! `line.rs` the line, `app.rs` the worker's end, `wake.rs` how it is polled again, `time.rs` how it
//! waits for a moment.

mod app;
mod call;
mod content;
mod line;
mod reply;
mod time;
mod wake;
mod work;
mod writer;

pub use app::Tasks;
pub use call::Call;
pub use content::ContentError;
pub use reply::Reply;
pub use time::{Clock, Sleep};
pub use work::{Work, WorkError};
pub use writer::{TunnelEnds, Writer};

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
pub trait AsyncHandler {
    /// What answers one request. It need not be `Send`.
    type Future: Future<Output: Into<Reply>>;

    /// Begins to answer `call`.
    fn call(&self, call: Call) -> Self::Future;
}

impl<F, T> AsyncHandler for F
where
    F: Fn(Call) -> T,
    T: Future<Output: Into<Reply>>,
{
    type Future = T;

    fn call(&self, call: Call) -> T {
        self(call)
    }
}
