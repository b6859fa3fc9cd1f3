//! Inputs, as `fuzz` makes them, and the pieces in which they come.

use fuzz::generate::{Corpus, Dice, Diet, Generator};

/// Inputs of a batch. Those of one batch are read by one engine, so what it remembers of one may show
/// in another; a batch is always begun with a new one.
pub const OF_A_BATCH: u64 = 512;

/// A head in front of chunks, which are a diet of their own.
const CHUNKS_COME: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Inputs up to this length are also read octet by octet.
const SHORT: usize = 64;

/// Makes inputs.
#[derive(Debug)]
pub struct Inputs(Generator);

impl Inputs {
    /// Inputs by the grammar, and mutations of the conformance cases.
    ///
    /// # Errors
    /// What is wrong with a case.
    pub fn new() -> Result<Self, String> {
        Ok(Self(Generator::new(Corpus::of_the_cases()?)))
    }

    /// Input `index` of `seed`.
    pub fn input(&mut self, seed: u64, index: u64) -> Vec<u8> {
        let diet = match index % 8 {
            0 => Diet::Head,
            1 => Diet::Heads,
            2 | 3 => Diet::Framing,
            4 => Diet::Chunked,
            _ => Diet::Stream,
        };
        let front = if diet == Diet::Chunked { CHUNKS_COME } else { &[] };
        [front, self.0.input(diet, seed, index)].concat()
    }
}

/// Node's `maxHeaderSize` for a batch: its default, or so little that small inputs cross it.
pub fn head_bytes(seed: u64, batch: u64) -> u32 {
    let mut dice = Dice::of(seed, batch);
    if dice.one_in(4) { 20 + dice.below(200) as u32 } else { 16 * 1024 }
}

/// How an input is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// Whole, at random places, and octet by octet if it is short.
    Some,
    /// Also in two pieces, at every place.
    Every,
}

/// `input` in pieces, in all the ways in which it is to be read.
pub fn deliveries(input: &[u8], cuts: Cuts) -> Vec<Vec<&[u8]>> {
    let mut dice = Dice::for_octets(input);
    let longest = dice.below(40) + 1;
    // What was said twice, the engine knows by heart the third time.
    let mut all = vec![vec![input], cut(input, || dice.below(longest) + 1), vec![input]];
    if input.len() < SHORT {
        all.push(cut(input, || 1));
    }
    if cuts == Cuts::Every {
        all.extend((1..input.len()).map(|at| vec![&input[..at], &input[at..]]));
    }
    all
}

fn cut(mut rest: &[u8], mut length: impl FnMut() -> usize) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, others) = rest.split_at(length().min(rest.len()));
        pieces.push(piece);
        rest = others;
    }
    pieces
}
