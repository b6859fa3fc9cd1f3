//! Inputs, as many as one wants: by a grammar that slips, and by mutation of what is known.
//!
//! An input is named by its diet, its seed and its index, and can be made again from these alone
//! (with the same cases in `conformance/cases`). Making one allocates nothing.
//!
//! - [`dice`]: chance that can be repeated;
//! - `words`: what requests are made of, rightly and wrongly;
//! - `request`, `chunks`, `other`: the grammar, for each [`Diet`];
//! - `mutate`: what is done to octets afterwards;
//! - [`corpus`]: the conformance cases, as something to mutate.

mod chunks;
pub mod corpus;
pub mod dice;
mod mutate;
mod other;
mod request;
#[rustfmt::skip]
mod words;

pub use corpus::Corpus;
pub use dice::Dice;

/// Inputs of one seed.
pub const INPUTS_OF_A_SEED: u64 = 1_000_000;

/// What an input should look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diet {
    /// Octets of one class, with exceptions.
    Octets,
    /// A request head, and perhaps what follows.
    Head,
    /// Heads that have much in common.
    Heads,
    /// A request head that says much about its content and the connection.
    Framing,
    /// A chunked body with its trailer section, and perhaps what follows.
    Chunked,
    /// Pipelined requests with their contents.
    Stream,
    /// A script of up to 63 octets behind its length, then pipelined requests.
    Script,
    /// Octets that somebody makes decisions from.
    Plan,
}

impl Diet {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Octets,
        Self::Head,
        Self::Heads,
        Self::Framing,
        Self::Chunked,
        Self::Stream,
        Self::Script,
        Self::Plan,
    ];
}

/// Makes inputs. It keeps its buffer between them.
#[derive(Debug)]
pub struct Generator {
    corpus: Corpus,
    out: Vec<u8>,
}

impl Generator {
    /// A generator that mutates `corpus`, too.
    pub fn new(corpus: Corpus) -> Self {
        Self { corpus, out: Vec::with_capacity(4_096) }
    }

    /// Input `index` of `seed`.
    pub fn input(&mut self, diet: Diet, seed: u64, index: u64) -> &[u8] {
        let mut dice = Dice::of(seed, index);
        self.out.clear();
        // Half of the inputs have no slip, so that much of what comes is understood to its end.
        let slip = [0, 0, 64, 16][dice.below(4)];
        let mut writer = Writer { out: &mut self.out, dice: &mut dice, slip };
        let may_mutate = match diet {
            Diet::Octets => other::octets(&mut writer),
            Diet::Plan => other::plan(&mut writer),
            Diet::Head => request::head_or_more(&mut writer),
            Diet::Heads => mutate::alike(&mut writer, &self.corpus),
            Diet::Framing => request::framing(&mut writer),
            Diet::Chunked => chunks::body(&mut writer),
            Diet::Stream => stream(&mut writer, &self.corpus),
            Diet::Script => {
                other::script(&mut writer);
                stream(&mut writer, &self.corpus)
            }
        };
        if may_mutate && dice.one_in(4) {
            mutate::mutate(&mut self.out, &mut dice, &self.corpus);
        }
        &self.out
    }
}

/// The words, as libFuzzer reads a dictionary.
pub fn dictionary() -> String {
    let lists = [
        words::METHODS,
        words::VERSIONS,
        words::HOST_SLIPS,
        words::LENGTH_SLIPS,
        words::CODING_SLIPS,
        words::OPTIONS,
        words::EXPECTATIONS,
        words::EXTENSIONS,
        words::TRAILER_SLIPS,
        words::TOKENS,
    ];
    let entries = lists.iter().copied().flatten().filter(|word| !word.is_empty());
    let hexadecimal =
        |word: &[u8]| -> String { word.iter().map(|octet| format!("\\x{octet:02x}")).collect() };
    entries.map(|word| format!("\"{}\"\n", hexadecimal(word))).collect()
}

/// Pipelined requests, from the grammar or from the corpus.
fn stream(writer: &mut Writer<'_>, corpus: &Corpus) -> bool {
    if writer.dice.one_in(8) {
        let case = corpus.pick(writer.dice);
        writer.out.extend_from_slice(case);
    }
    for _ in 0..=[0, 0, 1, 2][writer.dice.below(4)] {
        request::whole(writer);
    }
    true
}

/// Where an input is written, and the dice that it is made with.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) dice: &'a mut Dice,
    /// One piece in so many is a slip; none, if it is zero.
    pub(crate) slip: usize,
}

impl Writer<'_> {
    pub(crate) fn put(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    /// Whether the next piece is to be a wrong one.
    pub(crate) fn slips(&mut self) -> bool {
        self.slip != 0 && self.dice.one_in(self.slip)
    }

    /// A piece of the grammar, or a slip.
    pub(crate) fn piece(&mut self, right: &words::Words, wrong: &words::Words) {
        let choices = if self.slips() { wrong } else { right };
        let piece = self.dice.pick(choices);
        self.put(piece);
    }

    /// One of several pieces.
    pub(crate) fn one_of(&mut self, pieces: &words::Words) {
        let piece = self.dice.pick(pieces);
        self.put(piece);
    }

    pub(crate) fn line_end(&mut self) {
        self.piece(&[b"\r\n"], words::LINE_END_SLIPS);
    }

    pub(crate) fn number(&mut self, number: usize) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.put(&digits[at..]);
    }
}
