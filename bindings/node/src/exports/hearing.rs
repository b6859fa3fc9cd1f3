//! What JavaScript asks for while it hears what a turn has brought.

#![forbid(unsafe_code)]

use crate::engine::Engine;
use crate::napi::{Call, Result, Value};

/// `take()`: what there is to know of the event of the inbox that JavaScript is at.
pub(super) fn take(engine: &Engine, _: &Call) -> Result<Value> {
    crate::deliver::take(engine)
}

/// `thrown(error)`: what a handler or a tick has thrown, which may be the end of the process: what was
/// answered before leaves before.
pub(super) fn thrown(engine: &Engine, call: &Call) -> Result<Value> {
    engine.send_held();
    call.env.uncaught(call.arguments[0])?;
    call.env.undefined()
}

/// `sendHeld()`: answers of a pipeline wait no longer.
pub(super) fn send_held(engine: &Engine, call: &Call) -> Result<Value> {
    engine.send_held();
    call.env.undefined()
}
