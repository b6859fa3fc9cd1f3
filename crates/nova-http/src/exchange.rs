//! One request and its answer, as seen from the application.
//!
//! An exchange is addressed by its [`ExchangeId`] for as long as it lives; the [`Exchange`] itself is
//! only lent to a callback, so an application cannot keep the connection's buffers. What is to be
//! answered later is promised ([`Exchange::promise`]) and answered when the application is lent the
//! exchange again, or deferred ([`Exchange::defer`]) to any other thread.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use nova_http1::Fields;
use nova_io::Key;

use crate::answer::{Answer, AnswerError, Prepared, Status, Streamed};
use crate::file::FileContent;
use crate::remote::{Late, Post, Remote, Responder};

/// Names an exchange, across all workers, until it is answered or gone.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Call, ExchangeId};
///
/// // What a request is called in a log.
/// async fn name(call: Call) -> String {
///     let ExchangeId { worker, connection, number } = call.id();
///     format!("{worker}/{connection:?}/{number}")
/// }
///
/// let app = App::new_async(name);
/// assert_ne!(app.get("/").send().text(), app.get("/").send().text());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExchangeId {
    /// The worker that owns the connection.
    pub worker: u16,
    /// The connection.
    pub connection: Key,
    /// The exchange within its connection: its ordinal (HTTP/1) or stream (HTTP/2).
    pub number: u32,
}

/// Why an exchange ended without its answer having been delivered.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// use nova_http::testing::App;
/// use nova_http::{Flowing, Gone, Request, Response};
///
/// /// An answer that nobody ever ends.
/// #[derive(Debug)]
/// struct Endless(Rc<Cell<Option<Gone>>>);
///
/// impl Flowing for Endless {
///     fn gone(&mut self, why: Gone) {
///         self.0.set(Some(why));
///     }
/// }
///
/// let why = Rc::new(Cell::new(None));
/// let told = why.clone();
/// let app = App::new(move |_: &Request<'_>, response: Response<'_>| {
///     response.stream(None, Endless(told.clone()))
/// });
/// drop(app.get("/").begin()); // The client leaves.
/// assert_eq!(why.get(), Some(Gone::Reset));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gone {
    /// The client reset the connection, or the network did.
    Reset,
    /// The client ended its stream inside of the request.
    Incomplete,
    /// The rest of the request broke a rule and was refused; or an earlier answer had to be the last
    /// one of the connection, and so this one will not be given.
    Refused,
    /// A deadline passed.
    Expired,
    /// The server was stopped.
    Stopped,
    /// The server's memory was needed for others ([`Limits::buffer_bytes`](crate::Limits)).
    Shed,
    /// The application itself cut its answer short.
    Aborted,
}

/// What [`Exchange::write`] has done.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Exchange, Flowing, Request, Response, Written};
///
/// /// What is left to write.
/// #[derive(Debug)]
/// struct Rest(Vec<u8>);
///
/// impl Flowing for Rest {
///     fn writable(&mut self, exchange: &mut Exchange<'_>) {
///         let Ok(Written { octets }) = exchange.write(&self.0) else { return };
///         self.0.drain(..octets);
///         // Otherwise this is called again when there is room.
///         if self.0.is_empty() {
///             let _ = exchange.finish();
///         }
///     }
/// }
///
/// let app = App::new(|_: &Request<'_>, response: Response<'_>| {
///     response.stream(None, Rest(vec![b'x'; 200_000]))
/// });
/// assert_eq!(app.get("/").send().content().len(), 200_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Octets taken, from the front; the rest is to be written again after
    /// [`Application::writable`](crate::Application::writable).
    pub octets: usize,
}

