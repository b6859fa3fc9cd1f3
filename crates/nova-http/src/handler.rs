//! The simple door: a function that gets a whole request and gives an answer.
//!
//! A [`Handler`] sees a request when its content is complete, unless it asks for the content as it
//! comes ([`Handler::receive`]). An answer is given at once, or deferred to another thread, or left to
//! a [`Flow`](Flowing) that goes on when the handler has returned.

#[cfg(feature = "json")]
mod json;

use std::net::SocketAddr;

use nova_http1::Fields;

#[cfg(feature = "json")]
pub use self::json::JsonError;
#[cfg(feature = "json")]
pub(crate) use self::json::read_json;
use crate::answer::{Answer, Content, OwnedAnswer, Prepared, Status, Streamed};
use crate::blocking::Pool;
use crate::exchange::{Bounds, Exchange};
use crate::file::FileContent;
use crate::flowing::Flowing;
use crate::remote::Responder;
use crate::request::RequestHead;
use crate::routes::PathParams;

/// Answers requests. Implemented for functions and closures of this shape:
///
/// ```
/// use nova_http::{Answered, Request, Response};
///
/// fn hello(request: &Request<'_>, response: Response<'_>) -> Answered {
///     response.fields(&[("content-type", "text/plain")]).send(request.content)
/// }
/// ```
pub trait Handler {
    /// Answers `request`, now or (after [`Response::defer`]) later.
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered;

    /// Asked when a request has content: how to receive it, and within which bounds, if not the
    /// server's. By default it is collected for [`Handler::handle`].
    fn receive(&mut self, head: &RequestHead<'_>, bounds: &mut Bounds) -> Receive {
        let _ = (head, bounds);
        Receive::Whole
    }

    /// Whether CONNECT is this handler's to answer, by [`Response::tunnel`] if it wants. If not, the
    /// engine answers it with 501.
    fn takes_connect(&self) -> bool {
        false
    }
}

/// How the content of a request is to be received.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{
///     Answer, Answered, Bounds, Exchange, Flowing, Handler, Receive, Request, RequestHead,
///     Response, Status,
/// };
///
/// /// Counts octets and keeps none.
/// #[derive(Debug)]
/// struct Count(u64);
///
/// # impl Flowing for Count {
/// #     fn begin(&mut self, exchange: &mut Exchange<'_>) {
/// #         exchange.grant(u64::MAX);
/// #     }
/// #     fn content(&mut self, _: &mut Exchange<'_>, octets: &[u8]) {
/// #         self.0 += octets.len() as u64;
/// #     }
/// #     fn end(&mut self, exchange: &mut Exchange<'_>) {
/// #         let count = self.0.to_string();
/// #         let _ = exchange.respond(&Answer::new(Status::OK).bytes(count.as_bytes()));
/// #     }
/// # }
/// struct Uploads;
///
/// impl Handler for Uploads {
///     fn receive(&mut self, head: &RequestHead<'_>, bounds: &mut Bounds) -> Receive {
///         if head.path() != b"/upload" {
///             return Receive::Whole;
///         }
///         bounds.content_bytes = Some(1024 * 1024 * 1024);
///         Receive::Flow(Box::new(Count(0)))
///     }
///
///     fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
///         response.send(request.content)
///     }
/// }
///
/// let app = App::new(Uploads);
/// assert_eq!(app.post("/upload").content("hello").send().text(), "5");
/// assert_eq!(app.post("/").content("hello").send().text(), "hello");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Receive {
    /// Collected in memory; the handler gets all of it.
    Whole,
    /// Piece by piece, by this; it answers, too, and the handler is not called.
    Flow(Box<dyn Flowing>),
}

impl<F: FnMut(&Request<'_>, Response<'_>) -> Answered> Handler for F {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        self(request, response)
    }
}

/// A complete request, borrowed while its handler runs.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response, Router};
///
/// fn about(request: &Request<'_>, response: Response<'_>) -> Answered {
///     let name = request.param("name").unwrap_or_default();
///     let peer = request.peer.map(|peer| peer.ip());
///     let octets = request.content.len();
///     response.send(format!("{octets} octets for {name} from {peer:?}").as_bytes())
/// }
///
/// let app = App::new(Router::new().post("/{name}", about));
/// let client = "192.0.2.1:1000".parse().unwrap();
/// let answer = app.post("/ada").content("hello").from(client).send();
/// assert_eq!(answer.text(), "5 octets for ada from Some(192.0.2.1)");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Method, request-target and field lines.
    pub head: RequestHead<'a>,
    /// The whole content, decoded from its transfer coding.
    pub content: &'a [u8],
    /// The address from which the client has connected; `None` for Unix sockets.
    pub peer: Option<&'a SocketAddr>,
    /// What a router has found in the path.
    pub(crate) params: Option<&'a PathParams<'a>>,
}

