//! Spill buffers: where octets stay that outlive the turn they came in.
//!
//! A connection that is idle owns none. One that has half a head, or an answer that its client has
//! not taken, borrows a buffer whose class is the smallest that fits, so a slow head costs at most
//! twice what it sent (or the smallest class).
//!
//! The memory that a worker keeps for later is bounded: [`KEPT_BYTES`]. What is above goes back to
//! the allocator.

/// Capacity classes, in octets; larger needs get a buffer of their own size, which is not kept.
const CLASSES: [usize; 5] = [256, 1024, 4 * 1024, 16 * 1024, 64 * 1024];

/// Octets of empty buffers that one worker keeps. 1 MiB: 16 of the largest class.
const KEPT_BYTES: usize = 1024 * 1024;

/// A buffer of the pool; `Vec::new()` stands for "none" and costs nothing.
pub(crate) type Buffer = Vec<u8>;

/// The spill buffers of one worker.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: [Vec<Buffer>; CLASSES.len()],
    kept: usize,
    lent: usize,
    /// Octets that protocols hold in memory of their own.
    held: usize,
}

impl Buffers {
    /// A buffer that holds `octets`.
    pub(crate) fn keep(&mut self, octets: &[u8]) -> Buffer {
        if octets.is_empty() {
            return Buffer::new();
        }
        let mut buffer = self.take(octets.len());
        buffer.extend_from_slice(octets);
        buffer
    }

    /// Puts `octets` behind what `buffer` holds, moving to a larger class if need be.
    pub(crate) fn append(&mut self, buffer: &mut Buffer, octets: &[u8]) {
        let needed = buffer.len() + octets.len();
        if needed > buffer.capacity() {
            let mut larger = self.take(needed);
            larger.extend_from_slice(buffer);
            self.give_back(std::mem::replace(buffer, larger));
        }
        buffer.extend_from_slice(octets);
    }

    /// Forgets the first `count` octets of `buffer`, and the buffer when nothing is left.
    pub(crate) fn consume(&mut self, buffer: &mut Buffer, count: usize) {
        if count >= buffer.len() {
            self.give_back(std::mem::take(buffer));
        } else {
            buffer.drain(..count);
        }
    }

    /// Takes back a buffer whose octets are not needed any more.
    pub(crate) fn give_back(&mut self, mut buffer: Buffer) {
        let capacity = buffer.capacity();
        if capacity == 0 {
            return;
        }
        self.lent = self.lent.saturating_sub(capacity);
        if let Some(class) = CLASSES.iter().position(|&class| class == capacity)
            && self.kept + capacity <= KEPT_BYTES
        {
            buffer.clear();
            self.kept += capacity;
            self.free[class].push(buffer);
        }
    }

    /// A connection's protocol holds `now` octets in memory of its own, and held `before`.
    pub(crate) fn note_held(&mut self, before: usize, now: usize) {
        self.held = (self.held + now).saturating_sub(before);
    }

    /// Octets that connections cost beside themselves.
    pub(crate) fn used(&self) -> usize {
        self.lent + self.held
    }

    fn take(&mut self, needed: usize) -> Buffer {
        let class = CLASSES.iter().position(|&class| class >= needed);
        let buffer = match class {
            Some(class) => match self.free[class].pop() {
                Some(buffer) => {
                    self.kept -= buffer.capacity();
                    buffer
                }
                None => Buffer::with_capacity(CLASSES[class]),
            },
            None => Buffer::with_capacity(needed.next_power_of_two()),
        };
        self.lent += buffer.capacity();
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slow head costs at most four times what it sent, and never more than the next class.
    #[test]
    fn the_smallest_class_that_fits_is_lent() {
        let mut buffers = Buffers::default();
        for (octets, class) in [(1, 256), (256, 256), (257, 1024), (5_000, 16_384)] {
            let buffer = buffers.keep(&vec![7; octets]);
            assert_eq!(buffer.capacity(), class);
            assert_eq!(buffer.len(), octets);
            buffers.give_back(buffer);
        }
        assert_eq!(buffers.used(), 0);
    }

    /// Growing through the classes keeps every octet, and everything lent comes back.
    #[test]
    fn a_buffer_grows_by_class_and_is_returned_when_consumed() {
        let mut buffers = Buffers::default();
        let mut buffer = buffers.keep(b"GET ");
        let mut expected = b"GET ".to_vec();
        for n in 0..3_000u32 {
            buffers.append(&mut buffer, &[n as u8]);
            expected.push(n as u8);
        }
        assert_eq!(buffer, expected);
        buffers.consume(&mut buffer, 4);
        assert_eq!(buffer, expected[4..]);
        buffers.consume(&mut buffer, 3_000);
        assert_eq!((buffer.capacity(), buffers.used()), (0, 0));
    }

    /// What the pool keeps is bounded, however much was lent at once.
    #[test]
    fn the_kept_memory_is_bounded() {
        let mut buffers = Buffers::default();
        let lent: Vec<_> = (0..100).map(|_| buffers.keep(&[0; 60_000])).collect();
        for buffer in lent {
            buffers.give_back(buffer);
        }
        assert_eq!(buffers.kept, KEPT_BYTES);
        assert_eq!(buffers.used(), 0);
    }
}
