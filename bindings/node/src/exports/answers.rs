//! What is written to a connection.

#![forbid(unsafe_code)]

use crate::deliver::key;
use crate::engine::Engine;
use crate::napi::{Call, Result, Value};

/// Octets of answers that wait for others of their pipeline.
const HELD: usize = 64 * 1024;

/// `write(name, text, length, latin1)`: sends, or holds while other requests of the connection wait.
/// How many octets have not left yet; -1 if there is no such connection any more.
pub(super) fn write(engine: &Engine, call: &Call) -> Result<Value> {
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
pub(super) fn write_octets(engine: &Engine, call: &Call) -> Result<Value> {
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
pub(super) fn write_pieces(engine: &Engine, call: &Call) -> Result<Value> {
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
pub(super) fn unsent(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    let unsent = engine.worker(|worker| worker.unsent(key)).flatten();
    call.env.number(unsent.map_or(-1.0, |octets| octets as f64))
}

/// `tellWhenDrained(name)`.
pub(super) fn tell_when_drained(engine: &Engine, call: &Call) -> Result<Value> {
    engine.visit(key(call.number(0)?), |protocol, _| protocol.wants_drain = true);
    call.env.undefined()
}