/// The answer to be given. It must be sent or deferred: that is what [`Answered`] proves.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response, Status};
///
/// fn make(_: &Request<'_>, mut response: Response<'_>) -> Answered {
///     response.interim(Status::EARLY_HINTS, &[("link", "</style.css>; rel=preload")]);
///     response.status(Status::CREATED).fields(&[("location", "/7")]).send(b"made")
/// }
///
/// let answer = App::new(make).post("/").send();
/// assert_eq!((answer.status(), answer.text()), (201, "made"));
/// assert_eq!(answer.field("location"), Some("/7"));
/// assert_eq!(answer.interim(), [103]);
/// ```
#[must_use = "a request must be answered"]
pub struct Response<'a> {
    pub(crate) exchange: Exchange<'a>,
    pub(crate) status: Status,
    pub(crate) fields: Fields<'a>,
    /// What the handler leaves behind.
    pub(crate) left: &'a mut Option<Box<dyn Flowing>>,
    pub(crate) pool: &'a Pool,
}

/// The proof that a request has been answered, or that somebody has promised to.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, OwnedAnswer, Request, Response};
///
/// // A path that forgets the client does not compile.
/// fn now_or_later(request: &Request<'_>, response: Response<'_>) -> Answered {
///     if request.head.path() == b"/now" {
///         return response.send(b"now");
///     }
///     let (responder, answered) = response.defer();
///     std::thread::spawn(move || responder.respond(OwnedAnswer::text("later")));
///     answered
/// }
///
/// let app = App::new(now_or_later);
/// assert_eq!((app.get("/now").send().text(), app.get("/").send().text()), ("now", "later"));
/// ```
#[derive(Debug)]
pub struct Answered(pub(crate) ());

impl<'a> Response<'a> {
    /// The same response with this status; without it, 200 (OK).
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// The same response with these field lines. `Date`, `Content-Length` and `Connection` are the
    /// server's business.
    pub fn fields<'f>(self, fields: &'f [(&'f str, &'f str)]) -> Response<'f>
    where
        'a: 'f,
    {
        Response {
            exchange: self.exchange.shorten(),
            status: self.status,
            fields: Fields::from_pairs(fields),
            left: self.left,
            pool: self.pool,
        }
    }

    /// Sends the response with this content. One that HTTP does not allow (a line feed in a field,
    /// content with 204) is logged, counted and replaced by 500.
    pub fn send(mut self, content: &[u8]) -> Answered {
        let content = if content.is_empty() { Content::Empty } else { Content::Bytes(content) };
        let answer = Answer { status: self.status, fields: self.fields, content };
        if let Err(error) = self.exchange.respond(&answer) {
            self.replace(&error);
        }
        Answered(())
    }

    /// Sends an answer that was prepared beforehand; status and fields given here are not used.
    pub fn send_prepared(mut self, answer: &Prepared) -> Answered {
        if let Err(error) = self.exchange.respond_prepared(answer) {
            self.replace(&error);
        }
        Answered(())
    }

    /// Sends an interim response, such as 103 (Early Hints), before the final one. A client whose
    /// version has none gets none.
    pub fn interim(&mut self, status: Status, fields: &[(&str, &str)]) {
        if let Err(error) = self.exchange.interim(status, Fields::from_pairs(fields)) {
            tracing::error!(%error, "an interim response cannot be sent");
        }
    }

    /// Sends a part of an open file, without reading it into memory first.
    pub fn send_file(mut self, content: FileContent) -> Answered {
        let head = Streamed { status: self.status, fields: self.fields, length: None };
        if let Err(error) = self.exchange.respond_file(&head, content) {
            self.replace(&error);
        }
        Answered(())
    }

    /// Sends the status and the fields now and leaves the content to `flow`, which is called at once
    /// and then whenever there is room. `length` is a promise, if given.
    pub fn stream(mut self, length: Option<u64>, flow: impl Flowing + 'static) -> Answered {
        let head = Streamed { status: self.status, fields: self.fields, length };
        match self.exchange.start(&head) {
            Ok(()) => *self.left = Some(Box::new(flow)),
            Err(error) => self.replace(&error),
        }
        Answered(())
    }

    /// Accepts a tunnel and leaves it to `flow`: 101 with the fields given before, an `Upgrade` among
    /// them, or the status given before to CONNECT.
    pub fn tunnel(mut self, flow: impl Flowing + 'static) -> Answered {
        let upgrade = self.status == Status::OK && self.fields.get("upgrade").is_some();
        let status = if upgrade { Status::SWITCHING_PROTOCOLS } else { self.status };
        match self.exchange.tunnel(status, self.fields) {
            Ok(()) => *self.left = Some(Box::new(flow)),
            Err(error) => self.replace(&error),
        }
        Answered(())
    }

    /// Sets other bounds for this request than the server's.
    pub fn bound(&mut self, bounds: &Bounds) {
        self.exchange.bound(bounds);
    }

    /// Promises the answer for later, from any thread.
    pub fn defer(mut self) -> (Responder, Answered) {
        (self.exchange.defer(), Answered(()))
    }

    /// Runs `work`, which may block, on a thread of the server's pool, and sends what it returns. If
    /// the pool and its queue are full the client gets 503; if `work` panics, 500.
    pub fn blocking(self, work: impl FnOnce() -> OwnedAnswer + Send + 'static) -> Answered {
        let pool = self.pool.clone();
        let (responder, answered) = self.defer();
        pool.run(responder, work);
        answered
    }

    /// Gives up: a client whose answer has not begun gets 500.
    fn replace(&mut self, error: &dyn std::error::Error) {
        tracing::error!(%error, "a response cannot be sent; the client gets 500");
        self.exchange.abort();
    }
}

impl std::fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}
