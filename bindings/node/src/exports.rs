//! What JavaScript may ask of an engine: the class `Engine`, for `lib/engine.js` and nobody else.

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::ptr::null_mut;

use napi_sys as sys;
use nova_io::portable::{Listener, Socket};
use nova_io::{Driver, Time};

use crate::deliver::{Handlers, key, name};
use crate::engine::Engine;
use crate::napi::{Call, Env, Refused, Result, Value, unwrap, wrap};

type Method = fn(&Engine, &Call) -> Result<Value>;

/// A method as Node calls it.
macro_rules! method {
    ($function:ident) => {{
        unsafe extern "C" fn called(
            env: sys::napi_env,
            info: sys::napi_callback_info,
        ) -> sys::napi_value {
            answer(Env(env), info, $function)
        }
        (stringify!($function), called as unsafe extern "C" fn(_, _) -> _)
    }};
}

/// Calls `method` for the engine that JavaScript has called it on; whatever is refused is `undefined`.
fn answer(env: Env, info: sys::napi_callback_info, method: Method) -> sys::napi_value {
    let called = Call::of(env, info).and_then(|call| {
        // SAFETY: `Engine` is the only class of the addon.
        let engine = unsafe { unwrap::<Engine>(env, call.this)? };
        method(&engine, &call)
    });
    called.map_or(null_mut(), |value| value.0)
}

/// `new Engine(this, resource, functions, words, inbox, headBytes)`.
unsafe extern "C" fn construct(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let env = Env(env);
    let made = Call::of(env, info).and_then(|call| {
        let [this, resource, functions, words, inbox, _] = call.arguments;
        let handlers = Handlers::new(env, [this, resource], functions, [words, inbox])?;
        let engine = Engine::start(env, handlers, call.natural(5)?)?;
        wrap(env, call.this, engine)?;
        Ok(call.this)
    });
    match made {
        Ok(this) => this.0,
        Err(Refused) => {
            env.throw(c"ERR_NOVA_ENGINE", "the engine could not be started");
            null_mut()
        }
    }
}

fn failed(env: Env, error: &std::io::Error) -> Result<Value> {
    env.number(f64::from(-error.raw_os_error().unwrap_or(1)))
}

