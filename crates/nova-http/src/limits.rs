//! Every bound of the server, in one place, each with its default and its reason.

use std::time::Duration;

/// What a server allows its clients. All values are per connection unless they say otherwise.
///
/// Deadlines start when the worker could have read: a server that was busy does not blame its
/// clients for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bounds of one message: octets of the head, field lines, content, chunk extensions, trailers.
    pub message: nova_http1::Limits,
    /// How long a connection may be idle between requests, or before its first one. Default 75 s,
    /// as nginx: above the 60 s after which common load balancers drop an idle connection, so that
    /// it is the balancer that closes and no request meets a closing server. Crossed: closed
    /// silently.
    pub idle: Duration,
    /// From the first octet of a head to its last. Default 30 s, as hyper and Kestrel (Node and
    /// nginx: 60 s). Crossed: 408.
    pub head: Duration,
    /// The longest silence within content. Default 30 s (nginx: 60 s between reads). Crossed: 408.
    pub content_silence: Duration,
    /// How long a peer may take no octet of an answer that waits for it. Default 30 s (nginx: 60 s;
    /// hyper and Node have none). Crossed: reset.
    pub write_stall: Duration,
    /// After the last answer of a connection, how long we go on reading (and discarding) so that the
    /// client can read that answer instead of a reset (RFC 9112 §9.6). Default 5 s, as nginx.
    pub linger: Duration,
    /// Unread content of an early answer up to which it is worth reading on instead of closing the
    /// connection. Default 64 KiB: about what one receive brings.
    pub drain_bytes: u64,
    /// Requests of a connection whose answers may be outstanding at once. Default 1: handlers of
    /// pipelined requests run in order. Answers made at once do not count.
    pub open_exchanges: usize,
    /// Octets of answers that a client has not taken before we stop reading its requests.
    /// Default 64 KiB: enough for a whole pipeline, little enough for thousands of slow readers.
    pub unsent_bytes: usize,
    /// Requests of one connection served in one turn before the others get theirs. Default 64.
    pub requests_per_turn: u32,
    /// Connections of one worker. Default 25,000, as actix and ntex. Crossed: the client waits in
    /// the kernel's queue until another connection ends.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: nova_http1::Limits::default(),
            idle: Duration::from_secs(75),
            head: Duration::from_secs(30),
            content_silence: Duration::from_secs(30),
            write_stall: Duration::from_secs(30),
            linger: Duration::from_secs(5),
            drain_bytes: 64 * 1024,
            open_exchanges: 1,
            unsent_bytes: 64 * 1024,
            requests_per_turn: 64,
            connections: 25_000,
        }
    }
}
