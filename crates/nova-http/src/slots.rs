//! The table of a worker's connections: slots that are used again, keys that are not.

use nova_io::Key;

/// Values addressed by [`Key`]. A key of an earlier tenant finds nothing.
#[derive(Debug)]
pub(crate) struct Slots<V> {
    entries: Vec<Entry<V>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Entry<V> {
    generation: u32,
    value: Option<V>,
}

impl<V> Default for Slots<V> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new() }
    }
}

impl<V> Slots<V> {
    /// The key that the next [`Slots::insert`] will give.
    pub(crate) fn next_key(&self) -> Key {
        match self.free.last() {
            Some(&slot) => Key::new(slot, self.entries[slot as usize].generation),
            None => Key::new(u32::try_from(self.entries.len()).unwrap_or(u32::MAX), 0),
        }
    }

    /// Puts `value` into a free slot.
    pub(crate) fn insert(&mut self, value: V) -> Key {
        let key = self.next_key();
        match self.free.pop() {
            Some(slot) => self.entries[slot as usize].value = Some(value),
            None => self.entries.push(Entry { generation: 0, value: Some(value) }),
        }
        key
    }

    /// The value of `key`, if it still lives.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut V> {
        match self.entries.get_mut(key.slot as usize) {
            Some(entry) if entry.generation == key.generation => entry.value.as_mut(),
            _ => None,
        }
    }

    /// As [`Slots::get_mut`], to look at.
    pub(crate) fn get(&self, key: Key) -> Option<&V> {
        match self.entries.get(key.slot as usize) {
            Some(entry) if entry.generation == key.generation => entry.value.as_ref(),
            _ => None,
        }
    }

    /// Frees the slot of `key`; the key is never valid again.
    pub(crate) fn remove(&mut self, key: Key) -> Option<V> {
        let entry = self.entries.get_mut(key.slot as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        let value = entry.value.take()?;
        entry.generation = entry.generation.wrapping_add(1);
        self.free.push(key.slot);
        Some(value)
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// The key of the tenant of `slot`, if there is one.
    pub(crate) fn key_of(&self, slot: u32) -> Option<Key> {
        let entry = self.entries.get(slot as usize)?;
        entry.value.as_ref().map(|_| Key::new(slot, entry.generation))
    }

    /// The keys of all values, collected so that they can be removed meanwhile.
    pub(crate) fn keys(&self) -> Vec<Key> {
        (0..self.entries.len() as u32).filter_map(|slot| self.key_of(slot)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key of an earlier tenant never reaches the new one.
    #[test]
    fn a_slot_is_used_again_and_its_old_key_is_not() {
        let mut slots = Slots::default();
        let first = slots.insert("first");
        assert_eq!(slots.remove(first), Some("first"));
        assert_eq!(slots.next_key().slot, first.slot);
        let second = slots.insert("second");
        assert_eq!(second.slot, first.slot);
        assert_ne!(second, first);
        assert_eq!(slots.get_mut(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get_mut(second), Some(&mut "second"));
        assert_eq!(slots.len(), 1);
        assert_eq!(slots.keys(), [second]);
    }
}
