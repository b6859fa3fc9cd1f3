//! A router for async handlers: [`Routes`] with them in it.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use super::{AsyncHandler, Call, Reply};
use crate::Method;
use crate::answer::{OwnedAnswer, Status};
use crate::routes::{Lookup, RouteError, Routes};

/// Sends each call to the async handler of its method and path. A copy is cheap and shares the
/// handlers.
///
/// Paths, and what needs no handler, are as in [`Router`](crate::Router). A call costs an allocation
/// for the future of its handler, and some more for the parameters of its path.
///
/// ```no_run
/// use nova_http::{AsyncRouter, Call, Server};
///
/// async fn user(call: Call) -> String {
///     format!("user {}", call.param("id").unwrap_or_default())
/// }
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// let router = AsyncRouter::new()
///     .get("/", async |_| "hello")
///     .get("/users/{id}", user)
///     .post("/users", async |mut call: Call| call.content().await.map(|it| it.len().to_string()));
/// Server::bind("127.0.0.1:3000")?.serve_async(router)
/// # }
/// ```
#[derive(Clone, Default)]
pub struct AsyncRouter {
    table: Arc<Table>,
}

#[derive(Clone, Default)]
struct Table {
    /// Which of the handlers.
    routes: Routes<usize>,
    handlers: Vec<Shared>,
    connect: Option<Shared>,
    fallback: Option<Shared>,
}

type Shared = Arc<dyn Fn(Call) -> Answering + Send + Sync>;
type Answering = Pin<Box<dyn Future<Output = Reply>>>;

/// What an [`AsyncRouter`] takes: an [`AsyncHandler`] that all workers can share.
fn share<H>(handler: H) -> Shared
where
    H: AsyncHandler<Future: 'static> + Send + Sync + 'static,
{
    Arc::new(move |call| {
        let answering = handler.call(call);
        Box::pin(async move { answering.await.into() })
    })
}

/// Methods that are one word; see [`AsyncRouter::route`] for what they do.
macro_rules! shorthands {
    ($($name:ident $method:ident;)*) => {$(
        #[doc = concat!("Answers [`Method::", stringify!($method), "`] for `path`; see [`Self::route`].")]
        #[track_caller]
        pub fn $name<H>(self, path: &str, handler: H) -> Self
        where
            H: AsyncHandler<Future: 'static> + Send + Sync + 'static,
        {
            self.route(Method::$method, path, handler)
        }
    )*};
}

impl AsyncRouter {
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
    /// If the route cannot be, as [`Router::route`](crate::Router::route).
    #[track_caller]
    pub fn route<H>(self, method: Method<'_>, path: &str, handler: H) -> Self
    where
        H: AsyncHandler<Future: 'static> + Send + Sync + 'static,
    {
        match self.try_route(method, path, handler) {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    /// Answers `method` for `path` with `handler`, if such a route can be.
    ///
    /// # Errors
    /// What is wrong with the route.
    pub fn try_route<H>(
        mut self,
        method: Method<'_>,
        path: &str,
        handler: H,
    ) -> Result<Self, RouteError>
    where
        H: AsyncHandler<Future: 'static> + Send + Sync + 'static,
    {
        let table = Arc::make_mut(&mut self.table);
        table.routes.insert(method, path, table.handlers.len())?;
        table.handlers.push(share(handler));
        Ok(self)
    }

    /// Answers requests for unknown paths with `handler`, instead of with 404.
    pub fn fallback<H>(mut self, handler: H) -> Self
    where
        H: AsyncHandler<Future: 'static> + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.table).fallback = Some(share(handler));
        self
    }

    /// Answers CONNECT, which has no path, with `handler`, instead of with 501.
    pub fn connect<H>(mut self, handler: H) -> Self
    where
        H: AsyncHandler<Future: 'static> + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.table).connect = Some(share(handler));
        self
    }

    /// Who answers `call`, with what its path stands for; or what to answer at once.
    fn find(&self, call: &Call) -> Result<(&Shared, Params), OwnedAnswer> {
        let (table, head) = (&*self.table, call.head());
        if let (Method::Connect, Some(handler)) = (head.method, &table.connect) {
            return Ok((handler, Vec::new()));
        }
        match table.routes.find(head.method, head.path()) {
            Lookup::Found { value: &index, params } => {
                let owned = params.iter().map(|(name, value)| (name.into(), value.into()));
                Ok((&table.handlers[index], owned.collect()))
            }
            Lookup::NotAllowed { allow } => {
                let status = match head.method {
                    Method::Options => Status::NO_CONTENT,
                    _ => Status::METHOD_NOT_ALLOWED,
                };
                // [9110-10.2.1-a] [9110-15.5.6-a]
                Err(OwnedAnswer::empty(status).field("allow", allow.to_owned()))
            }
            Lookup::NotFound => match &table.fallback {
                Some(handler) => Ok((handler, Vec::new())),
                None => Err(OwnedAnswer::empty(Status::NOT_FOUND)),
            },
        }
    }
}

type Params = Vec<(Box<str>, Box<str>)>;

impl AsyncHandler for AsyncRouter {
    type Future = Pin<Box<dyn Future<Output = Reply>>>;

    fn call(&self, call: Call) -> Self::Future {
        match self.find(&call) {
            Ok((handler, params)) => handler(call.with_params(params)),
            Err(answer) => Box::pin(ready(answer.into())),
        }
    }

    fn takes_connect(&self) -> bool {
        self.table.connect.is_some()
    }
}

impl fmt::Debug for AsyncRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.routes.fmt(f)
    }
}
