//! No rung: a server that forgets to let go, so that whoever watches memory and descriptors can show that
//! it would be seen.

use std::fs::File;

use crate::clock::Clock;
use crate::service::{Refused, Served, Service};

/// What is lost at a time.
const PIECE: usize = 1024;
/// Requests for each descriptor that is left open.
const FOR_A_DESCRIPTOR: usize = 10_000;
/// More than this is not kept: a planted fault must not take the machine with it.
const PIECES: usize = (1 << 30) / PIECE;
const DESCRIPTORS: usize = 500;

/// What is not let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// A kilobyte for each ten requests.
    Memory,
    /// A descriptor for each ten thousand requests.
    Descriptors,
}

/// A service that leaks.
#[derive(Debug)]
pub struct Leaking<S, const MEMORY_LEAKS: bool> {
    service: S,
    served: usize,
    octets: Vec<Vec<u8>>,
    files: Vec<File>,
}

impl<S: Default, const MEMORY_LEAKS: bool> Default for Leaking<S, MEMORY_LEAKS> {
    fn default() -> Self {
        Self { service: S::default(), served: 0, octets: Vec::new(), files: Vec::new() }
    }
}

impl<S, const MEMORY_LEAKS: bool> Leaking<S, MEMORY_LEAKS> {
    const LEAK: Leak = if MEMORY_LEAKS { Leak::Memory } else { Leak::Descriptors };

    fn leak(&mut self) {
        self.served += 1;
        match Self::LEAK {
            Leak::Memory if self.served.is_multiple_of(10) && self.octets.len() < PIECES => {
                self.octets.push(vec![b'x'; PIECE]);
            }
            Leak::Descriptors
                if self.served.is_multiple_of(FOR_A_DESCRIPTOR)
                    && self.files.len() < DESCRIPTORS =>
            {
                self.files.extend(File::open("/dev/null"));
            }
            Leak::Memory | Leak::Descriptors => {}
        }
    }
}

impl<S: Service, const MEMORY_LEAKS: bool> Service for Leaking<S, MEMORY_LEAKS> {
    fn serve(
        &mut self,
        octets: &[u8],
        last: bool,
        clock: &Clock,
        out: &mut Vec<u8>,
    ) -> Result<Option<Served>, Refused> {
        let served = self.service.serve(octets, last, clock, out)?;
        if served.is_some() {
            self.leak();
        }
        Ok(served)
    }
}
