//! Two deliveries that were not understood alike, told so that they can be looked into.

use std::fmt;

use super::Subject;
use super::core::pieces;
use crate::text;

/// A delivery that was understood in another way than the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The subject's name.
    pub name: String,
    /// Who has read it.
    pub recipient: &'static str,
    /// Where it was cut.
    pub cuts: Vec<usize>,
    /// The pieces, each with what is next to the cuts.
    pub pieces: String,
    /// What was understood of the whole, where the two first differ.
    pub whole: String,
    /// And of the pieces.
    pub cut: String,
}

impl Difference {
    /// A difference found by `recipient`.
    pub fn new(
        recipient: &'static str,
        subject: &Subject,
        cuts: &[usize],
        whole: String,
        cut: String,
    ) -> Self {
        let pieces: Vec<_> = pieces(&subject.octets, cuts).map(shown).collect();
        let (name, cuts) = (subject.name.clone(), cuts.to_vec());
        Self { name, recipient, cuts, pieces: pieces.join(" ┊ "), whole, cut }
    }
}

/// The ends of a piece.
fn shown(piece: &[u8]) -> String {
    const END: usize = 24;
    match piece.len() {
        0..=48 => text::readable(piece),
        len => {
            let (front, back) =
                (text::readable(&piece[..END]), text::readable(&piece[len - END..]));
            format!("{front}…{back}")
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, recipient, cuts, pieces, whole, cut } = self;
        let at: Vec<_> = cuts.iter().map(usize::to_string).collect();
        writeln!(f, "{name}: cut at {}, {recipient} understands something else", at.join(", "))?;
        writeln!(f, "  sent:  {pieces}")?;
        writeln!(f, "  whole: {whole}")?;
        write!(f, "  cut:   {cut}")
    }
}
