//! A word at a time, for processors without vectors that we know.
//!
//! The word is judged as a whole by arithmetic that can only err on the side of "look closer"
//! (Lamport, "Multiple byte processing with full-word instructions", 1975); a word that is not
//! certainly all of the class is looked at octet by octet.

use super::{Scanner, class, naive};

/// Looks at eight octets at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Swar;

const fn every(octet: u8) -> u64 {
    u64::from_ne_bytes([octet; 8])
}

/// Non-zero if an octet of `word` is zero; may be non-zero otherwise only if one is.
#[inline(always)]
const fn has_zero(word: u64) -> u64 {
    word.wrapping_sub(every(1)) & !word & every(0x80)
}

#[inline(always)]
const fn has(word: u64, octet: u8) -> u64 {
    has_zero(word ^ every(octet))
}

/// Non-zero if an octet of `word` is below `bound`, or above 0x7F.
#[inline(always)]
const fn has_below_or_high(word: u64, bound: u8) -> u64 {
    (word.wrapping_sub(every(bound)) | word) & every(0x80)
}

#[inline(always)]
fn end(octets: &[u8], from: usize, class: u8, doubtful: impl Fn(u64) -> u64) -> usize {
    let mut at = from;
    while let Some(block) = octets.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let doubt = doubtful(u64::from_ne_bytes(*block)) != 0;
        // The word test says "perhaps"; the table says which octet, if any.
        if doubt && let Some(run) = block.iter().position(|&octet| !class::is(octet, class)) {
            return at + run;
        }
        at += 8;
    }
    naive::end(octets, at.min(octets.len()), class)
}

impl Scanner for Swar {
    #[inline(always)]
    fn token_end(self, octets: &[u8], from: usize) -> usize {
        naive::end(octets, from, class::TOKEN)
    }

    #[inline(always)]
    fn target_end(self, octets: &[u8], from: usize) -> usize {
        end(octets, from, class::TARGET, |word| {
            has_below_or_high(word, 0x21) | has(word, 0x7F) | has(word, b'#')
        })
    }

    #[inline(always)]
    fn value_end(self, octets: &[u8], from: usize) -> usize {
        end(octets, from, class::VALUE, |word| has_below_or_high(word, 0x20) | has(word, 0x7F))
    }

    #[inline(always)]
    fn reg_name_end(self, octets: &[u8], from: usize) -> usize {
        naive::end(octets, from, class::REG_NAME)
    }

    #[inline(always)]
    fn common(self, one: &[u8], other: &[u8]) -> usize {
        let words = one.chunks_exact(8).zip(other.chunks_exact(8));
        let same = 8 * words.take_while(|(one, other)| one == other).count();
        same + naive::common(&one[same..], &other[same..])
    }
}