/// Something was asked of an exchange that it cannot do (any more).
///
/// ```
/// use nova_http::{Answer, Exchange, ExchangeError, Status};
///
/// fn hello(exchange: &mut Exchange<'_>) -> Result<(), ExchangeError> {
///     assert_eq!(exchange.write(b"x"), Err(ExchangeError::NotStarted));
///     let answer = Answer::new(Status::OK).bytes(b"hello");
///     exchange.respond(&answer)?;
///     assert_eq!(exchange.respond(&answer), Err(ExchangeError::AnsweredAlready));
///     Ok(())
/// }
/// # struct Hello;
/// # impl nova_http::Application for Hello {
/// #     fn request(
/// #         &mut self,
/// #         _: &nova_http::RequestHead<'_>,
/// #         _: nova_http::Incoming<'_>,
/// #         exchange: &mut Exchange<'_>,
/// #     ) {
/// #         hello(exchange).unwrap();
/// #     }
/// #     fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}
/// #     fn end(&mut self, _: &mut Exchange<'_>) {}
/// # }
/// # let app = nova_http::testing::App::with(Hello);
/// assert_eq!(app.get("/").send().text(), "hello");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The answer itself is not one that HTTP allows; nothing of it was sent.
    Answer(AnswerError),
    /// A final answer has been given already.
    AnsweredAlready,
    /// Content was written before the answer's head: [`Exchange::start`] comes first.
    NotStarted,
    /// More content was written than the answer's head has promised; nothing of it was sent.
    TooMuch,
    /// A tunnel was asked for while content of the request, or the answer to an earlier request, is
    /// still missing.
    TooEarly,
    /// This protocol has no such thing.
    Unsupported,
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(error) => error.fmt(f),
            Self::AnsweredAlready => f.write_str("the exchange has been answered already"),
            Self::NotStarted => f.write_str("content needs a head before it: call `start` first"),
            Self::TooMuch => f.write_str("this is more content than the head has promised"),
            Self::TooEarly => f.write_str(
                "a tunnel begins after the request's content and after all earlier answers: read \
                 the content to its end first",
            ),
            Self::Unsupported => f.write_str("the protocol of this exchange cannot do that"),
        }
    }
}

impl std::error::Error for ExchangeError {}

impl From<AnswerError> for ExchangeError {
    fn from(error: AnswerError) -> Self {
        Self::Answer(error)
    }
}

/// Bounds of one request that differ from the server's [`Limits`](crate::Limits). Each holds from
/// the moment in which it is set.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Bounds, Call, ContentError};
///
/// async fn length(mut call: Call) -> Result<String, ContentError> {
///     call.bound(Bounds { content_bytes: Some(4), ..Bounds::default() });
///     Ok(call.content().await?.len().to_string())
/// }
///
/// let app = App::new_async(length);
/// assert_eq!(app.post("/").content("1234").send().text(), "4");
/// assert_eq!(app.post("/").content("12345").send().status(), 413);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Octets of content; crossed: 413. `None`: the server's
    /// [`content_bytes`](nova_http1::Limits::content_bytes).
    pub content_bytes: Option<u64>,
    /// All of the content must have arrived this long after now; crossed: 408. `None`: there is no
    /// such deadline, only a rate.
    pub content_within: Option<Duration>,
    /// The answer must be complete this long after now; crossed: 503, or a reset if its head has
    /// left. `None`: the server's [`handler`](crate::Limits::handler).
    pub answer_within: Option<Duration>,
}

