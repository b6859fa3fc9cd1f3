//! Scanning: how far a run of octets of one class reaches.
//!
//! A [`Scanner`] answers three questions, [`Scanner::token_end`], [`Scanner::target_end`] and
//! [`Scanner::value_end`]; there is one for each kind of processor and [`Naive`], which all others
//! are tested against. Which of them the processor can run is decided once for a whole head:
//! [`with_scanner`] runs a piece of [`Work`] inside of a function that is compiled for the
//! processor's vectors, so that scans are inlined there and cost no call.
//!
//! # Contract
//! Scanners never read outside of the slice that they are given. Blocks are taken from it as
//! references to arrays, so that the only `unsafe` operations here are loads from such references and
//! the step into a function that is compiled for vectors which were found to exist.
//!
//! NEON is not here: it could not be compiled and tested. Processors other than x86-64 use
//! [`Swar`].

pub mod class;
mod naive;
mod swar;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(test)]
mod tests;

pub use naive::Naive;
pub use swar::Swar;
#[cfg(target_arch = "x86_64")]
pub use x86_64::{Avx2, Sse2};

/// Finds ends of runs. Every method answers with the offset of the first octet, from `from` on, that
/// is not of the class; the length of `octets` if there is none. `from` beyond the end is the end.
pub trait Scanner: Copy {
    /// The end of a run of [`class::TOKEN`].
    fn token_end(self, octets: &[u8], from: usize) -> usize;
    /// The end of a run of [`class::TARGET`].
    fn target_end(self, octets: &[u8], from: usize) -> usize;
    /// The end of a run of [`class::VALUE`].
    fn value_end(self, octets: &[u8], from: usize) -> usize;
}

/// Something that needs a scanner.
pub trait Work {
    /// What comes of it.
    type Output;
    /// Does it. Must be `#[inline(always)]`, so that it is compiled for the scanner's vectors.
    fn with<S: Scanner>(self, scanner: S) -> Self::Output;
}

/// Does `work` with the best scanner that this processor has.
#[inline]
pub fn with_scanner<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        x86_64::with_best(work)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        work.with(Swar)
    }
}

/// The end of a run, found in blocks of `N` octets. `stops` has a bit for each octet of a block that
/// ends the run, the lowest for the first octet.
#[inline(always)]
fn end_by_blocks<const N: usize>(
    octets: &[u8],
    from: usize,
    class: u8,
    stops: impl Fn(&[u8; N]) -> u32,
) -> usize {
    let mut at = from;
    while let Some(block) = octets.get(at..).and_then(<[u8]>::first_chunk::<N>) {
        let found = stops(block);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += N;
    }
    let end = octets.len();
    if at >= end {
        return end;
    }
    // The rest is shorter than a block: look at the last block again, without what is known.
    match octets.last_chunk::<N>() {
        Some(block) => {
            let known = at - (end - N);
            let found = stops(block) >> known;
            if found == 0 { end } else { at + found.trailing_zeros() as usize }
        }
        None => naive::end(octets, at, class),
    }
}
