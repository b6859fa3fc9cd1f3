//! Tables of what applications keep for their exchanges.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::exchange::ExchangeId;

/// Values by exchange: what an [`Application`](crate::Application) keeps for those that are open.
///
/// ```
/// use nova_http::{ByExchange, ExchangeId, Key};
///
/// let mut open = ByExchange::default();
/// let id = ExchangeId { worker: 0, connection: Key::new(3, 0), number: 0 };
/// open.insert(id, "the first request of a connection");
/// assert_eq!(open.remove(&id), Some("the first request of a connection"));
/// ```
pub type ByExchange<T> = HashMap<ExchangeId, T, BuildHasherDefault<Mix>>;

/// Mixes the parts of an [`ExchangeId`], which no client chooses: no need for a keyed hash.
///
/// ```
/// use std::hash::{BuildHasher, BuildHasherDefault};
///
/// use nova_http::Mix;
///
/// let mix = BuildHasherDefault::<Mix>::default();
/// assert_ne!(mix.hash_one(1_u32), mix.hash_one(2_u32));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Mix(u64);

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
