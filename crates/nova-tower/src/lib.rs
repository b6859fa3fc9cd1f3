//! tower and axum applications on the Nova HTTP engine.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//!
//! # #[tokio::main]
//! # async fn main() -> std::io::Result<()> {
//! let app = Router::new().route("/", get(|| async { "Hello, World!" }));
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await?;
//! nova_tower::serve(listener, app).await?; // It was `axum::serve`.
//! # Ok(())
//! # }
//! ```
//!
//! # What is served
//! Any [`Service`](tower_service::Service) of `http::Request<`[`Body`]`>` whose responses have an
//! [`http_body::Body`] of `Bytes`: axum's `Router`, a stack of tower's layers, a service of one's own.
//! What is `Clone` and `Send` is given as it is, and each worker gets a clone ([`serve()`],
//! [`Server::serve`]); what is not is made on each worker's thread by a closure ([`per_worker`]). What
//! makes a service for each connection, such as axum's `into_make_service_with_connect_info`, is given
//! as it is, too. A service that takes one kind of body only, axum's say, is given in [`with_body`].
//!
//! # Where it runs
//! Each worker is a thread with a Tokio runtime and a `LocalSet` of its own. A request is served from
//! its first octet to its last on one of them, and whatever its handler spawns stays there, so nothing
//! is passed between threads, and handlers need not be `Send`. It also means that a handler which
//! computes for long holds up its worker, since no other thread takes the work over: such work belongs
//! into `tokio::task::spawn_blocking`. `tokio::task::block_in_place` panics, as in every runtime with
//! one thread.
//!
//! # What a handler gets
//! A request as from hyper, and in its extensions a [`Connection`]. Its content is a [`Body`]: a client
//! sends on only as the body is read. The handler's future is dropped when its client leaves.
//!
//! # What becomes of a response
//! One whose body is at hand leaves as one piece with a `Content-Length`; others leave as they come,
//! as fast as the client reads. `Date` is added. Fields that belong to the connection are the engine's:
//! of `Connection` only `close` has an effect, `Transfer-Encoding`, `Keep-Alive`, `Proxy-Connection` and
//! `Upgrade` are left out. A `Content-Length` that disagrees with a body of known length, a status of
//! 1xx (but for an upgrade), or a service that fails or panics are answered with 500 and logged.
//!
//! # WebSocket and Upgrade
//! A request that asks for another protocol (`Connection: upgrade`, HTTP/1.1) has a
//! `hyper::upgrade::OnUpgrade` in its extensions, so axum's `WebSocketUpgrade` and
//! `hyper::upgrade::on` work as they are:
//!
//! ```
//! use axum::extract::ws::{WebSocket, WebSocketUpgrade};
//! use axum::response::Response;
//! use axum::{Router, routing::get};
//!
//! async fn echo(upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.on_upgrade(|mut socket: WebSocket| async move {
//!         while let Some(Ok(message)) = socket.recv().await {
//!             if socket.send(message).await.is_err() {
//!                 break;
//!             }
//!         }
//!     })
//! }
//!
//! let app: Router = Router::new().route("/echo", get(echo));
//! ```
//!
//! A response of 101 makes the connection a tunnel of the engine's. Its head must name the protocol in an
//! `Upgrade` field, else the client gets 500. Limits, counters, hooks and the stop are those of every
//! connection: `Limits::tunnel_silence` ends a socket that says nothing, and a stop cuts what is open
//! when its grace is over and reports it, so a socket that is to end with a close frame is told so by
//! the application. Any other response is an ordinary answer, and the connection is kept.
//!
//! A client sends on only as it is read, about 64 KiB ahead, and whoever writes waits for it to read. A
//! client that ends its direction is the end of the stream; one that has left is an error
//! (`ConnectionReset`), as are the silence (`TimedOut`) and the stop (`ConnectionAborted`). Dropped or
//! shut down, the upgraded connection ends after all that was written; what the client sends from then
//! on is not read. What a framework spawns for it stays on its worker.
//!
//! The same holds for CONNECT and a response of 2xx, if [`Server::connect`] says that the application
//! answers it.
//!
//! What it costs: each request that asks, whatever comes of it, has hyper make its `OnUpgrade` with a
//! connection in memory, which is 18 allocations and about 18 kB until the answer; nothing of the real
//! connection passes through hyper. Octets are copied once more in each direction than without hyper's
//! types. Other requests pay a look at a flag. `Upgraded::downcast` finds no socket, since there is none
//! of Tokio's.
//!
//! # Tests without a socket
//! [`Door::of`] makes an application of the engine of what can be served, for `nova_http::testing::App`
//! and its simulated network.
//!
//! # Features
//! - `axum` (on by default): [`Connection`] gives axum's `ConnectInfo<SocketAddr>`, and a [`Body`] is made
//!   an `axum::body::Body` by [`with_body`].
//! - `upgrade` (on by default): requests that ask for another protocol may get it. Without it they have
//!   no `OnUpgrade`, and hyper is no dependency but of axum's.

#![forbid(unsafe_code)]
// Where the documentation is published, items say which feature they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod app;
mod body;
mod connection;
mod door;
mod head;
mod inflow;
mod listen;
mod names;
mod options;
mod serve;
mod server;
mod slot;
#[cfg(feature = "upgrade")]
mod upgrade;

pub use app::{
    App, Instance, PerWorker, ViaConnection, ViaService, ViaWorker, WithBody, per_worker, with_body,
};
pub use body::{Body, BodyError};
pub use connection::Connection;
pub use door::Door;
pub use listen::Listen;
pub use names::FieldNames;
pub use nova_http::{
    Counters, Endpoint, Failed, Failures, Gone, Handle, Limits, Phase, Reason, Report, Responded,
    Running, ServerError, TrustedProxies,
};
pub use serve::{Serve, ServeFuture, WithGracefulShutdown, serve};
pub use server::Server;

/// The programs of the package's own page are compiled, and run where they need no port.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
