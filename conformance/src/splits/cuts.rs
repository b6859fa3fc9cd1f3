//! Where a subject is cut: the same places for the same seed and name, whatever else is run.

use std::collections::HashSet;

use super::Subject;

/// Longer subjects are usually not cut in two at every offset: that grows with the square of the
/// length.
pub const LONG: usize = 20_000;

/// Of a long subject, so many offsets at its beginning and at its end are all cut at.
const EDGE: usize = 2_048;

/// And between them one offset of so many. A prime, so that it meets no period of the input.
const BETWEEN: usize = 997;

/// Random rounds of a long subject, at most.
const LONG_ROUNDS: usize = 64;

/// Offsets of a long subject in a slice, at most.
const LONG_SLICE: usize = 2;

/// Cuts of a random round: eleven pieces.
const RANDOM_CUTS: usize = 10;

/// How thoroughly to cut.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where the random places come from.
    pub seed: u64,
    /// At most so many offsets of each subject, spread over it from a start that the seed gives;
    /// `None`: every offset.
    pub most: Option<usize>,
    /// Rounds of ten random cuts for each subject.
    pub rounds: usize,
    /// Subjects with more octets are cut in two at their edges and here and there between; usually
    /// [`LONG`].
    pub long: usize,
}

impl Plan {
    /// Whether `subject` is cut in two at every offset.
    pub fn everywhere(&self, subject: &Subject) -> bool {
        self.most.is_none() && subject.octets.len() <= self.long.max(2 * EDGE)
    }

    /// The offsets at which `subject` is cut in two.
    pub fn in_two(&self, subject: &Subject) -> Vec<usize> {
        let len = subject.octets.len();
        let offsets: Vec<usize> = match self.most {
            None if self.everywhere(subject) => (1..len).collect(),
            None => {
                let between = (EDGE..len - EDGE).step_by(BETWEEN);
                (1..EDGE).chain(between).chain(len - EDGE..len).collect()
            }
            Some(most) => {
                let most = if len > LONG { most.min(LONG_SLICE) } else { most };
                let stride = len.saturating_sub(1).div_ceil(most.max(1)).max(1);
                let start = 1 + self.random(subject, 0).usize(..stride);
                (start..len).step_by(stride).collect()
            }
        };
        offsets.into_iter().filter(|&at| subject.parts_at(at)).collect()
    }

    /// The places of each random round, ascending, no two rounds alike. A subject that has no more
    /// than ten places gets one round, at all of them.
    pub fn at_random(&self, subject: &Subject) -> Vec<Vec<usize>> {
        let len = subject.octets.len();
        let rounds = if len > LONG { self.rounds.min(LONG_ROUNDS) } else { self.rounds };
        if len <= RANDOM_CUTS + 1 {
            let all: Vec<_> = (1..len).filter(|&at| subject.parts_at(at)).collect();
            // One cut is a cut in two.
            return if all.len() > 1 && rounds > 0 { vec![all] } else { Vec::new() };
        }
        let mut random = self.random(subject, 1);
        let mut seen = HashSet::new();
        for _ in 0..rounds {
            let mut cuts: Vec<usize> = Vec::with_capacity(RANDOM_CUTS);
            while cuts.len() < RANDOM_CUTS {
                let at = random.usize(1..len);
                if let Err(place) = cuts.binary_search(&at) {
                    cuts.insert(place, at);
                }
            }
            seen.insert(cuts);
        }
        let mut rounds: Vec<_> = seen.into_iter().collect();
        rounds.sort();
        rounds
    }

    /// A subject's own numbers: they do not depend on which others are run.
    fn random(&self, subject: &Subject, stream: u64) -> fastrand::Rng {
        // FNV-1a, which stays what it is.
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ stream;
        for &octet in subject.name.as_bytes() {
            hash = (hash ^ u64::from(octet)).wrapping_mul(0x100_0000_01b3);
        }
        fastrand::Rng::with_seed(self.seed ^ hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Step;
    use crate::splits::Source;

    const PLAN: Plan = Plan { seed: 7, most: None, rounds: 50, long: LONG };

    /// Every offset, but for those where the client itself pauses.
    #[test]
    fn every_offset_is_cut_at_once() {
        assert_eq!(PLAN.in_two(&Subject::plain("four", b"abcd")), [1, 2, 3]);
        let steps = vec![Step::Send(b"ab".to_vec()), Step::Pause, Step::Send(b"cd".to_vec())];
        assert_eq!(PLAN.in_two(&Subject::new(Source::Cases, "two".into(), steps)), [1, 3]);
        assert!(PLAN.in_two(&Subject::plain("one", b"a")).is_empty());
        assert!(PLAN.in_two(&Subject::plain("nothing", b"")).is_empty());
    }

    /// A long one keeps its edges, and is not left alone between them.
    #[test]
    fn a_long_subject_is_cut_at_its_edges_and_between() {
        let cuts = PLAN.in_two(&Subject::plain("long", &[0; 100_000]));
        assert!(cuts.is_sorted_by(|one, other| one < other), "each offset once, in order");
        assert_eq!((cuts[0], cuts[2_046], cuts.last()), (1, 2_047, Some(&99_999)));
        assert!(cuts.len() > 4_100, "{}", cuts.len());
        let at_all = Plan { long: 100_000, ..PLAN };
        assert_eq!(at_all.in_two(&Subject::plain("long", &[0; 100_000])).len(), 99_999);
        let few = Plan { long: 0, ..PLAN };
        assert_eq!(few.in_two(&Subject::plain("short", b"abcd")), [1, 2, 3]);
    }

    /// Ten places in order, other ones in each round, and the same again for the same seed.
    #[test]
    fn random_rounds_differ_and_repeat() {
        let subject = Subject::plain("a hundred", &[0; 100]);
        let rounds = PLAN.at_random(&subject);
        assert_eq!(rounds.len(), 50);
        for cuts in &rounds {
            assert_eq!(cuts.len(), 10);
            assert!(cuts.is_sorted_by(|one, other| one < other));
            assert!(cuts[0] > 0 && cuts[9] < 100);
        }
        assert_eq!(PLAN.at_random(&subject), rounds);
        assert_ne!(Plan { seed: 8, ..PLAN }.at_random(&subject), rounds);
        assert_ne!(PLAN.at_random(&Subject::plain("another", &[0; 100])), rounds);
        assert_eq!(PLAN.at_random(&Subject::plain("short", b"abc")), [[1, 2]]);
    }

    /// A slice leaves no subject out.
    #[test]
    fn a_slice_has_a_cut_of_every_subject() {
        for len in 2..200 {
            let cuts = Plan { most: Some(3), ..PLAN }.in_two(&Subject::plain("x", &vec![0; len]));
            assert!((1..=3).contains(&cuts.len()), "{len}: {cuts:?}");
        }
    }
}
