//! Handlers that are futures, in conversations over the simulated network, with time under control.

mod answers;
mod blocking;
mod content;
mod ends;
#[cfg(feature = "json")]
mod json;
mod other_tasks;
mod routing;
mod streaming;
mod time;
mod tunnels;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use nova_http::testing::Bench;
use nova_http::{AsyncHandler, Call, Counters, Limits, PlainHttp, Reply, Tasks};
use nova_io::sim::{Client, Network};

type Server<H> = Bench<PlainHttp, Tasks<H>>;

const DATE: &str = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

fn server<H: AsyncHandler>(handler: H) -> Server<H> {
    with(Network::calm(), Limits::default(), handler)
}

fn with<H: AsyncHandler>(network: Network, limits: Limits, handler: H) -> Server<H> {
    Bench::tasks(network, limits, handler)
}

/// The 200 with this text.
fn ok(text: &str) -> String {
    let kind = "content-type: text/plain; charset=utf-8\r\n";
    format!("HTTP/1.1 200 OK\r\n{DATE}{kind}Content-Length: {}\r\n\r\n{text}", text.len())
}

/// Sends `octets` and gives back what is answered.
fn ask<H: AsyncHandler>(bench: &mut Server<H>, client: &mut Client, octets: &[u8]) -> String {
    client.write(octets);
    String::from_utf8(bench.drain(client)).unwrap()
}

/// What has arrived at the client.
fn text(client: &mut Client) -> String {
    String::from_utf8(client.drain()).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

fn content(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, content)| content)
}

fn post(path: &str, content: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{content}", content.len())
}

/// Every failure that was counted, as `reason in phase`.
fn failures(counters: &Counters) -> Vec<String> {
    let all = counters.failures.all();
    all.map(|(reason, phase, count)| format!("{count} {} in {}", reason.name(), phase.name()))
        .collect()
}

/// Says that it has been dropped.
#[derive(Clone, Default)]
struct Dropped(Rc<Cell<usize>>);

impl Dropped {
    fn count(&self) -> usize {
        self.0.get()
    }

    /// Counts when it is dropped.
    fn guard(&self) -> impl Drop + use<> {
        struct Guard(Rc<Cell<usize>>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        Guard(self.0.clone())
    }
}

/// A place where a handler leaves something for another task, which the test is.
struct Place<T>(Rc<RefCell<Option<T>>>);

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> Place<T> {
    fn put(&self, it: T) {
        *self.0.borrow_mut() = Some(it);
    }

    fn take(&self) -> T {
        self.0.borrow_mut().take().expect("it was left here")
    }
}

/// Polls once, as a task does that nobody wakes.
fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A handler that gets a copy of `state` with each call.
fn sharing<S, F, H>(state: &S, handler: H) -> impl AsyncHandler + use<S, F, H>
where
    S: Clone,
    F: Future<Output: Into<Reply>>,
    H: Fn(S, Call) -> F,
{
    let state = state.clone();
    move |call| handler(state.clone(), call)
}
