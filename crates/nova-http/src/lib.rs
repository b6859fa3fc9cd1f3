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
//! # Futures
//! A handler may be an async function ([`AsyncHandler`], [`Server::serve_async`]): its futures are
//! polled by the worker, need not be `Send`, and are dropped when their client leaves. They wait with
//! [`Call::sleep`], have blocking work done with [`Call::blocking`], and with the feature `tokio` use
//! everything of Tokio's (`Server::tokio`).
//!
//! # Features
//! - `json` (off by default): `Request::json` and `Response::json`, `Call::json` and
//!   `OwnedAnswer::json`, with serde.
//! - `tokio` (off by default): `Server::tokio`, on Unix.

#![forbid(unsafe_code)]
// Where the documentation is published, items say which feature they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod addresses;
mod answer;
mod application;
mod balance;
mod blocking;
mod buffered;
mod buffers;
mod by_exchange;
mod connection;
mod counters;
mod exchange;
mod failures;
pub mod fields;
mod file;
mod flowing;
mod handler;
mod limits;
mod mailbox;
mod observe;
mod out;
mod protocol;
mod proxies;
mod proxy_protocol;
mod remote;
mod report;
mod request;
mod router;
mod routes;
mod seen;
mod server;
mod slots;
mod spill;
mod stack;
mod task;
pub mod testing;
mod timers;
mod transport;
mod worker;

pub use answer::{
    Answer, AnswerError, Content, OwnedAnswer, OwnedStreamed, Prepared, Status, Streamed,
};
pub use application::Application;
pub use buffered::Buffered;
pub use by_exchange::{ByExchange, Mix};
pub use bytes::Bytes;
pub use counters::{Counter, Counters};
pub use exchange::{Bounds, Exchange, ExchangeError, ExchangeId, Gone, Outlet, Written};
pub use failures::{Failed, Failures, OnFailure, Phase, Reason};
pub use file::FileContent;
pub use flowing::Flowing;
#[cfg(feature = "json")]
pub use handler::JsonError;
pub use handler::{Answered, Handler, Receive, Request, Response};
pub use limits::Limits;
pub use nova_http1::{Field, Fields, Method, Target, TargetForm, Version};
pub use nova_io::portable::{Endpoint, Keepalive, ListenOptions, Listener};
pub use nova_io::{Key, Time};
pub use observe::{OnResponse, Responded};
pub use out::Out;
pub use protocol::{Awaits, Cx, Flow, Http, Http1, Protocol, Tools, Tunnel};
pub use proxies::{ForwardedField, NotANetwork, TrustedProxies};
pub use proxy_protocol::{Proxied, ProxyError, ProxyHeader};
pub use remote::{Late, Lost, Post, Remote, RemoteContent, Responder};
pub use report::Report;
pub use request::{Incoming, OwnedHead, RequestHead};
pub use router::Router;
pub use routes::{Lookup, PathParams, RouteError, Routes};
pub use seen::{Hooks, Seen};
pub use server::{Activated, Handle, IntoListener, Running, Server, ServerError, activated};
pub use stack::{Opening, PlainHttp, ProxiedHttp, Stack};
#[cfg(feature = "json")]
pub use task::CallJsonError;
pub use task::{
    AsyncHandler, AsyncRouter, Call, Clock, ContentError, Reply, Sleep, SlotWaker, Tasks,
    TunnelEnds, TunnelReader, TunnelWriter, WithConnect, Woken, Work, WorkError, Writer,
};
pub use transport::{Opened, Plain, Transport, TransportError};
pub use worker::{Next, Released, Worker};

/// The programs of the package's own page are compiled, and run where they need no port.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
