//! Watching answers: what [`Server::on_response`](crate::Server::on_response) is told.
//!
//! Unset, it costs a look at an `Option`. Set, each exchange keeps a copy of its request's head until
//! it has ended.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::exchange::{ExchangeId, Gone};
use crate::request::{OwnedHead, RequestHead};

/// An exchange that has ended.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use nova_http::testing::Bench;
/// use nova_http::{Call, Hooks, Limits, OnResponse, PlainHttp, Responded, Tasks};
/// use nova_io::sim::Network;
///
/// let lines = Arc::new(Mutex::new(Vec::new()));
/// let written = lines.clone();
/// let on_response: OnResponse = Arc::new(move |it: &Responded<'_>| {
///     let target = String::from_utf8_lossy(it.head.target.raw);
///     written.lock().unwrap().push(format!("{target} {:?} {}", it.status, it.octets));
/// });
/// let hooks = Hooks { on_response: Some(on_response), ..Hooks::default() };
/// # async fn hello(_: Call) -> &'static str { "hello" }
/// # let make = |_| (PlainHttp, Tasks::new(hello));
/// # let mut bench = Bench::watched(Network::calm(), Limits::default(), hooks, 1, make);
/// # let mut client = bench.connect();
/// # client.write(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
/// # bench.drain(&mut client);
/// assert_eq!(*lines.lock().unwrap(), ["/a Some(200) 5"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Responded<'a> {
    /// Its name.
    pub exchange: ExchangeId,
    /// The client.
    pub peer: Option<SocketAddr>,
    /// The request.
    pub head: RequestHead<'a>,
    /// The status of the final answer; `None` if it ended without one.
    pub status: Option<u16>,
    /// Octets of the answer's content that were handed to the connection.
    pub octets: u64,
    /// From the request's head to the end of the answer.
    pub took: Duration,
    /// Why the answer was not completed, if it was not.
    pub gone: Option<Gone>,
}

/// What is told about answers. Runs on the worker's thread, so it must not block.
///
/// ```
/// use std::sync::Arc;
///
/// use nova_http::{Hooks, OnResponse, Responded};
///
/// let tell: OnResponse = Arc::new(|it: &Responded<'_>| {
///     println!("{:?} in {:?}", it.status, it.took);
/// });
/// let hooks = Hooks { on_response: Some(tell), ..Hooks::default() };
/// assert!(hooks.on_response.is_some());
/// ```
pub type OnResponse = Arc<dyn Fn(&Responded<'_>) + Send + Sync>;

/// What must be remembered of an exchange that is watched.
#[derive(Debug)]
pub(crate) struct Trace {
    head: OwnedHead,
    began: Instant,
    pub(crate) octets: u64,
}

impl Trace {
    pub(crate) fn of(head: &RequestHead<'_>) -> Self {
        Self { head: head.to_owned(), began: Instant::now(), octets: 0 }
    }

    pub(crate) fn tell(
        &self,
        hook: &OnResponse,
        exchange: ExchangeId,
        peer: Option<SocketAddr>,
        status: Option<u16>,
        gone: Option<Gone>,
    ) {
        hook(&Responded {
            exchange,
            peer,
            head: self.head.head(),
            status,
            octets: self.octets,
            took: self.began.elapsed(),
            gone,
        });
    }
}
