//! Chance that can be repeated: each input has dice of its own.

/// The dice of one input. The same seed and index throw the same numbers everywhere.
#[derive(Clone, Debug)]
pub struct Dice(fastrand::Rng);

impl Dice {
    /// The dice of input `index` of `seed`.
    #[inline]
    pub fn of(seed: u64, index: u64) -> Self {
        Self(fastrand::Rng::with_seed(mix(mix(seed).wrapping_add(index))))
    }

    /// Dice that depend on some octets only: how an input is cut, when only the input is known.
    #[inline]
    pub fn for_octets(octets: &[u8]) -> Self {
        let mut hash = octets.len() as u64;
        for chunk in octets.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            hash ^= hash >> 29;
        }
        Self(fastrand::Rng::with_seed(hash))
    }

    /// A number below `bound`, which is not zero.
    #[inline]
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.u32(..u32::try_from(bound).unwrap_or(u32::MAX)) as usize
    }

    /// A number from zero to `most`.
    #[inline]
    pub fn up_to(&mut self, most: usize) -> usize {
        self.below(most.saturating_add(1))
    }

    /// True once in `times`.
    #[inline]
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Any octet.
    #[inline]
    pub fn octet(&mut self) -> u8 {
        self.0.u8(..)
    }

    /// One of `choices`, which are not empty.
    #[inline]
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

/// Spreads a number over all bits (the finisher of SplitMix64).
#[inline]
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
