//! Scanning: how far a run of octets of one class reaches.
//!
//! A [`Scanner`] answers a few questions, such as [`Scanner::token_end`] and
//! [`Scanner::common`]; there is one for each kind of processor and [`Naive`], which all others
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
    /// The end of a run of [`class::REG_NAME`].
    fn reg_name_end(self, octets: &[u8], from: usize) -> usize;
    /// How many octets `one` and `other` have in common at their fronts.
    fn common(self, one: &[u8], other: &[u8]) -> usize;
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

/// What ends a run, for a block of `N` octets at once.
///
/// A trait and not a closure: its method becomes part of its caller, and is compiled for the caller's
/// vectors with it. The scanner is the proof that the processor can do that.
trait Stops<S, const N: usize> {
    /// The class of the run.
    const CLASS: u8;
    /// A bit for each octet of `block` that is not of the class, the lowest for the first octet.
    fn stops(scanner: S, block: &[u8; N]) -> u32;
}

/// The end of a run, found in blocks of `N` octets.
#[inline(always)]
fn end_by_blocks<S: Copy, const N: usize, K: Stops<S, N>>(
    scanner: S,
    octets: &[u8],
    from: usize,
) -> usize {
    let end = octets.len();
    if end < N {
        return naive::end(octets, from, K::CLASS);
    }
    let last = end - N;
    let mut at = from;
    while at <= last {
        // SAFETY: `at <= end - N`.
        let found = K::stops(scanner, unsafe { block_at::<N>(octets, at) });
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += N;
    }
    // The rest is shorter than a block: look at the last block again, without what is known.
    let known = at - last;
    if known >= N {
        return end;
    }
    // SAFETY: `last = end - N`.
    let found = K::stops(scanner, unsafe { block_at::<N>(octets, last) }) >> known;
    if found == 0 { end } else { at + found.trailing_zeros() as usize }
}

/// Compares blocks.
trait Differs<const N: usize>: Copy {
    /// A bit for each octet in which the blocks differ, the lowest for the first one.
    fn differs(self, one: &[u8; N], other: &[u8; N]) -> u32;
}

/// How many octets are the same, found in blocks of `N` octets.
#[inline(always)]
fn common_by_blocks<S: Differs<N>, const N: usize>(scanner: S, one: &[u8], other: &[u8]) -> usize {
    let end = one.len().min(other.len());
    if end < N {
        return naive::common(one, other);
    }
    let last = end - N;
    let mut at = 0;
    loop {
        // SAFETY: `at <= last = end - N`, and neither slice is shorter than `end`.
        let (one, other) = unsafe { (block_at::<N>(one, at), block_at::<N>(other, at)) };
        let found = scanner.differs(one, other);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        if at == last {
            return end;
        }
        // The rest is shorter than a block: compare the last block again.
        at = (at + N).min(last);
    }
}

/// The block of `N` octets that begins at `at`.
///
/// # Safety
/// `at + N <= octets.len()`.
#[inline(always)]
unsafe fn block_at<const N: usize>(octets: &[u8], at: usize) -> &[u8; N] {
    debug_assert!(at.checked_add(N).is_some_and(|end| end <= octets.len()));
    // SAFETY: the caller promises that the block lies within the slice; an array of octets has the
    // slice's alignment, and borrows it.
    unsafe { &*octets.as_ptr().add(at).cast::<[u8; N]>() }
}
