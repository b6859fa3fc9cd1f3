//! A driver's connections, indexed by the caller's slots and guarded by generation.

use std::io;

use crate::Key;

/// The topmost slot is never anybody's.
pub(crate) const NOT_A_SLOT: u32 = u32::MAX;

/// What a driver keeps for each connection. It grows to the highest slot that was ever used and
/// stays there, so callers use low slots again.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    entries: Vec<Option<Tenant<T>>>,
}

#[derive(Debug)]
pub(crate) struct Tenant<T> {
    generation: u32,
    inner: T,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

/// A free slot, kept for the one who asked.
pub(crate) struct Vacancy<'a, T> {
    place: &'a mut Option<Tenant<T>>,
    generation: u32,
}

impl<T> Vacancy<'_, T> {
    pub(crate) fn fill(self, inner: T) {
        *self.place = Some(Tenant { generation: self.generation, inner });
    }
}

impl<T> Slots<T> {
    /// The present tenant `key`, to look at.
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let tenant = self.entries.get(key.slot as usize)?.as_ref()?;
        (tenant.generation == key.generation).then_some(&tenant.inner)
    }

    /// The present tenant `key`, or `None` if it has left.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let tenant = self.entries.get_mut(key.slot as usize)?.as_mut()?;
        (tenant.generation == key.generation).then_some(&mut tenant.inner)
    }

    /// The place where `key` can move in.
    pub(crate) fn vacancy(&mut self, key: Key) -> io::Result<Vacancy<'_, T>> {
        if key.slot == NOT_A_SLOT {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no such slot"));
        }
        let slot = key.slot as usize;
        if slot >= self.entries.len() {
            self.entries.resize_with(slot + 1, || None);
        }
        match &mut self.entries[slot] {
            Some(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "the slot is taken")),
            place => Ok(Vacancy { place, generation: key.generation }),
        }
    }

    /// Takes the tenant `key` out.
    pub(crate) fn take(&mut self, key: Key) -> Option<T> {
        self.get_mut(key)?;
        Some(self.entries[key.slot as usize].take()?.inner)
    }

    /// Everybody, in the order of the slots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..).zip(&self.entries).filter_map(|(slot, entry)| {
            let tenant = entry.as_ref()?;
            Some((Key::new(slot, tenant.generation), &tenant.inner))
        })
    }

    /// How much memory an entry takes.
    #[cfg(all(target_os = "linux", not(debug_assertions)))]
    pub(crate) const ENTRY: usize = size_of::<Option<Tenant<T>>>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_tenant_finds_nobody() {
        // Once a slot has a new tenant, its former key neither reads nor removes anything.
        let mut slots = Slots::default();
        slots.vacancy(Key::new(3, 0)).unwrap().fill("old");
        assert_eq!(slots.take(Key::new(3, 0)), Some("old"));
        slots.vacancy(Key::new(3, 1)).unwrap().fill("new");
        assert_eq!(slots.get_mut(Key::new(3, 0)), None);
        assert_eq!(slots.take(Key::new(3, 0)), None);
        assert_eq!(slots.get_mut(Key::new(3, 1)), Some(&mut "new"));
    }

    #[test]
    fn a_taken_slot_is_refused() {
        // Moving in on somebody is an error, and so is the slot that is nobody's.
        let mut slots = Slots::default();
        slots.vacancy(Key::new(0, 0)).unwrap().fill(());
        let taken = slots.vacancy(Key::new(0, 1)).err().map(|error| error.kind());
        assert_eq!(taken, Some(io::ErrorKind::AlreadyExists));
        let nowhere = slots.vacancy(Key::new(NOT_A_SLOT, 0)).err().map(|error| error.kind());
        assert_eq!(nowhere, Some(io::ErrorKind::InvalidInput));
    }
}
