//! SSE2 and AVX2.
//!
//! Whether an octet is a `tchar` is found by two look-ups in tables of 16 (`pshufb`), by its low and
//! by its high half: the low half's entry has a bit for each high half with which it makes a tchar.
//! SSE2 has no such look-up; there, letters, digits, `-` and `_` are found by comparison, and what
//! remains is looked at one by one, which hardly ever happens in a field name.

use std::arch::x86_64::*;

use super::{Differs, Scanner, Stops, Work, class, common_by_blocks, end_by_blocks};

/// 32 octets at once. A value of this type proves that the processor has AVX2.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

/// 16 octets at once; every x86-64 processor can.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sse2(());

impl Avx2 {
    /// AVX2, if the processor has it (and BMI, which came with it).
    #[inline]
    pub fn new() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        found.then_some(Self(()))
    }

    /// Does `work` in a function that is compiled for AVX2.
    #[inline]
    pub fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx2,bmi1,bmi2")]
        fn compiled_for_avx2<W: Work>(work: W, scanner: Avx2) -> W::Output {
            work.with(scanner)
        }
        // SAFETY: a value of `Avx2` exists only if `new` has found AVX2, BMI1 and BMI2.
        unsafe { compiled_for_avx2(work, self) }
    }
}

impl Sse2 {
    /// SSE2.
    #[inline]
    pub const fn new() -> Self {
        Self(())
    }
}

#[inline]
pub(super) fn with_best<W: Work>(work: W) -> W::Output {
    match Avx2::new() {
        Some(avx2) => avx2.run(work),
        None => work.with(Sse2::new()),
    }
}

/// For each low half of an octet, a bit for each high half (2 to 7) with which it is of a class.
type ByLow = [i8; 16];

const TOKEN_BY_LOW: ByLow = by_low(class::TOKEN);
const REG_NAME_BY_LOW: ByLow = by_low(class::REG_NAME);
/// For each high half of an octet its bit.
const BIT_BY_HIGH: [i8; 16] = [0, 0, 1, 2, 4, 8, 16, 32, 0, 0, 0, 0, 0, 0, 0, 0];

const fn by_low(class: u8) -> ByLow {
    let mut table = [0; 16];
    let mut octet = 0x20;
    while octet < 0x80 {
        if class::is(octet, class) {
            table[(octet & 15) as usize] |= BIT_BY_HIGH[(octet >> 4) as usize];
        }
        octet += 1;
    }
    table
}

/// A bit for each octet of `block` that is not of the class of `by_low`.
#[inline(always)]
fn not_in_table(_: Avx2, block: &[u8; 32], by_low: &ByLow) -> u32 {
    // SAFETY: a value of `Avx2` proves that the processor has it; the loads read the 32 octets of
    // `block` and the 16 of each table.
    unsafe {
        let octets = _mm256_loadu_si256(block.as_ptr().cast());
        let by_low = _mm256_broadcastsi128_si256(_mm_loadu_si128(by_low.as_ptr().cast()));
        let by_high = _mm256_broadcastsi128_si256(_mm_loadu_si128(BIT_BY_HIGH.as_ptr().cast()));
        // An octet above 0x7F looks up zero: `pshufb` does so for a set highest bit.
        let allowed = _mm256_shuffle_epi8(by_low, octets);
        let high = _mm256_and_si256(_mm256_srli_epi16(octets, 4), _mm256_set1_epi8(15));
        let bit = _mm256_shuffle_epi8(by_high, high);
        let none = _mm256_cmpeq_epi8(_mm256_and_si256(allowed, bit), _mm256_setzero_si256());
        _mm256_movemask_epi8(none).cast_unsigned()
    }
}

/// The kinds of runs.
struct Token;
struct Target;
struct Value;
struct RegName;

impl Stops<Avx2, 32> for Token {
    const CLASS: u8 = class::TOKEN;

    #[inline(always)]
    fn stops(avx2: Avx2, block: &[u8; 32]) -> u32 {
        not_in_table(avx2, block, &TOKEN_BY_LOW)
    }
}

impl Stops<Avx2, 32> for RegName {
    const CLASS: u8 = class::REG_NAME;

    #[inline(always)]
    fn stops(avx2: Avx2, block: &[u8; 32]) -> u32 {
        not_in_table(avx2, block, &REG_NAME_BY_LOW)
    }
}

