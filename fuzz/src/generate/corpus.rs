//! What is known already: the inputs of the conformance suite.

use super::Dice;

/// Longer inputs are left out: they test limits, and an input should be small on average.
const LONGEST: usize = 512;

/// Octets to mutate.
#[derive(Clone, Debug)]
pub struct Corpus(Vec<Vec<u8>>);

impl Corpus {
    /// The inputs of `conformance/cases`, those that consist of octets only.
    ///
    /// # Errors
    /// The first sentence that is wrong with a case.
    pub fn of_the_cases() -> Result<Self, String> {
        let inputs = conformance::all()?;
        let octets = inputs.iter().filter_map(|input| input.plain());
        let mut known: Vec<Vec<u8>> =
            octets.filter(|octets| octets.len() <= LONGEST).map(<[u8]>::to_vec).collect();
        known.sort();
        known.dedup();
        Ok(Self(known))
    }

    /// One of them; nothing, if there is none.
    pub(super) fn pick(&self, dice: &mut Dice) -> &[u8] {
        match self.0.len() {
            0 => &[],
            count => &self.0[dice.below(count)],
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}
