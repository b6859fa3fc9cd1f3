//! Tables of what applications keep for their exchanges.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::exchange::ExchangeId;

/// Values by exchange.
pub(crate) type ByExchange<T> = HashMap<ExchangeId, T, BuildHasherDefault<Mix>>;

/// Mixes the parts of an [`ExchangeId`], which no client chooses: no need for a keyed hash.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        octets.iter().for_each(|&octet| self.write_u64(u64::from(octet)));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}
