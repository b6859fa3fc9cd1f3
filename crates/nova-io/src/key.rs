//! The name of a connection for as long as it lives, and never again.

use std::fmt;

/// Names one connection of one worker: a slot, and which tenant of the slot is meant.
///
/// A slot is used again after its connection has closed; its generation then differs, so a late
/// completion, a timer or an answer from another thread cannot hit the new tenant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Index into the owner's table of connections.
    pub slot: u32,
    /// Counts the tenants of this slot; wraps after 2³² of them.
    pub generation: u32,
}

impl Key {
    /// The tenant `generation` of `slot`.
    pub const fn new(slot: u32, generation: u32) -> Self {
        Self { slot, generation }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}
