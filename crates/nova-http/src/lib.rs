//! Nova HTTP: an HTTP/1.1 server engine.
//!
//! ```no_run
//! use nova_http::{Answered, Request, Response, Server};
//!
//! fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
//!     response.fields(&[("content-type", "text/plain")]).send(b"Hello World")
//! }
//!
//! # fn main() -> Result<(), nova_http::ServerError> {
//! Server::bind("127.0.0.1:3000")?.workers(2).serve(hello)
//! # }
//! ```
//!
//! # Layers
//! A connection is a slot in a [`Worker`]: `Driver ↔ Transport ↔ Protocol ↔ Application`. Each
//! arrow is a trait, and each neighbour can be replaced by a fake:
//!
//! - [`nova_io::Driver`] moves octets of sockets (a kernel's, or a simulated network's);
//! - [`Transport`] opens and seals them (not at all for [`Plain`]);
//! - [`Protocol`] makes requests of them ([`Http1`], [`Tunnel`]);
//! - [`Application`] answers; [`Handler`] is the simple form of it.
//!
//! Most programs need [`Server`], [`Handler`], [`Limits`] and nothing below.
//!
//! # What a handler may do
//! Handlers run on the worker's thread, one at a time, so they must not block: what takes long is
//! deferred ([`Response::defer`]) and answered from another thread. A handler that panics has
//! answered 500; the server goes on.
//!
//! # Features
//! `json` (off by default): `Request::json` and `Response::json`, with serde.

#![forbid(unsafe_code)]

mod answer;
mod application;
mod balance;
mod buffers;
mod connection;
mod counters;
mod exchange;
pub mod fields;
mod handler;
mod limits;
mod mailbox;
mod protocol;
mod proxies;
mod proxy_protocol;
mod request;
mod router;
mod routes;
mod server;
mod slots;
mod stack;
pub mod testing;
mod timers;
mod transport;
mod worker;

pub use answer::{Answer, AnswerError, Content, OwnedAnswer, Prepared, Status};
pub use application::Application;
pub use counters::{Counter, Counters};
pub use exchange::{Exchange, ExchangeError, ExchangeId, Gone, Outlet, Post, Responder, Written};
#[cfg(feature = "json")]
pub use handler::JsonError;
pub use handler::{Answered, Buffered, Handler, Request, Response};
pub use limits::Limits;
pub use nova_http1::{Field, Fields, Method, Target, TargetForm, Version};
pub use protocol::{Awaits, Cx, Flow, Http1, Protocol, Tools, Tunnel};
pub use proxies::{ForwardedField, NotANetwork, TrustedProxies};
pub use proxy_protocol::{Proxied, ProxyError, ProxyHeader};
pub use request::{Incoming, OwnedHead, RequestHead};
pub use router::Router;
pub use routes::{Lookup, PathParams, RouteError, Routes};
pub use server::{Handle, Running, Server, ServerError};
pub use stack::{PlainHttp, Stack};
pub use transport::{Opened, Plain, Transport, TransportError};
pub use worker::{Next, Worker};
