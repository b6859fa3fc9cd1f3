//! Connections by slot, and the 64 bits by which the system names them back to us.

use std::io;

use super::receive::Connection;
use crate::{Key, ListenerId};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("an event's token carries 32 bits of slot and 32 bits of generation");

/// Slots from here on name no connection.
const NOT_A_SLOT: u32 = u32::MAX;
/// The waker's place among the listeners' numbers.
const WAKER: u32 = u32::MAX;

/// Whom an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Connection(Key),
    Listener(ListenerId),
    Waker,
}

impl Who {
    /// Slot in the low half, generation in the high one; the topmost slot is not a connection's.
    pub(super) const fn to_token(self) -> usize {
        let (slot, generation) = match self {
            Self::Connection(key) => (key.slot, key.generation),
            Self::Listener(id) => (NOT_A_SLOT, id as u32),
            Self::Waker => (NOT_A_SLOT, WAKER),
        };
        (generation as usize) << 32 | slot as usize
    }

    pub(super) const fn from_token(token: usize) -> Self {
        match (token as u32, (token >> 32) as u32) {
            (NOT_A_SLOT, WAKER) => Self::Waker,
            (NOT_A_SLOT, id) => Self::Listener(id as ListenerId),
            (slot, generation) => Self::Connection(Key::new(slot, generation)),
        }
    }
}

/// The driver's connections, indexed by the caller's slots. An idle connection costs an entry of
/// 20 octets here, and nothing else above the kernel.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: Vec<Option<Connection>>,
}

#[cfg(all(target_os = "linux", not(debug_assertions)))]
const _: () = assert!(size_of::<Option<Connection>>() <= 20);

impl Table {
    /// The present tenant `key`, or `None` if it has left.
    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Connection> {
        let connection = self.entries.get_mut(key.slot as usize)?.as_mut()?;
        (connection.generation == key.generation).then_some(connection)
    }

    /// The place where `key` can move in.
    pub(super) fn vacant(&mut self, key: Key) -> io::Result<&mut Option<Connection>> {
        if key.slot == NOT_A_SLOT {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no such slot"));
        }
        let slot = key.slot as usize;
        if slot >= self.entries.len() {
            self.entries.resize_with(slot + 1, || None);
        }
        let place = &mut self.entries[slot];
        match place {
            None => Ok(place),
            Some(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "the slot is taken")),
        }
    }

    /// Takes the tenant `key` out.
    pub(super) fn take(&mut self, key: Key) -> Option<Connection> {
        self.get_mut(key)?;
        self.entries[key.slot as usize].take()
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
        ] {
            assert_eq!(Who::from_token(who.to_token()), who);
        }
    }
}
