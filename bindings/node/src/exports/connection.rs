//! What one connection is to do: to wait or to go on, to end, to be given out.

#![forbid(unsafe_code)]

use std::os::fd::{IntoRawFd, OwnedFd};

use super::answers::unsent;
use crate::deliver::key;
use crate::engine::Engine;
use crate::napi::{Call, Result, Value};

/// `pause(name, on)`: whether no octets are wanted for the moment.
pub(super) fn pause(engine: &Engine, call: &Call) -> Result<Value> {
    let on = call.boolean(1)?;
    engine.visit(key(call.number(0)?), |protocol, _| protocol.paused = on);
    call.env.undefined()
}

/// `tap(name, on)`: whether JavaScript gets what is received, too.
pub(super) fn tap(engine: &Engine, call: &Call) -> Result<Value> {
    let on = call.boolean(1)?;
    engine.visit(key(call.number(0)?), |protocol, _| protocol.tapped = on);
    call.env.undefined()
}

/// `goOn(name)`: the engine goes on with a request that it was held for.
pub(super) fn go_on(engine: &Engine, call: &Call) -> Result<Value> {
    engine.visit(key(call.number(0)?), |protocol, _| protocol.go_on());
    call.env.undefined()
}

/// `look(name)`: the socket has a shorter time limit now.
pub(super) fn look(engine: &Engine, call: &Call) -> Result<Value> {
    engine.visit(key(call.number(0)?), |protocol, cx| protocol.touch(cx.now));
    call.env.undefined()
}

/// `option(name, which, value)`: 0 no delay, 1 keep-alive after so many seconds (negative: off).
pub(super) fn option(engine: &Engine, call: &Call) -> Result<Value> {
    let (key, which, value) = (key(call.number(0)?), call.natural(1)?, call.number(2)?);
    engine.worker(|worker| {
        let socket = worker.driver().socket(key)?;
        let socket = socket2::SockRef::from(&socket);
        match which {
            0 => socket.set_tcp_nodelay(value != 0.0).ok(),
            _ if value < 0.0 => socket.set_keepalive(false).ok(),
            _ if value < 1.0 => socket.set_keepalive(true).ok(),
            _ => {
                let after = std::time::Duration::from_secs(value as u64);
                socket.set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(after)).ok()
            }
        }
    });
    call.env.undefined()
}

/// `end(name)`: ends our direction when everything has left, then the connection.
pub(super) fn end(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    engine.send_held_of(key);
    engine.visit(key, |protocol, _| protocol.end());
    unsent(engine, call)
}

/// `cut(name, reset)`: gives the connection up at once.
pub(super) fn cut(engine: &Engine, call: &Call) -> Result<Value> {
    let (key, reset) = (key(call.number(0)?), call.boolean(1)?);
    engine.send_held_of(key);
    if reset {
        engine.visit(key, |protocol, _| protocol.cut());
    } else {
        drop(engine.worker(|worker| worker.release(key)));
    }
    call.env.undefined()
}

/// `release(name)`: gives the connection out: `[fd, unread, unsent]`, or nothing.
pub(super) fn release(engine: &Engine, call: &Call) -> Result<Value> {
    let (env, key) = (call.env, key(call.number(0)?));
    engine.send_held_of(key);
    let Some(released) = engine.worker(|worker| worker.release(key)).flatten() else {
        return env.undefined();
    };
    let Ok(stream) = released.socket.into_std() else { return env.undefined() };
    let _ = stream.set_nonblocking(true);
    let descriptor = OwnedFd::from(stream).into_raw_fd();
    env.array(&[
        env.number(f64::from(descriptor))?,
        env.buffer(&released.unread)?,
        env.buffer(&released.unsent)?,
    ])
}