impl Stops<Avx2, 32> for Target {
    const CLASS: u8 = class::TARGET;

    #[inline(always)]
    fn stops(_: Avx2, block: &[u8; 32]) -> u32 {
        // SAFETY: a value of `Avx2` proves that the processor has it; the load reads the 32 octets
        // of `block`.
        unsafe {
            let octets = _mm256_loadu_si256(block.as_ptr().cast());
            // Signed: octets above 0x7F are negative.
            let above = _mm256_cmpgt_epi8(octets, _mm256_set1_epi8(0x20));
            let del = _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(0x7F));
            let fragment = _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(b'#' as i8));
            let allowed = _mm256_andnot_si256(_mm256_or_si256(del, fragment), above);
            !_mm256_movemask_epi8(allowed).cast_unsigned()
        }
    }
}

impl Stops<Avx2, 32> for Value {
    const CLASS: u8 = class::VALUE;

    #[inline(always)]
    fn stops(_: Avx2, block: &[u8; 32]) -> u32 {
        // SAFETY: a value of `Avx2` proves that the processor has it; the load reads the 32 octets
        // of `block`.
        unsafe {
            let octets = _mm256_loadu_si256(block.as_ptr().cast());
            let low = _mm256_cmpeq_epi8(_mm256_min_epu8(octets, _mm256_set1_epi8(0x1F)), octets);
            let tab = _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(b'\t' as i8));
            let del = _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(0x7F));
            let stop = _mm256_or_si256(_mm256_andnot_si256(tab, low), del);
            _mm256_movemask_epi8(stop).cast_unsigned()
        }
    }
}

/// A bit for each octet of `block` that is not a letter, a digit or `-`, which are of both classes.
#[inline(always)]
fn uncommon(block: &[u8; 16]) -> u32 {
    // SAFETY: every x86-64 processor has SSE2; the load reads the 16 octets of `block`.
    unsafe {
        let octets = _mm_loadu_si128(block.as_ptr().cast());
        let letter = within(_mm_or_si128(octets, _mm_set1_epi8(0x20)), b'a', b'z');
        let digit = within(octets, b'0', b'9');
        let dash = _mm_cmpeq_epi8(octets, _mm_set1_epi8(b'-' as i8));
        let common = _mm_or_si128(_mm_or_si128(letter, digit), dash);
        !_mm_movemask_epi8(common).cast_unsigned() & 0xFFFF
    }
}

/// Also stops at the less common octets of the class.
impl Stops<Sse2, 16> for Token {
    const CLASS: u8 = class::TOKEN;

    #[inline(always)]
    fn stops(_: Sse2, block: &[u8; 16]) -> u32 {
        uncommon(block)
    }
}

/// Also stops at the less common octets of the class.
impl Stops<Sse2, 16> for RegName {
    const CLASS: u8 = class::REG_NAME;

    #[inline(always)]
    fn stops(_: Sse2, block: &[u8; 16]) -> u32 {
        uncommon(block)
    }
}

/// Octets from `first` to `last`, both ASCII. Compared with signs: above 0x7F is below both.
#[inline(always)]
fn within(octets: __m128i, first: u8, last: u8) -> __m128i {
    // SAFETY: every x86-64 processor has SSE2; no memory is touched.
    unsafe {
        _mm_and_si128(
            _mm_cmpgt_epi8(octets, _mm_set1_epi8(first as i8 - 1)),
            _mm_cmplt_epi8(octets, _mm_set1_epi8(last as i8 + 1)),
        )
    }
}

impl Stops<Sse2, 16> for Target {
    const CLASS: u8 = class::TARGET;

    #[inline(always)]
    fn stops(_: Sse2, block: &[u8; 16]) -> u32 {
        // SAFETY: every x86-64 processor has SSE2; the load reads the 16 octets of `block`.
        unsafe {
            let octets = _mm_loadu_si128(block.as_ptr().cast());
            let above = _mm_cmpgt_epi8(octets, _mm_set1_epi8(0x20));
            let del = _mm_cmpeq_epi8(octets, _mm_set1_epi8(0x7F));
            let fragment = _mm_cmpeq_epi8(octets, _mm_set1_epi8(b'#' as i8));
            let allowed = _mm_andnot_si128(_mm_or_si128(del, fragment), above);
            !_mm_movemask_epi8(allowed).cast_unsigned() & 0xFFFF
        }
    }
}