/// The protocol's side of an exchange: what a [`Protocol`](crate::Protocol) lends to a callback.
///
/// What a protocol does not have answers [`ExchangeError::Unsupported`], which the provided methods
/// do.
///
/// ```
/// use std::sync::Arc;
///
/// use nova_http::{
///     Answer, Exchange, ExchangeError, ExchangeId, Key, Outlet, Post, Remote, Status,
/// };
///
/// /// Keeps the content of an answer, for tests of what is given an exchange.
/// #[derive(Default)]
/// struct Kept(Vec<u8>);
///
/// impl Outlet for Kept {
///     fn answer(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError> {
///         self.0.extend_from_slice(answer.octets());
///         Ok(())
///     }
///
///     fn grant(&mut self, _octets: u64) {}
///
///     fn promise(&mut self) {}
///
///     fn defer(&mut self) -> (Arc<dyn Post>, Arc<Remote>) {
///         unreachable!("nobody answers later")
///     }
/// }
///
/// let mut kept = Kept::default();
/// let id = ExchangeId { worker: 0, connection: Key::new(0, 0), number: 0 };
/// let mut exchange = Exchange::new(id, None, &mut kept);
/// exchange.respond(&Answer::new(Status::OK).bytes(b"hello"))?;
/// assert_eq!(exchange.write(b"more"), Err(ExchangeError::Unsupported));
/// assert_eq!(kept.0, b"hello");
/// # Ok::<(), ExchangeError>(())
/// ```
pub trait Outlet {
    /// Encodes a complete final answer.
    fn answer(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError>;
    /// Encodes an answer that was checked before.
    fn answer_prepared(&mut self, answer: &Prepared) -> Result<(), ExchangeError> {
        let _ = answer;
        Err(ExchangeError::Unsupported)
    }
    /// Encodes an interim answer; `false` if the client's version has none.
    fn interim(&mut self, status: Status, fields: Fields<'_>) -> Result<bool, ExchangeError> {
        let _ = (status, fields);
        Ok(false)
    }
    /// Begins an answer whose content is written in pieces.
    fn start(&mut self, head: &Streamed<'_>) -> Result<(), ExchangeError> {
        let _ = head;
        Err(ExchangeError::Unsupported)
    }
    /// Answers with the content of a file, which the protocol reads as there is room.
    fn file(&mut self, head: &Streamed<'_>, content: FileContent) -> Result<(), ExchangeError> {
        let _ = (head, content);
        Err(ExchangeError::Unsupported)
    }
    /// Sends content of a started answer or of a tunnel, as far as there is room.
    fn write(&mut self, octets: &[u8]) -> Result<Written, ExchangeError> {
        let _ = octets;
        Err(ExchangeError::Unsupported)
    }
    /// As [`Outlet::write`], of octets that have other owners, too.
    fn write_shared(&mut self, octets: &Bytes) -> Result<Written, ExchangeError> {
        self.write(octets)
    }
    /// How many octets [`Outlet::write`] would take now.
    fn room(&self) -> usize {
        0
    }
    /// Ends a started answer or a tunnel.
    fn finish(&mut self, trailers: Fields<'_>) -> Result<(), ExchangeError> {
        let _ = trailers;
        Err(ExchangeError::Unsupported)
    }
    /// Gives up: the client must see that what it got is incomplete.
    fn abort(&mut self) {}
    /// Accepts a tunnel: 101, or 2xx to CONNECT.
    fn tunnel(&mut self, status: Status, fields: Fields<'_>) -> Result<(), ExchangeError> {
        let _ = (status, fields);
        Err(ExchangeError::Unsupported)
    }
    /// Allows `octets` more of content.
    fn grant(&mut self, octets: u64);
    /// Other bounds than the server's, for this request.
    fn bound(&mut self, bounds: &Bounds) {
        let _ = bounds;
    }
    /// Content that has come with the head is to be handed out as if it came later.
    fn content_follows(&mut self) {}
    /// From now on content that the application gets is counted as the engine's memory.
    fn collect(&mut self) {}
    /// Marks the exchange as one that is answered later.
    fn promise(&mut self);
    /// Marks it so, and says through what other threads answer it.
    fn defer(&mut self) -> (Arc<dyn Post>, Arc<Remote>);
    /// Does what another thread wants.
    fn late(&mut self, late: Late) -> Result<(), ExchangeError> {
        match late {
            Late::Answer(answer) => answer.lend(|answer| self.answer(answer)),
            _ => Err(ExchangeError::Unsupported),
        }
    }
    /// Whether nothing more of its answer can be written.
    fn ended(&self) -> bool {
        false
    }
    /// From now on room is waited for, as after a short write.
    fn wait_for_room(&mut self) {}
}

/// An open exchange, lent to a callback.
///
/// ```
/// use nova_http::{Exchange, ExchangeError, Fields, Status, Streamed};
///
/// fn hello(exchange: &mut Exchange<'_>) -> Result<(), ExchangeError> {
///     let hints = [("link", "</style.css>; rel=preload")];
///     exchange.interim(Status::EARLY_HINTS, Fields::from_pairs(&hints))?;
///     exchange.start(&Streamed::new(Status::OK))?;
///     if exchange.room() >= 5 {
///         exchange.write(b"hello")?;
///     }
///     exchange.finish_with(Fields::from_pairs(&[("checked", "yes")]))?;
///     assert!(exchange.ended());
///     Ok(())
/// }
/// # struct Hello;
/// # impl nova_http::Application for Hello {
/// #     fn request(
/// #         &mut self,
/// #         _: &nova_http::RequestHead<'_>,
/// #         _: nova_http::Incoming<'_>,
/// #         exchange: &mut Exchange<'_>,
/// #     ) {
/// #         hello(exchange).unwrap();
/// #     }
/// #     fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}
/// #     fn end(&mut self, _: &mut Exchange<'_>) {}
/// # }
/// # let app = nova_http::testing::App::with(Hello);
/// let answer = app.get("/").send();
/// assert_eq!((answer.interim(), answer.text()), (&[103][..], "hello"));
/// assert_eq!(answer.trailers(), [("checked".to_owned(), "yes".to_owned())]);
/// ```
pub struct Exchange<'a> {
    id: ExchangeId,
    peer: Option<&'a SocketAddr>,
    outlet: &'a mut dyn Outlet,
}

