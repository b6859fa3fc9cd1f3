//! What a server asks: to listen and to take connections in, and whether the process waits for it.

use std::os::fd::BorrowedFd;

use nova_io::portable::{Listener, Socket};

use crate::engine::Engine;
use crate::napi::{Call, Env, Result, Value};

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
pub(super) fn listen(engine: &Engine, call: &Call) -> Result<Value> {
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
pub(super) fn adopt(engine: &Engine, call: &Call) -> Result<Value> {
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
pub(super) fn unlisten(engine: &Engine, call: &Call) -> Result<Value> {
    engine.worker(|worker| worker.unlisten());
    call.env.undefined()
}

/// `leave()`: the end.
pub(super) fn leave(engine: &Engine, call: &Call) -> Result<Value> {
    engine.leave();
    call.env.undefined()
}

/// `hold(on)`: whether the loop goes on for this engine.
pub(super) fn hold(engine: &Engine, call: &Call) -> Result<Value> {
    engine.hold_the_loop(call.boolean(0)?);
    call.env.undefined()
}

/// `timeouts(words)`: shares the time limits of sockets.
pub(super) fn timeouts(engine: &Engine, call: &Call) -> Result<Value> {
    engine.queue.share_timeouts(call.env.words(call.arguments[0])?);
    call.env.undefined()
}
