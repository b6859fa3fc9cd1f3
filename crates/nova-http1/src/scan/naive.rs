//! The obvious way: the oracle of the tests, and what short rests are scanned with.

use super::{Scanner, class};

/// Looks at one octet after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Naive;

#[inline(always)]
pub(super) fn end(octets: &[u8], from: usize, class: u8) -> usize {
    let rest = octets.get(from..).unwrap_or_default();
    let run = rest.iter().position(|&octet| !class::is(octet, class));
    run.map_or(octets.len(), |run| from + run)
}

#[inline(always)]
pub(super) fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

impl Scanner for Naive {
    #[inline(always)]
    fn token_end(self, octets: &[u8], from: usize) -> usize {
        end(octets, from, class::TOKEN)
    }

    #[inline(always)]
    fn target_end(self, octets: &[u8], from: usize) -> usize {
        end(octets, from, class::TARGET)
    }

    #[inline(always)]
    fn value_end(self, octets: &[u8], from: usize) -> usize {
        end(octets, from, class::VALUE)
    }

    #[inline(always)]
    fn reg_name_end(self, octets: &[u8], from: usize) -> usize {
        end(octets, from, class::REG_NAME)
    }

    #[inline(always)]
    fn common(self, one: &[u8], other: &[u8]) -> usize {
        common(one, other)
    }
}
