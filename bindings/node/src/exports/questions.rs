//! What can be asked about connections and about the engine.

#![forbid(unsafe_code)]

use std::os::fd::{AsRawFd, IntoRawFd};

use nova_io::{Driver, Time};

use crate::deliver::{key, name};
use crate::engine::Engine;
use crate::napi::{Call, Result, Value};

/// `connections(kind, head, request)`: names of connections: 0 all, 1 idle, 2 those whose head or
/// request has begun so many milliseconds ago and is not complete (zero: no limit).
pub(super) fn connections(engine: &Engine, call: &Call) -> Result<Value> {
    let (kind, head, request) = (call.natural(0)?, call.number(1)?, call.number(2)?);
    let keys = engine.worker(|worker| {
        let now = worker.driver().read_clock();
        let limit = |span: f64| {
            let span = std::time::Duration::from_secs_f64((span / 1_000.0).clamp(0.0, 1e9));
            (!span.is_zero()).then(|| Time::ZERO + now.since(Time::ZERO + span))
        };
        let (head, request) = (limit(head), limit(request));
        let mut keys = worker.keys();
        keys.retain(|key| match (kind, worker.protocol(*key)) {
            (_, None) => false,
            (0, Some(_)) => true,
            (1, Some(protocol)) => protocol.is_idle(),
            (_, Some(protocol)) => protocol.is_late(head, request),
        });
        keys
    });
    let keys = keys.unwrap_or_default();
    let names: Result<Vec<_>> = keys.iter().map(|key| call.env.number(name(*key))).collect();
    call.env.array(&names?)
}

/// `descriptor(name)`: for questions about the socket; it stays the engine's.
pub(super) fn descriptor(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let descriptor =
        engine.worker(|worker| worker.driver().socket(key).map(|socket| socket.as_raw_fd()));
    call.env.number(f64::from(descriptor.flatten().unwrap_or(-1)))
}

/// `address(name, peer)`: `[address, port, family]` of either end, or nothing.
pub(super) fn address(engine: &Engine, call: &Call) -> Result<Value> {
    let (key, peer) = (key(call.number(0)?), call.boolean(1)?);
    let address = engine.worker(|worker| {
        let socket = worker.driver().socket(key)?;
        let socket = socket2::SockRef::from(&socket);
        let address = if peer { socket.peer_addr() } else { socket.local_addr() };
        address.ok()?.as_socket()
    });
    let Some(address) = address.flatten() else { return call.env.undefined() };
    let family = if address.is_ipv6() { "IPv6" } else { "IPv4" };
    call.env.array(&[
        call.env.text(&address.ip().to_string())?,
        call.env.number(f64::from(address.port()))?,
        call.env.text(family)?,
    ])
}

/// `written(name)`: octets that were written to the connection.
pub(super) fn written(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let held = engine.held_of(key) as u64;
    let written =
        engine.worker(|worker| worker.protocol(key).map(|protocol| protocol.written)).flatten();
    call.env.number((written.unwrap_or_default() + held) as f64)
}

/// `received(name)`: octets that have come on the connection.
pub(super) fn received(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let received =
        engine.worker(|worker| worker.protocol(key).map(|protocol| protocol.received)).flatten();
    call.env.number(received.unwrap_or_default() as f64)
}

/// `duplicate(name)`: another descriptor of the connection, or -1.
pub(super) fn duplicate(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let duplicated = engine.worker(|worker| {
        let socket = worker.driver().socket(key)?;
        socket.try_clone_to_owned().ok().map(IntoRawFd::into_raw_fd)
    });
    call.env.number(f64::from(duplicated.flatten().unwrap_or(-1)))
}

/// `requests()`: how many the engine has read.
pub(super) fn requests(engine: &Engine, call: &Call) -> Result<Value> {
    call.env.number(engine.queue.requests() as f64)
}

/// `count()`: how many connections the engine has.
pub(super) fn count(engine: &Engine, call: &Call) -> Result<Value> {
    let count = engine.worker(|worker| worker.connections()).unwrap_or_default();
    call.env.number(count as f64)
}
