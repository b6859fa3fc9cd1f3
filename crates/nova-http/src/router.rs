//! A router for programs that need no framework: [`Routes`] with handlers in it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::Method;
use crate::answer::Status;
use crate::handler::{Answered, Handler, Request, Response};
use crate::request::RequestHead;
use crate::routes::{Lookup, RouteError, Routes};

/// Sends each request to the handler of its method and path. A copy is cheap and shares the handlers.
///
/// ```no_run
/// use nova_http::{Answered, Request, Response, Router, Server};
///
/// fn user(request: &Request<'_>, response: Response<'_>) -> Answered {
///     let id = request.param("id").unwrap_or_default();
///     response.send(format!("user {id}").as_bytes())
/// }
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// let router = Router::new()
///     .get("/", |_, response| response.send(b"hello"))
///     .get("/users/{id}", user)
///     .post("/users", |request, response| response.send(request.content));
/// Server::bind("127.0.0.1:3000")?.serve(router)
/// # }
/// ```
///
/// # Paths
/// `{name}` stands for one segment, `{*name}` at the end for all the rest; neither stands for nothing. A literal segment goes before a parameter. Paths are matched as they were sent:
/// nothing is decoded, normalised or folded, so `/%61`, `/A` and `/a/` are not `/a`, and a parameter
/// may stand for `..`. The path decides first and the method second.
///
/// # What needs no handler
/// HEAD is answered by GET's handler (its content stays away by itself), OPTIONS with 204 and `Allow`,
/// another method of a known path with 405 and `Allow`, an unknown path with 404 or by the
/// [`fallback`](Self::fallback).
#[derive(Clone, Default)]
pub struct Router {
    /// One allocation until the first clone; `make_mut` then copies nothing while it is built.
    table: Arc<Table>,
}

#[derive(Clone, Default)]
struct Table {
    routes: Routes<Shared>,
    fallback: Option<Shared>,
}

type Shared = Arc<dyn Fn(&Request<'_>, Response<'_>) -> Answered + Send + Sync>;

/// Methods that are one word; see [`Router::route`] for what they do.
macro_rules! shorthands {
    ($($name:ident $method:ident;)*) => {$(
        #[doc = concat!("Answers [`Method::", stringify!($method), "`] for `path`; see [`Self::route`].")]
        #[track_caller]
        pub fn $name<F>(self, path: &str, handler: F) -> Self
        where
            F: Fn(&Request<'_>, Response<'_>) -> Answered + Send + Sync + 'static,
        {
            self.route(Method::$method, path, handler)
        }
    )*};
}

impl Router {
    /// A router that knows no path.
    pub fn new() -> Self {
        Self::default()
    }

    shorthands! {
        get Get;
        post Post;
        put Put;
        patch Patch;
        delete Delete;
    }

    /// Answers `method` for `path` with `handler`.
    ///
    /// # Panics
    /// If the route cannot be, with a sentence that says why and names both routes of a conflict: a
    /// program with such a route is wrong from its first line on. Routes that come from elsewhere
    /// than the program's text are for [`Router::try_route`].
    #[track_caller]
    pub fn route<F>(self, method: Method<'_>, path: &str, handler: F) -> Self
    where
        F: Fn(&Request<'_>, Response<'_>) -> Answered + Send + Sync + 'static,
    {
        match self.try_route(method, path, handler) {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    /// Answers `method` for `path` with `handler`, if such a route can be.
    ///
    /// ```
    /// use nova_http::{Answered, Method, Request, Response, Router};
    ///
    /// fn nothing(_: &Request<'_>, response: Response<'_>) -> Answered {
    ///     response.send(b"")
    /// }
    ///
    /// let router = Router::new().get("/users/{id}", nothing);
    /// let error = router.try_route(Method::Get, "/users/{name}", nothing).unwrap_err();
    /// assert!(error.to_string().contains("/users/{id}"));
    /// ```
    ///
    /// # Errors
    /// What is wrong with the route.
    pub fn try_route<F>(
        mut self,
        method: Method<'_>,
        path: &str,
        handler: F,
    ) -> Result<Self, RouteError>
    where
        F: Fn(&Request<'_>, Response<'_>) -> Answered + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.table).routes.insert(method, path, Arc::new(handler))?;
        Ok(self)
    }

    /// Answers requests for unknown paths with `handler`, instead of with 404.
    pub fn fallback<F>(mut self, handler: F) -> Self
    where
        F: Fn(&Request<'_>, Response<'_>) -> Answered + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.table).fallback = Some(Arc::new(handler));
        self
    }

    /// Answers a request: what [`Handler::handle`] does, for those who have the router in a handler
    /// of their own.
    pub fn answer(&self, request: &Request<'_>, response: Response<'_>) -> Answered {
        let head = &request.head;
        match self.table.routes.find(head.method, head.path()) {
            Lookup::Found { value: handler, params } => {
                handler(&Request { params: Some(&params), ..*request }, response)
            }
            Lookup::NotAllowed { allow } => {
                // [9110-10.2.1-a] [9110-15.5.6-a]
                let fields = [("allow", allow)];
                let response = response.fields(&fields);
                match head.method {
                    Method::Options => response.status(Status::NO_CONTENT).send(b""),
                    _ => response.status(Status::METHOD_NOT_ALLOWED).send(b""),
                }
            }
            Lookup::NotFound => match &self.table.fallback {
                Some(handler) => handler(request, response),
                None => response.status(Status::NOT_FOUND).send(b""),
            },
        }
    }
}

impl Handler for Router {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        self.answer(request, response)
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.routes.fmt(f)
    }
}

impl<'a> Request<'a> {
    /// A request that no router has seen.
    pub const fn new(head: RequestHead<'a>, content: &'a [u8]) -> Self {
        Self { head, content, peer: None, params: None }
    }

    /// What the parameter `name` of the route's path stands for, percent-decoded. `None` if the path
    /// has no such parameter, or what was sent is not an encoding of UTF-8.
    ///
    /// It may contain anything, slashes among it, and is not fit to be a file name as it is.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        self.params?.decoded(name)?.ok()
    }

    /// What the parameter `name` of the route's path stands for, as it was sent.
    pub fn raw_param(&self, name: &str) -> Option<&'a str> {
        self.params?.get(name)
    }
}
