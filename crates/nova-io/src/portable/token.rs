//! The 64 bits by which the system names connections, listeners and the waker back to us.

use crate::{Key, ListenerId};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("an event's token carries 32 bits of slot and 32 bits of generation");

/// The topmost slot names no connection; [`Slots`](crate::slots::Slots) refuses it.
const NOT_A_SLOT: u32 = crate::slots::NOT_A_SLOT;
/// The waker's place among the listeners' numbers.
const WAKER: u32 = u32::MAX;
/// The alarm's.
const ALARM: u32 = u32::MAX - 1;

/// Whom an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Connection(Key),
    Listener(ListenerId),
    Waker,
    Alarm,
}

impl Who {
    /// Slot in the low half, generation in the high one; the topmost slot is not a connection's.
    pub(super) const fn to_token(self) -> usize {
        let (slot, generation) = match self {
            Self::Connection(key) => (key.slot, key.generation),
            Self::Listener(id) => (NOT_A_SLOT, id as u32),
            Self::Waker => (NOT_A_SLOT, WAKER),
            Self::Alarm => (NOT_A_SLOT, ALARM),
        };
        (generation as usize) << 32 | slot as usize
    }

    pub(super) const fn from_token(token: usize) -> Self {
        match (token as u32, (token >> 32) as u32) {
            (NOT_A_SLOT, WAKER) => Self::Waker,
            (NOT_A_SLOT, ALARM) => Self::Alarm,
            (NOT_A_SLOT, id) => Self::Listener(id as ListenerId),
            (slot, generation) => Self::Connection(Key::new(slot, generation)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_name_everybody_back() {
        // A token says exactly who was meant, at the edges of the number space, too.
        for who in [
            Who::Connection(Key::new(0, 0)),
            Who::Connection(Key::new(NOT_A_SLOT - 1, u32::MAX)),
            Who::Connection(Key::new(7, 9)),
            Who::Listener(0),
            Who::Listener(3),
            Who::Waker,
            Who::Alarm,
        ] {
            assert_eq!(Who::from_token(who.to_token()), who);
        }
    }
}
