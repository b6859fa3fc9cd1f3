//! The upper seam: what the engine asks of whoever answers requests.
//!
//! Handlers, the tower adapter and the Node binding implement [`Application`]. An instance belongs to
//! one worker: it is made on that worker's thread, need not be `Send`, and all its callbacks run
//! there, one at a time.
//!
//! ```text
//! connected ─▶ request ─▶ (content … trailers?) ─▶ end      ─▶ … ─▶ closed
//!                 └─ Incoming::None / Whole: complete at once
//!              any open exchange may end with gone(id, why), or, if others answer it, with ended(id)
//! ```

use std::net::SocketAddr;
use std::sync::Arc;

use nova_http1::Fields;
use nova_io::{Key, Time};

use crate::exchange::{Exchange, ExchangeId, Gone};
use crate::remote::Post;
use crate::request::{Incoming, RequestHead};

/// Answers requests. See the module's text for the order of calls.
///
/// After `request` an application must have done one of: answered (or begun to), promised an answer
/// ([`Exchange::promise`], [`Exchange::defer`]), or granted credit for content that follows; after
/// `end`, one of the first two. Otherwise the engine answers 500 for it and counts that.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answer, Application, Exchange, Incoming, RequestHead, Status};
///
/// /// Answers with the path.
/// struct Path;
///
/// impl Application for Path {
///     fn request(&mut self, head: &RequestHead<'_>, _: Incoming<'_>, it: &mut Exchange<'_>) {
///         let _ = it.respond(&Answer::new(Status::OK).bytes(head.path()));
///     }
///
///     // No credit is granted, so no content comes.
///     fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}
///
///     fn end(&mut self, _: &mut Exchange<'_>) {}
/// }
///
/// assert_eq!(App::with(Path).get("/a").send().text(), "/a");
/// ```
pub trait Application {
    /// Called once, on the worker's thread, before anything else: `post` wakes the worker, from any
    /// thread, so that it asks [`Application::next_ready`].
    fn attach(&mut self, worker: u16, post: &Arc<dyn Post>) {
        let _ = (worker, post);
    }

    /// Whether CONNECT is this application's to answer. If not, the engine answers it with 501.
    fn takes_connect(&self) -> bool {
        false
    }

    /// A turn of the worker begins at this moment; everything else follows.
    fn turn(&mut self, now: Time) {
        let _ = now;
    }

    /// An exchange that the application wants to be lent, through [`Application::resume`]; asked in
    /// each turn until it is `None`.
    fn next_ready(&mut self, now: Time) -> Option<ExchangeId> {
        let _ = now;
        None
    }

    /// When [`Application::next_ready`] should be asked again, whatever happens meanwhile.
    fn deadline(&self) -> Option<Time> {
        None
    }

    /// The exchange that [`Application::next_ready`] has named.
    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        let _ = exchange;
    }

    /// A connection has been accepted; nothing has been read.
    fn connected(&mut self, connection: Key, peer: Option<SocketAddr>) {
        let _ = (connection, peer);
    }

    /// A request has begun. `head` and `content` live until this returns.
    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    );

    /// The next octets of the content, never empty, never more than was granted.
    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]);

    /// The trailer section of the content, if there is one.
    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        let _ = (exchange, fields);
    }

    /// The content is complete.
    fn end(&mut self, exchange: &mut Exchange<'_>);

    /// There is room again for [`Exchange::write`].
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        let _ = exchange;
    }

    /// An open exchange has ended before its answer could be delivered. Nothing can be sent for it.
    fn gone(&mut self, id: ExchangeId, why: Gone) {
        let _ = (id, why);
    }

    /// An exchange whose answer was left to others has been answered, or cut short, without a call of
    /// the application: a deferred one, or one with a file. Nothing more is called for it.
    fn ended(&mut self, id: ExchangeId) {
        let _ = id;
    }

    /// A connection has ended; all its exchanges have.
    fn closed(&mut self, connection: Key) {
        let _ = connection;
    }
}
