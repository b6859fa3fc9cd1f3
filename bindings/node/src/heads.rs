//! Clients repeat themselves: a head that JavaScript has made a template of is told by its number.
//!
//! A head that comes a second time is remembered, in a table of [`ENTRIES`] places; another one may
//! take its place. Octets are compared, all of them: a hash only says where to look. What is
//! remembered belongs to the engine, not to a connection, and is bounded: heads above [`LONGEST`] are
//! not remembered.

/// Heads that are remembered. A power of two.
const ENTRIES: usize = 256;

/// Octets of the longest head that is remembered.
const LONGEST: usize = 2_048;

/// What is known of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It has the template with this number.
    Known(u32),
    /// It was seen before, and is remembered from now on: its template is to have this number.
    Again(u32),
    /// Nothing.
    New,
}

/// The heads of one engine.
#[derive(Debug)]
pub(crate) struct Heads {
    seen: Box<[u64]>,
    known: Box<[Box<[u8]>]>,
    last: usize,
}

impl Default for Heads {
    fn default() -> Self {
        let known = vec![Box::<[u8]>::default(); ENTRIES];
        Self { seen: vec![0; ENTRIES].into(), known: known.into(), last: 0 }
    }
}

impl Heads {
    /// Looks at a head.
    pub(crate) fn see(&mut self, head: &[u8]) -> Sight {
        if head == &*self.known[self.last] {
            return Sight::Known(self.last as u32);
        }
        if head.len() > LONGEST {
            return Sight::New;
        }
        let hash = hash(head);
        let at = (hash >> 32) as usize % ENTRIES;
        if head == &*self.known[at] {
            self.last = at;
            return Sight::Known(at as u32);
        }
        if std::mem::replace(&mut self.seen[at], hash) != hash {
            return Sight::New;
        }
        self.known[at] = head.into();
        self.last = at;
        Sight::Again(at as u32)
    }
}

/// Where to look for a head. Not more than that: whoever finds two heads with one hash makes them
/// push each other out, and no more.
fn hash(octets: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = octets.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let mix = |hash: u64, word: &[u8; 8]| {
        (hash.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR)
    };
    let hash = words.iter().fold(octets.len() as u64, mix);
    let hash = mix(hash, &last);
    hash ^ (hash >> 29)
}
