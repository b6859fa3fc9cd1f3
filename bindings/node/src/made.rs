//! Content that becomes JavaScript's while the engine still has it in its receive buffer.
//!
//! What a turn has heard waits as a copy until JavaScript hears of it, and JavaScript gets a copy of that.
//! A small piece costs nothing so; of a large one the first copy costs more than all else (memory that the
//! system has to give first). No JavaScript runs when a `Buffer` is made, so one can be made at once: it
//! lives as long as the handle scope that `engine.rs` opens around a turn and the delivery of what it has
//! brought.

use std::cell::{Cell, RefCell};

use crate::napi::{Env, Value};
use crate::queue::Maker;

/// Pieces from so many octets on are made at once.
const LARGE: usize = 4 * 1024;

/// The `Buffer`s of a turn.
#[derive(Debug)]
pub(crate) struct Made {
    env: Env,
    /// A scope for them is open.
    open: Cell<bool>,
    values: RefCell<Vec<Value>>,
}

impl Made {
    pub(crate) fn new(env: Env) -> Self {
        Self { env, open: Cell::default(), values: RefCell::default() }
    }

    /// Lets `turn` make some, which live as long as the scope that the caller has opened.
    pub(crate) fn within<R>(&self, turn: impl FnOnce() -> R) -> R {
        self.open.set(true);
        let turned = turn();
        self.open.set(false);
        turned
    }

    /// The one with this number.
    pub(crate) fn get(&self, number: u32) -> Option<Value> {
        self.values.borrow().get(number as usize).copied()
    }

    /// The scope ends.
    pub(crate) fn clear(&self) {
        self.values.borrow_mut().clear();
    }
}

impl Maker for Made {
    fn make(&self, octets: &[u8]) -> Option<u32> {
        if octets.len() < LARGE || !self.open.get() {
            return None;
        }
        let value = self.env.buffer(octets).ok()?;
        let mut values = self.values.borrow_mut();
        values.push(value);
        Some(values.len() as u32 - 1)
    }
}