impl<'a> Exchange<'a> {
    /// What a protocol lends to its application.
    pub fn new(id: ExchangeId, peer: Option<&'a SocketAddr>, outlet: &'a mut dyn Outlet) -> Self {
        Self { id, peer, outlet }
    }

    /// The name of this exchange.
    pub fn id(&self) -> ExchangeId {
        self.id
    }

    /// The address from which the client has connected, or for which a PROXY header of an allowed
    /// sender vouches; `None` for Unix sockets.
    pub fn peer(&self) -> Option<&'a SocketAddr> {
        self.peer
    }

    /// The same exchange, lent on.
    pub fn lend(&mut self) -> Exchange<'_> {
        Exchange { id: self.id, peer: self.peer, outlet: self.outlet }
    }

    /// The same exchange for a shorter time.
    pub(crate) fn shorten<'s>(self) -> Exchange<'s>
    where
        'a: 's,
    {
        Exchange { id: self.id, peer: self.peer, outlet: self.outlet }
    }

    /// Gives the final answer. It leaves at the end of this turn, with all other answers that the
    /// connection has got meanwhile.
    pub fn respond(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError> {
        self.outlet.answer(answer)
    }

    /// Gives a final answer that was prepared beforehand.
    pub fn respond_prepared(&mut self, answer: &Prepared) -> Result<(), ExchangeError> {
        self.outlet.answer_prepared(answer)
    }

    /// Sends an interim answer, such as 103 (RFC 8297); `Ok(false)` if the client's version has none.
    pub fn interim(&mut self, status: Status, fields: Fields<'_>) -> Result<bool, ExchangeError> {
        self.outlet.interim(status, fields)
    }

    /// Begins a final answer whose content [`Exchange::write`] brings in pieces, now or later:
    /// [`Application::writable`](crate::Application::writable) tells when there is room after a
    /// write that came up short.
    pub fn start(&mut self, head: &Streamed<'_>) -> Result<(), ExchangeError> {
        self.outlet.start(head)
    }

    /// Gives a final answer whose content is a part of a file. The engine reads it while it is
    /// sent; nothing more is to be done for it. The length of `head` is that of the part.
    pub fn respond_file(
        &mut self,
        head: &Streamed<'_>,
        content: FileContent,
    ) -> Result<(), ExchangeError> {
        self.outlet.file(head, content)
    }

    /// Writes content of a started answer, or of a tunnel, as far as there is room.
    pub fn write(&mut self, octets: &[u8]) -> Result<Written, ExchangeError> {
        self.outlet.write(octets)
    }

    /// As [`Exchange::write`], of octets that have other owners, too: many are not copied, but held
    /// until they have left. While there is any room, up to 512 KiB are taken at once.
    pub fn write_shared(&mut self, octets: &Bytes) -> Result<Written, ExchangeError> {
        self.outlet.write_shared(octets)
    }

    /// How many octets [`Exchange::write`] would take now.
    pub fn room(&self) -> usize {
        self.outlet.room()
    }

    /// Asks to be called when there is room, as after a write that came up short.
    pub fn wait_for_room(&mut self) {
        self.outlet.wait_for_room();
    }

    /// Whether nothing more of the answer can be written: it is complete, or cut short.
    pub fn ended(&self) -> bool {
        self.outlet.ended()
    }

    /// Ends what [`Exchange::write`] has written. Less than was promised is a reset.
    pub fn finish(&mut self) -> Result<(), ExchangeError> {
        self.outlet.finish(Fields::EMPTY)
    }

    /// Ends what [`Exchange::write`] has written with a trailer section (RFC 9110 §6.5), which only
    /// chunked content has: to other clients it is not sent.
    pub fn finish_with(&mut self, trailers: Fields<'_>) -> Result<(), ExchangeError> {
        self.outlet.finish(trailers)
    }

    /// Gives up an answer that cannot be completed. If its head has left, the client sees a reset,
    /// which it cannot take for the end; otherwise it gets 500.
    pub fn abort(&mut self) {
        self.outlet.abort();
    }

    /// Ends HTTP on this connection and makes a tunnel of it: 101 and an `Upgrade` field for a
    /// request with [`upgrade`](crate::RequestHead::upgrade), 2xx for CONNECT. From here on what the
    /// client sends is content, as far as credit is granted, and what is written leaves as it is.
    pub fn tunnel(&mut self, status: Status, fields: Fields<'_>) -> Result<(), ExchangeError> {
        self.outlet.tunnel(status, fields)
    }

    /// Allows the client to send `octets` more of content. Credit begins at zero; a client that
    /// expects 100 (Continue) gets it with the first credit.
    pub fn grant(&mut self, octets: u64) {
        self.outlet.grant(octets);
    }

    /// Sets other bounds for this request than the server's. To be called before credit is granted:
    /// content is held against them as it comes. What has come with the head is so at once: if it is
    /// too much, the client gets 413, and [`Exchange::ended`] says so.
    pub fn bound(&mut self, bounds: &Bounds) {
        self.outlet.bound(bounds);
    }

    /// Wants the content that has come with the head ([`Incoming::Whole`](crate::Incoming::Whole))
    /// as if it came later: by [`Application::content`](crate::Application::content), as far as
    /// credit is granted, and with an [`end`](crate::Application::end).
    pub fn content_follows(&mut self) {
        self.outlet.content_follows();
    }

    /// Says that the application keeps the content that it gets until it has answered, so that it
    /// counts against [`Limits::buffer_bytes`](crate::Limits::buffer_bytes).
    pub fn collect(&mut self) {
        self.outlet.collect();
    }

    /// Promises an answer that this thread will give later: the application is lent the exchange
    /// again when it names it in [`Application::next_ready`](crate::Application::next_ready).
    pub fn promise(&mut self) {
        self.outlet.promise();
    }

    pub(crate) fn late(&mut self, late: Late) -> Result<(), ExchangeError> {
        self.outlet.late(late)
    }

    /// Promises an answer for later, from this or any other thread.
    pub fn defer(&mut self) -> Responder {
        let (post, remote) = self.outlet.defer();
        Responder::new(self.id, post, remote)
    }
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id).finish_non_exhaustive()
    }
}
