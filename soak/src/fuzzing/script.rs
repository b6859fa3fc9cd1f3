//! What a connection sends, made from a seed and a number.

use fastrand::Rng;
use fuzz::generate::{Corpus, Diet, Generator};

use super::oracle::{Expected, Oracle};

/// Inputs of a script, at most.
const INPUTS: u64 = 32;
/// Octets of a script after which no other input follows.
const ENOUGH: usize = 32 * 1024;

/// A sound request, before and after the inputs.
const SOUND: &[u8] = b"GET /sound HTTP/1.1\r\nHost: soak\r\n\r\n";

/// What comes after the octets of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// We wait for the answers, and for the end if there must be one; then we leave.
    Wait,
    /// We end our direction and wait for the server's end.
    HalfClose,
    /// A reset, without a look at what comes back.
    Reset,
}

/// What a connection sends, and what must come back.
#[derive(Clone, Debug)]
pub struct Script {
    /// All of it.
    pub octets: Vec<u8>,
    /// Where pieces end, in order. The last one ends with the octets.
    pub cuts: Vec<usize>,
    /// What comes after it.
    pub finish: Finish,
    /// What must come back.
    pub expected: Expected,
    /// How many generated inputs it has.
    pub inputs: u64,
}

/// Makes scripts.
#[derive(Debug)]
pub struct Scripts {
    seed: u64,
    generator: Generator,
}

impl Scripts {
    /// The scripts of `seed`, with inputs that are made from `corpus`, too.
    pub fn new(seed: u64, corpus: Corpus) -> Self {
        Self { seed, generator: Generator::new(corpus) }
    }

    /// Their seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Script `index`.
    pub fn script(&mut self, index: u64) -> Script {
        let mut rng = Rng::with_seed(self.seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (mut octets, mut oracle, mut inputs) =
            (Vec::with_capacity(1_024), Oracle::default(), 0);
        if rng.u8(..8) == 0 {
            sound(&mut octets, &mut oracle);
        }
        while inputs < INPUTS && octets.len() < ENOUGH {
            let begin = octets.len();
            self.input(&mut octets, &mut rng, index * INPUTS + inputs);
            oracle.feed(&octets[begin..]);
            inputs += 1;
            let go_on = match (oracle.over(), oracle.idle()) {
                (true, _) => false,
                (false, true) => rng.u8(..8) > 0,
                // What follows would be taken for the rest of something.
                (false, false) => rng.bool(),
            };
            if !go_on {
                break;
            }
        }
        if oracle.over() {
            if rng.bool() {
                sound(&mut octets, &mut oracle); // It must not be answered.
            }
        } else if rng.bool() {
            sound(&mut octets, &mut oracle);
        }
        let finish = match rng.u8(..8) {
            0 => Finish::Reset,
            1..5 => Finish::HalfClose,
            // Nothing may be waited for that an end of the stream would bring.
            _ if oracle.over() || oracle.idle() => Finish::Wait,
            _ => Finish::HalfClose,
        };
        let expected = oracle.expected(finish == Finish::HalfClose);
        let cuts = cuts(octets.len(), &mut rng);
        Script { octets, cuts, finish, expected, inputs }
    }

    fn input(&mut self, out: &mut Vec<u8>, rng: &mut Rng, number: u64) {
        let diet = match rng.u8(..32) {
            0 => Diet::Octets,
            1..4 => Diet::Head,
            4..6 => Diet::Heads,
            6..12 => Diet::Framing,
            12..16 => {
                out.extend_from_slice(
                    b"PUT /chunks HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n",
                );
                Diet::Chunked
            }
            _ => Diet::Stream,
        };
        out.extend_from_slice(self.generator.input(diet, self.seed, number));
    }
}

fn sound(octets: &mut Vec<u8>, oracle: &mut Oracle) {
    octets.extend_from_slice(SOUND);
    oracle.feed(SOUND);
}

/// Where `len` octets are cut.
fn cuts(len: usize, rng: &mut Rng) -> Vec<usize> {
    let mut cuts: Vec<usize> = match rng.u8(..32) {
        // Octet by octet, for a while.
        0 if len > 1 => {
            let begin = rng.usize(..len);
            (begin..len.min(begin + 64)).collect()
        }
        0..16 if len > 1 => (0..rng.u8(1..=3)).map(|_| rng.usize(1..len)).collect(),
        _ => Vec::new(),
    };
    cuts.push(len);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.retain(|&cut| cut > 0);
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same seed and number are the same script; most can be told from another.
    #[test]
    fn a_script_can_be_made_again() {
        let corpus = Corpus::of_the_cases().expect("sound cases");
        let mut scripts = Scripts::new(7, corpus.clone());
        let mut again = Scripts::new(7, corpus);
        for index in 0..100 {
            let other = again.script(100 - index);
            let (one, two) = (scripts.script(index), again.script(index));
            assert_eq!((&one.octets, &one.cuts), (&two.octets, &two.cuts));
            assert_eq!((one.finish, &one.expected), (two.finish, &two.expected));
            assert_eq!(one.cuts.last().copied().unwrap_or(0), one.octets.len());
            assert!(index == 50 || one.octets != other.octets || one.octets.len() < 64);
        }
    }

    /// Scripts of every kind come, and one answer in three at least is a 200.
    #[test]
    fn scripts_are_of_all_kinds() {
        let mut scripts = Scripts::new(1, Corpus::of_the_cases().expect("sound cases"));
        let all: Vec<_> = (0..1_000).map(|index| scripts.script(index)).collect();
        for finish in [Finish::Wait, Finish::HalfClose, Finish::Reset] {
            assert!(all.iter().any(|script| script.finish == finish), "{finish:?}");
        }
        let statuses = all.iter().flat_map(|script| &script.expected.answers);
        let statuses: Vec<_> = statuses.map(|answer| answer.status).collect();
        for status in [200, 400, 413, 417, 501, 505] {
            assert!(statuses.contains(&status), "{status}");
        }
        assert!(statuses.iter().filter(|status| **status == 200).count() * 3 > statuses.len());
        assert!(all.iter().any(|script| script.expected.interim > 0));
        assert!(all.iter().map(|script| script.inputs).sum::<u64>() > 1_000);
    }
}
