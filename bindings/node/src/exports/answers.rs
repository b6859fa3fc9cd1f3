//! What is written to a connection.

#![forbid(unsafe_code)]

use std::io::IoSlice;

use nova_io::Key;

use crate::deliver::key;
use crate::engine::Engine;
use crate::napi::{Call, Env, Result, Value};

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

/// Buffers from this size on are sent from where JavaScript has them; copying less costs no more than
/// telling the system of it.
const WORTH_LENDING: usize = 16 * 1024;

/// Sends what lies elsewhere; what the system does not take at once is copied.
fn lend(engine: &Engine, key: Key, octets: &[&[u8]]) {
    let slices: Vec<_> = octets.iter().map(|octets| IoSlice::new(octets)).collect();
    let total = octets.iter().map(|octets| octets.len()).sum();
    engine.worker(|worker| {
        worker.visit_lending(key, |protocol, cx| protocol.lend_out(total, cx.now), &slices)
    });
    engine.after();
}

/// `writeOctets(name, buffer)`: as `write`.
pub(super) fn write_octets(engine: &Engine, call: &Call) -> Result<Value> {
    let key = key(call.number(0)?);
    engine.send_held_of(key);
    call.env.octets(call.arguments[1], |octets| {
        if octets.len() >= WORTH_LENDING {
            return lend(engine, key, &[octets]);
        }
        engine.visit(key, |protocol, cx| protocol.write(cx, |out| out.extend_from_slice(octets)));
    })?;
    unsent(engine, call)
}

/// A piece of what is written at once.
#[derive(Clone, Copy)]
struct Piece {
    value: Value,
    /// 0 UTF-8, 1 Latin-1, 2 octets.
    kind: u32,
    length: usize,
}

impl Piece {
    fn of(env: Env, pieces: Value, index: u32) -> Result<Self> {
        let value = env.element(pieces, 2 * index)?;
        let about = env.as_number(env.element(pieces, 2 * index + 1)?)? as usize;
        Ok(Self { value, kind: (about % 4) as u32, length: about / 4 })
    }

    fn is_worth_lending(self) -> bool {
        self.kind == 2 && self.length >= WORTH_LENDING
    }

    fn append(self, env: Env, out: &mut Vec<u8>) -> Result<()> {
        match self.kind {
            2 => env.octets(self.value, |octets| out.extend_from_slice(octets)),
            kind => env.append(self.value, self.length, kind == 1, out),
        }
    }
}

/// `writePieces(name, pieces, count)`: as `write`, of what was written while the socket was corked:
/// values, each with a number behind it that says what it is (0 UTF-8, 1 Latin-1, 2 octets), and, times
/// four, how long.
pub(super) fn write_pieces(engine: &Engine, call: &Call) -> Result<Value> {
    let (env, key, count) = (call.env, key(call.number(0)?), call.natural(2)?);
    engine.send_held_of(key);
    let pieces: Result<Vec<_>> =
        (0..count).map(|index| Piece::of(env, call.arguments[1], index)).collect();
    let pieces = pieces?;
    if pieces.iter().any(|piece| piece.is_worth_lending()) {
        lend_pieces(engine, env, key, &pieces)?;
    } else {
        let mut appended = Ok(());
        engine.visit(key, |protocol, cx| {
            appended =
                protocol.write(cx, |out| pieces.iter().try_for_each(|one| one.append(env, out)));
        });
        appended?;
    }
    unsent(engine, call)
}

/// Sends pieces of which some are large: what is small is put together, the others stay where they are.
fn lend_pieces(engine: &Engine, env: Env, key: Key, pieces: &[Piece]) -> Result<()> {
    let mut together = Vec::new();
    let (mut large, mut places) = (Vec::new(), Vec::new());
    for piece in pieces {
        if piece.is_worth_lending() {
            large.push(piece.value);
            places.push(together.len());
        } else {
            piece.append(env, &mut together)?;
        }
    }
    env.octets_of_all(&large, |large| {
        let mut all = Vec::with_capacity(2 * large.len() + 1);
        let mut from = 0;
        for (octets, place) in large.iter().zip(places) {
            all.extend([&together[from..place], octets]);
            from = place;
        }
        all.push(&together[from..]);
        all.retain(|octets| !octets.is_empty());
        lend(engine, key, &all);
    })
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