impl Stops<Sse2, 16> for Value {
    const CLASS: u8 = class::VALUE;

    #[inline(always)]
    fn stops(_: Sse2, block: &[u8; 16]) -> u32 {
        // SAFETY: every x86-64 processor has SSE2; the load reads the 16 octets of `block`.
        unsafe {
            let octets = _mm_loadu_si128(block.as_ptr().cast());
            let low = _mm_cmpeq_epi8(_mm_min_epu8(octets, _mm_set1_epi8(0x1F)), octets);
            let tab = _mm_cmpeq_epi8(octets, _mm_set1_epi8(b'\t' as i8));
            let del = _mm_cmpeq_epi8(octets, _mm_set1_epi8(0x7F));
            let stop = _mm_or_si128(_mm_andnot_si128(tab, low), del);
            _mm_movemask_epi8(stop).cast_unsigned()
        }
    }
}

impl Differs<32> for Avx2 {
    #[inline(always)]
    fn differs(self, one: &[u8; 32], other: &[u8; 32]) -> u32 {
        // SAFETY: a value of `Avx2` proves that the processor has it; the loads read the 32 octets
        // of each block.
        unsafe {
            let one = _mm256_loadu_si256(one.as_ptr().cast());
            let other = _mm256_loadu_si256(other.as_ptr().cast());
            !_mm256_movemask_epi8(_mm256_cmpeq_epi8(one, other)).cast_unsigned()
        }
    }
}

impl Differs<16> for Sse2 {
    #[inline(always)]
    fn differs(self, one: &[u8; 16], other: &[u8; 16]) -> u32 {
        // SAFETY: every x86-64 processor has SSE2; the loads read the 16 octets of each block.
        unsafe {
            let one = _mm_loadu_si128(one.as_ptr().cast());
            let other = _mm_loadu_si128(other.as_ptr().cast());
            !_mm_movemask_epi8(_mm_cmpeq_epi8(one, other)).cast_unsigned() & 0xFFFF
        }
    }
}

impl Scanner for Avx2 {
    #[inline(always)]
    fn token_end(self, octets: &[u8], from: usize) -> usize {
        end_by_blocks::<_, 32, Token>(self, octets, from)
    }

    #[inline(always)]
    fn target_end(self, octets: &[u8], from: usize) -> usize {
        end_by_blocks::<_, 32, Target>(self, octets, from)
    }

    #[inline(always)]
    fn value_end(self, octets: &[u8], from: usize) -> usize {
        end_by_blocks::<_, 32, Value>(self, octets, from)
    }

    #[inline(always)]
    fn reg_name_end(self, octets: &[u8], from: usize) -> usize {
        end_by_blocks::<_, 32, RegName>(self, octets, from)
    }

    #[inline(always)]
    fn common(self, one: &[u8], other: &[u8]) -> usize {
        common_by_blocks::<_, 32>(self, one, other)
    }
}

/// A scan that also stops at octets of the class that are less common: those are passed one by one.
#[inline(always)]
fn end_by_comparison<K: Stops<Sse2, 16>>(sse2: Sse2, octets: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        at = end_by_blocks::<_, 16, K>(sse2, octets, at);
        match octets.get(at) {
            Some(&octet) if class::is(octet, K::CLASS) => at += 1,
            _ => return at,
        }
    }
}

impl Scanner for Sse2 {
    #[inline(always)]
    fn token_end(self, octets: &[u8], from: usize) -> usize {
        end_by_comparison::<Token>(self, octets, from)
    }

    #[inline(always)]
    fn target_end(self, octets: &[u8], from: usize) -> usize {
        end_by_blocks::<_, 16, Target>(self, octets, from)
    }

    #[inline(always)]
    fn value_end(self, octets: &[u8], from: usize) -> usize {
        end_by_blocks::<_, 16, Value>(self, octets, from)
    }

    #[inline(always)]
    fn reg_name_end(self, octets: &[u8], from: usize) -> usize {
        end_by_comparison::<RegName>(self, octets, from)
    }

    #[inline(always)]
    fn common(self, one: &[u8], other: &[u8]) -> usize {
        common_by_blocks::<_, 16>(self, one, other)
    }
}
