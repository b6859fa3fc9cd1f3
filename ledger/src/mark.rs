//! What a request is known by, and what its answer has to say.

use std::fmt;
use std::str::FromStr;

/// The field that carries the mark, in requests and in answers.
pub const FIELD: &str = "Ledger-Mark";

/// A request of a test: its number, counted from zero, and a random tag, so that a number that was
/// mixed up is not taken for another request.
///
/// Its text is `number-tag`, the tag in sixteen hexadecimal digits: `17-00000000deadbeef`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Which request.
    pub number: u64,
    /// Never zero.
    pub tag: u64,
}

impl Mark {
    /// Content of about `length` octets that belongs to this request alone: its text, then octets
    /// that depend on tag and place, so that one octet moved, lost or taken from another request
    /// changes the checksum. Never shorter than the mark itself.
    pub fn content(self, length: usize) -> Vec<u8> {
        let mut content = self.to_string().into_bytes();
        content.push(b'\n');
        // splitmix64: cheap, and every place differs.
        let mut state = self.tag;
        while content.len() < length {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let octets = (mixed ^ (mixed >> 31)).to_le_bytes();
            let rest = length - content.len();
            content.extend_from_slice(&octets[..rest.min(8)]);
        }
        content
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.tag)
    }
}

/// The text is not a mark or not a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMark;

impl fmt::Display for NotAMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a mark: number-tag is expected, the tag in sixteen hexadecimal digits")
    }
}

impl std::error::Error for NotAMark {}

impl FromStr for Mark {
    type Err = NotAMark;

    fn from_str(text: &str) -> Result<Self, NotAMark> {
        let (number, tag) = text.split_once('-').ok_or(NotAMark)?;
        if tag.len() != 16 {
            return Err(NotAMark);
        }
        let number = number.parse().map_err(|_| NotAMark)?;
        let tag = u64::from_str_radix(tag, 16).map_err(|_| NotAMark)?;
        Ok(Self { number, tag })
    }
}

/// What the handler gives back: whose request it read, and the CRC-32 and length of the content.
///
/// Its text, which is the content of the answer, is `number-tag crc length`, with a line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// Whose request was read.
    pub mark: Mark,
    /// CRC-32 of the content.
    pub sum: u32,
    /// Octets of the content.
    pub length: u64,
}

impl Receipt {
    /// The receipt for this content.
    pub fn of(mark: Mark, content: &[u8]) -> Self {
        let mut reading = Reading::default();
        reading.update(content);
        reading.receipt(mark)
    }

    /// A receipt in the making, for content that comes in pieces.
    pub fn reading() -> Reading {
        Reading::default()
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {:08x} {}", self.mark, self.sum, self.length)
    }
}

impl FromStr for Receipt {
    type Err = NotAMark;

    fn from_str(text: &str) -> Result<Self, NotAMark> {
        let line = text.strip_suffix('\n').ok_or(NotAMark)?;
        let mut words = line.split(' ');
        let mut word = || words.next().ok_or(NotAMark);
        let mark = word()?.parse()?;
        let sum = u32::from_str_radix(word()?, 16).map_err(|_| NotAMark)?;
        let length = word()?.parse().map_err(|_| NotAMark)?;
        if words.next().is_some() {
            return Err(NotAMark);
        }
        Ok(Self { mark, sum, length })
    }
}

/// Content that is being read, piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    sum: crc32fast::Hasher,
    length: u64,
}

impl Reading {
    /// The next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.sum.update(piece);
        self.length += piece.len() as u64;
    }

    /// The receipt for all pieces so far.
    pub fn receipt(&self, mark: Mark) -> Receipt {
        Receipt { mark, sum: self.sum.clone().finalize(), length: self.length }
    }
}