/// A descriptor of Node's, which it keeps open for the call.
fn borrowed<R>(descriptor: f64, call: impl FnOnce(BorrowedFd<'_>) -> R) -> R {
    // SAFETY: Node's handles keep their descriptors open while JavaScript holds them, as the caller
    // does for this call.
    call(unsafe { BorrowedFd::borrow_raw(descriptor as i32) })
}

/// `listen(fd, backlog)`: accepts on Node's own listening socket. Zero, or a negative error number.
fn listen(engine: &Engine, call: &Call) -> Result<Value> {
    let (descriptor, backlog) = (call.number(0)?, call.number(1)? as i32);
    let listening = borrowed(descriptor, |descriptor| {
        socket2::SockRef::from(&descriptor).listen(backlog)?;
        let listener = Listener::from_fd(descriptor.try_clone_to_owned()?)?;
        engine.listen(listener)
    });
    match listening {
        Ok(()) => call.env.number(0.0),
        Err(error) => failed(call.env, &error),
    }
}

/// `adopt(fd)`: takes in a connection that another process has accepted.
fn adopt(engine: &Engine, call: &Call) -> Result<Value> {
    let cloned = borrowed(call.number(0)?, |descriptor| descriptor.try_clone_to_owned());
    let adopted = cloned.and_then(|descriptor| {
        let socket = Socket::from_std(descriptor.into())?;
        engine.take_in(socket);
        Ok(())
    });
    match adopted {
        Ok(()) => call.env.number(0.0),
        Err(error) => failed(call.env, &error),
    }
}

/// `unlisten()`.
fn unlisten(engine: &Engine, call: &Call) -> Result<Value> {
    engine.worker(|worker| worker.unlisten());
    call.env.undefined()
}

/// `take()`: what there is to know of the event of the inbox that JavaScript is at.
fn take(engine: &Engine, _: &Call) -> Result<Value> {
    crate::deliver::take(engine)
}

/// `thrown(error)`: what a handler or a tick has thrown, which may be the end of the process: what was
/// answered before leaves before.
fn thrown(engine: &Engine, call: &Call) -> Result<Value> {
    engine.send_held();
    call.env.uncaught(call.arguments[0])?;
    call.env.undefined()
}

/// `sendHeld()`: answers of a pipeline wait no longer.
fn send_held(engine: &Engine, call: &Call) -> Result<Value> {
    engine.send_held();
    call.env.undefined()
}

/// `leave()`: the end.
fn leave(engine: &Engine, call: &Call) -> Result<Value> {
    engine.leave();
    call.env.undefined()
}

/// `hold(on)`: whether the loop goes on for this engine.
fn hold(engine: &Engine, call: &Call) -> Result<Value> {
    engine.hold_the_loop(call.boolean(0)?);
    call.env.undefined()
}

/// `timeouts(words)`: shares the time limits of sockets.
fn timeouts(engine: &Engine, call: &Call) -> Result<Value> {
    engine.queue.share_timeouts(call.env.words(call.arguments[0])?);
    call.env.undefined()
}

/// Octets of answers that wait for others of their pipeline.
const HELD: usize = 64 * 1024;

/// `write(name, text, length, latin1)`: sends, or holds while other requests of the connection wait.
/// How many octets have not left yet; -1 if there is no such connection any more.
fn write(engine: &Engine, call: &Call) -> Result<Value> {
    let (key, length) = (key(call.number(0)?), call.number(2)? as usize);
    let latin1 = call.boolean(3)?;
    let text = call.arguments[1];
    if engine.is_held(key) {
        let held = engine.hold_back(key, |held| call.env.append(text, length, latin1, held))?;
        if held >= HELD {
            engine.send_held();
        }
        return unsent(engine, call);
    }
    engine.send_held_of(key);
    let mut appended = Ok(());
    engine.visit(key, |protocol, cx| {
        appended = protocol.write(cx, |out| call.env.append(text, length, latin1, out));
    });
    appended?;
    unsent(engine, call)
}

/// `writeOctets(name, buffer)`: as `write`.
fn write_octets(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    engine.send_held_of(key);
    call.env.octets(call.arguments[1], |octets| {
        engine.visit(key, |protocol, cx| protocol.write(cx, |out| out.extend_from_slice(octets)));
    })?;
    unsent(engine, call)
}

/// `writePieces(name, pieces, count)`: as `write`, of what was written while the socket was corked:
/// values, each with a number behind it that says what it is (0 UTF-8, 1 Latin-1, 2 octets), and, times
/// four, how long.
fn write_pieces(engine: &Engine, call: &Call) -> Result<Value> {
    let (env, key, count) = (call.env, key(call.number(0)?), call.natural(2)?);
    engine.send_held_of(key);
    let pieces = call.arguments[1];
    let append = |index: u32, out: &mut Vec<u8>| {
        let piece = env.element(pieces, 2 * index)?;
        let about = env.as_number(env.element(pieces, 2 * index + 1)?)? as usize;
        match about % 4 {
            2 => env.octets(piece, |octets| out.extend_from_slice(octets)),
            kind => env.append(piece, about / 4, kind == 1, out),
        }
    };
    let mut appended = Ok(());
    engine.visit(key, |protocol, cx| {
        appended = protocol.write(cx, |out| (0..count).try_for_each(|index| append(index, out)));
    });
    appended?;
    unsent(engine, call)
}

/// `unsent(name)`: how many octets have not left yet; -1 if there is no such connection any more.
fn unsent(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let unsent = engine.worker(|worker| worker.unsent(key)).flatten();
    call.env.number(unsent.map_or(-1.0, |octets| octets as f64))
}

/// `tellWhenDrained(name)`.
fn tell_when_drained(engine: &Engine, call: &Call) -> Result<Value> {
    engine.visit(key(call.number(0)?), |protocol, _| protocol.wants_drain = true);
    call.env.undefined()
}

/// `pause(name, on)`: whether no octets are wanted for the moment.
fn pause(engine: &Engine, call: &Call) -> Result<Value> {
    let on = call.boolean(1)?;
    engine.visit(key(call.number(0)?), |protocol, _| protocol.paused = on);
    call.env.undefined()
}

/// `tap(name, on)`: whether JavaScript gets what is received, too.
fn tap(engine: &Engine, call: &Call) -> Result<Value> {
    let on = call.boolean(1)?;
    engine.visit(key(call.number(0)?), |protocol, _| protocol.tapped = on);
    call.env.undefined()
}

/// `goOn(name)`: the engine goes on with a request that it was held for.
fn go_on(engine: &Engine, call: &Call) -> Result<Value> {
    engine.visit(key(call.number(0)?), |protocol, _| protocol.go_on());
    call.env.undefined()
}

/// `look(name)`: the socket has a shorter time limit now.
fn look(engine: &Engine, call: &Call) -> Result<Value> {
    engine.visit(key(call.number(0)?), |protocol, cx| protocol.touch(cx.now));
    call.env.undefined()
}

/// `end(name)`: ends our direction when everything has left, then the connection.
fn end(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    engine.send_held_of(key);
    engine.visit(key, |protocol, _| protocol.end());
    unsent(engine, call)
}

/// `cut(name, reset)`: gives the connection up at once.
fn cut(engine: &Engine, call: &Call) -> Result<Value> {
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
fn release(engine: &Engine, call: &Call) -> Result<Value> {
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

/// `connections(kind, head, request)`: names of connections: 0 all, 1 idle, 2 those whose head or
/// request has begun so many milliseconds ago and is not complete (zero: no limit).
fn connections(engine: &Engine, call: &Call) -> Result<Value> {
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
fn descriptor(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let descriptor =
        engine.worker(|worker| worker.driver().socket(key).map(|socket| socket.as_raw_fd()));
    call.env.number(f64::from(descriptor.flatten().unwrap_or(-1)))
}

/// `address(name, peer)`: `[address, port, family]` of either end, or nothing.
fn address(engine: &Engine, call: &Call) -> Result<Value> {
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

/// `option(name, which, value)`: 0 no delay, 1 keep-alive after so many seconds (negative: off).
fn option(engine: &Engine, call: &Call) -> Result<Value> {
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

/// `written(name)`: octets that were written to the connection.
fn written(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let held = engine.held_of(key) as u64;
    let written =
        engine.worker(|worker| worker.protocol(key).map(|protocol| protocol.written)).flatten();
    call.env.number((written.unwrap_or_default() + held) as f64)
}

/// `received(name)`: octets that have come on the connection.
fn received(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let received =
        engine.worker(|worker| worker.protocol(key).map(|protocol| protocol.received)).flatten();
    call.env.number(received.unwrap_or_default() as f64)
}

/// `duplicate(name)`: another descriptor of the connection, or -1.
fn duplicate(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let duplicated = engine.worker(|worker| {
        let socket = worker.driver().socket(key)?;
        socket.try_clone_to_owned().ok().map(IntoRawFd::into_raw_fd)
    });
    call.env.number(f64::from(duplicated.flatten().unwrap_or(-1)))
}

/// `requests()`: how many the engine has read.
fn requests(engine: &Engine, call: &Call) -> Result<Value> {
    call.env.number(engine.queue.requests() as f64)
}

/// `count()`: how many connections the engine has.
fn count(engine: &Engine, call: &Call) -> Result<Value> {
    let count = engine.worker(|worker| worker.connections()).unwrap_or_default();
    call.env.number(count as f64)
}

fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let (initial, rest) = part.split_at(1);
        name.push_str(&initial.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}

/// Node loads the addon.
#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_value {
    let methods = [
        method!(listen),
        method!(adopt),
        method!(unlisten),
        method!(take),
        method!(send_held),
        method!(thrown),
        method!(leave),
        method!(hold),
        method!(timeouts),
        method!(write),
        method!(write_octets),
        method!(write_pieces),
        method!(unsent),
        method!(tell_when_drained),
        method!(pause),
        method!(tap),
        method!(go_on),
        method!(look),
        method!(end),
        method!(cut),
        method!(release),
        method!(connections),
        method!(descriptor),
        method!(address),
        method!(option),
        method!(received),
        method!(written),
        method!(duplicate),
        method!(requests),
        method!(count),
    ];
    let names: Vec<Vec<u8>> =
        methods.iter().map(|(name, _)| [camel(name).as_bytes(), &[0]].concat()).collect();
    let properties: Vec<_> = methods
        .iter()
        .zip(&names)
        .map(|((_, method), name)| sys::napi_property_descriptor {
            utf8name: name.as_ptr().cast(),
            name: null_mut(),
            method: Some(*method),
            getter: None,
            setter: None,
            value: null_mut(),
            attributes: sys::PropertyAttributes::default,
            data: null_mut(),
        })
        .collect();
    let class: &CStr = c"Engine";
    let mut engine = null_mut();
    // SAFETY: Node calls this once for each environment, on its thread, with what is alive; the
    // descriptions are copied before it returns.
    let status = unsafe {
        sys::napi_define_class(
            env,
            class.as_ptr(),
            -1,
            Some(construct),
            null_mut(),
            properties.len(),
            properties.as_ptr(),
            &mut engine,
        )
    };
    if status == sys::Status::napi_ok {
        let _ = Env(env).set(Value(exports), class, Value(engine));
    }
    exports
}
