//! Where objects and buffers come from: the idea of the third rung, and what was before it.

use crate::answer::Answer;
use crate::request::Request;

/// Room of a new buffer.
pub const BUFFER: usize = 16 * 1024;
/// Used memory that a pool keeps: more than a turn of the loop has in use.
const KEPT: usize = 1024;

/// What a request needs.
#[derive(Debug, Default)]
pub struct Objects {
    /// The request.
    pub request: Request,
    /// Its answer.
    pub answer: Answer,
}

/// Lends objects and buffers.
pub trait Memory: Default {
    /// Objects for a request.
    fn objects(&mut self) -> Objects;
    /// The request has been answered.
    fn take_back(&mut self, objects: Objects);
    /// An empty buffer.
    fn buffer(&mut self) -> Vec<u8>;
    /// The buffer is not needed any more.
    fn take_back_buffer(&mut self, buffer: Vec<u8>);
}

/// Allocated for each request, and freed.
#[derive(Debug, Default)]
pub struct Fresh;

impl Memory for Fresh {
    fn objects(&mut self) -> Objects {
        Objects::default()
    }

    fn take_back(&mut self, _objects: Objects) {}

    fn buffer(&mut self) -> Vec<u8> {
        Vec::with_capacity(BUFFER)
    }

    fn take_back_buffer(&mut self, _buffer: Vec<u8>) {}
}

/// Kept and used again: no allocation for a request once the pools are filled.
#[derive(Debug, Default)]
pub struct Pooled {
    objects: Vec<Objects>,
    buffers: Vec<Vec<u8>>,
}

impl Memory for Pooled {
    fn objects(&mut self) -> Objects {
        self.objects.pop().unwrap_or_default()
    }

    fn take_back(&mut self, mut objects: Objects) {
        objects.answer.clear();
        if self.objects.len() < KEPT {
            self.objects.push(objects);
        }
    }

    fn buffer(&mut self) -> Vec<u8> {
        self.buffers.pop().unwrap_or_else(|| Vec::with_capacity(BUFFER))
    }

    fn take_back_buffer(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        if self.buffers.len() < KEPT {
            self.buffers.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pool gives back the memory that it was given, empty.
    #[test]
    fn memory_comes_back() {
        let mut pool = Pooled::default();
        let mut buffer = pool.buffer();
        buffer.extend_from_slice(b"used");
        let place = buffer.as_ptr();
        pool.take_back_buffer(buffer);
        let again = pool.buffer();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
    }
}
