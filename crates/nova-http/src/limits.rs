//! Every bound of the server, in one place, each with its default and its reason.

use std::time::Duration;

/// A bound that is not set: longer than any machine runs.
const NEVER: Duration = Duration::MAX;

/// What a server allows its clients. All values are per connection unless they say otherwise.
///
/// Deadlines start when the worker could have read: a server that was busy does not blame its
/// clients for it. What crosses a bound is counted ([`Counters`](crate::Counters)), told to
/// [`Server::on_failure`](crate::Server::on_failure), and answered as the bound's own text says.
///
/// ```
/// use std::time::Duration;
/// use nova_http::Limits;
///
/// let limits = Limits { idle: Duration::from_secs(10), ..Limits::default() };
/// assert_eq!(limits.head, Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bounds of one message: octets of the head, field lines, content, chunk extensions, trailers.
    pub message: nova_http1::Limits,
    /// How long a connection may be idle between requests, or before its first one. Default 75 s,
    /// as nginx (Node 5 s, since version 26 65 s; hyper none): above the 60 s after which common
    /// load balancers drop an idle connection, so that it is the balancer that closes and no request
    /// meets a closing server. Crossed: closed silently.
    pub idle: Duration,
    /// From the first octet of a head to its last. Default 30 s, as hyper and Kestrel (Node and
    /// nginx: 60 s). Crossed: 408.
    pub head: Duration,
    /// How often it is looked at whether content arrives as fast as [`Limits::content_rate`] asks; a
    /// span without an octet is always too slow. Default 30 s (nginx: 60 s between two reads; Node:
    /// 300 s for the whole request; hyper none). Counts only while we are ready to receive.
    /// Crossed: 408.
    pub content_silence: Duration,
    /// Octets of content each second, on the average of a span of [`Limits::content_silence`].
    /// Default 240, as Kestrel: a telephone's worst link is faster, and who sends an octet now and
    /// then to hold a connection is not. Node, nginx and hyper have no such bound. Zero: silence
    /// alone counts. Crossed: 408.
    pub content_rate: u32,
    /// How long the application may take for an answer, from the end of the head. Default: not
    /// bounded, as in Node and hyper, since waiting can be what a handler is for (long polls, server-
    /// sent events); [`Exchange::bound`](crate::Exchange::bound) bounds a single request. Crossed:
    /// 503, or a reset if the head has left.
    pub handler: Duration,
    /// How long a peer may take no octet of an answer that waits for it. Default 30 s (nginx: 60 s;
    /// hyper and Node have none). Crossed: reset.
    pub write_stall: Duration,
    /// How long a tunnel may be silent in both directions. Default: not bounded, as in Node and
    /// hyper (nginx: 60 s): what is spoken within it has pings of its own, and a peer that is no
    /// longer there is found by TCP's. Crossed: closed.
    pub tunnel_silence: Duration,
    /// After the last answer of a connection, how long we go on reading (and discarding) so that the
    /// client can read that answer instead of a reset (RFC 9112 §9.6). Default 5 s, as nginx.
    pub linger: Duration,
    /// Unread content of an early answer up to which it is worth reading on instead of closing the
    /// connection. Default 64 KiB: no more than one receive brings.
    pub drain_bytes: u64,
    /// Requests of a connection whose answers may be outstanding at once. Default 1: handlers of
    /// pipelined requests run in order, as in nginx and hyper (Node runs them at the same time).
    /// Answers made at once do not count.
    pub open_exchanges: usize,
    /// Requests after which a connection ends with an announced close. Default: not bounded, as in
    /// Node and hyper (nginx: 1,000, to give back what a connection's pools have gathered; a
    /// connection of ours gathers nothing).
    pub requests: u32,
    /// Age at which a connection ends with an announced close, after the answer under way. Default:
    /// not bounded, as in Node and hyper (nginx: one hour). Set it where clients must find new
    /// servers behind a balancer.
    pub age: Duration,
    /// Octets of answers that a client has not taken before we stop reading its requests and ask for
    /// no more content. Default 64 KiB: enough for a whole pipeline, little enough for thousands of
    /// slow readers (Node: 64 KiB; hyper: 400 KiB).
    pub unsent_bytes: usize,
    /// Requests of one connection served in one turn before the others get theirs. Default 64.
    pub requests_per_turn: u32,
    /// Connections of one worker. Default 25,000, as actix and ntex (nginx: 512; Node and hyper:
    /// not bounded). Crossed: the client waits in the kernel's queue until another connection ends.
    pub connections: usize,
    /// Connections of all workers from one client address. Default: not bounded, as everywhere:
    /// behind a balancer or a network's gateway all clients have one address. Crossed: closed at
    /// once, before anything is read.
    pub connections_per_address: usize,
    /// Octets that one worker's buffers may hold: unfinished heads, collected content, answers that
    /// were not taken. Default 256 MiB: a hundred times the largest default request, far from what a
    /// server has. Node, nginx and hyper have no such bound. Crossed: the connection that holds most
    /// is given up first, with 503 if it can still be answered.
    pub buffer_bytes: usize,
    /// Threads that run [`blocking`](crate::Response::blocking) work, for all workers; they are
    /// started when needed. Default 64 (Tokio: 512; Node: 4).
    pub blocking_threads: usize,
    /// Blocking work that may wait for a thread. Default 1,024. Crossed: 503.
    pub blocking_queue: usize,
}

impl Limits {
    /// The octets that must arrive in a span of content.
    pub(crate) fn octets_in_a_span(&self) -> u64 {
        u64::from(self.content_rate).saturating_mul(self.content_silence.as_secs()).max(1)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: nova_http1::Limits::default(),
            idle: Duration::from_secs(75),
            head: Duration::from_secs(30),
            content_silence: Duration::from_secs(30),
            content_rate: 240,
            handler: NEVER,
            write_stall: Duration::from_secs(30),
            tunnel_silence: NEVER,
            linger: Duration::from_secs(5),
            drain_bytes: 64 * 1024,
            open_exchanges: 1,
            requests: u32::MAX,
            age: NEVER,
            unsent_bytes: 64 * 1024,
            requests_per_turn: 64,
            connections: 25_000,
            connections_per_address: usize::MAX,
            buffer_bytes: 256 * 1024 * 1024,
            blocking_threads: 64,
            blocking_queue: 1_024,
        }
    }
}
