//! Chance, from a seed: the same numbers on every machine and for ever.

use std::time::Duration;

/// Dice that fall the same way for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(oorandom::Rand64);

impl Dice {
    /// The dice of `seed`; `purpose` gives others for the same seed.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(oorandom::Rand64::new(u128::from(seed) | u128::from(purpose) << 64))
    }

    /// A number below `end`, which is at least one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.rand_range(0..end.max(1) as u64) as usize
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// A number from one to `most`, small ones as often as large ones.
    pub(crate) fn scaled(&mut self, most: usize) -> usize {
        let bits = self.below(most.max(1).ilog2() as usize + 1);
        (1 + self.below((2 << bits) - 1)).min(most.max(1))
    }

    /// Whether something shows that does so in `percent` of a hundred times.
    pub(crate) fn shows(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of these, each as often as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let total = choices.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(total);
        for &(weight, choice) in choices {
            if at < weight {
                return choice;
            }
            at -= weight;
        }
        choices[0].1
    }

    /// A span of milliseconds.
    pub(crate) fn millis(&mut self, least: usize, most: usize) -> Duration {
        Duration::from_millis(self.between(least, most) as u64)
    }

    /// Something for tags.
    pub(crate) fn any(&mut self) -> u64 {
        self.0.rand_u64()
    }
}
