//! Every scanner of this processor against one octet after the other, wherever the octets lie.

#[cfg(target_arch = "x86_64")]
use nova_http1::scan::{Avx2, Sse2};
use nova_http1::scan::{Naive, Scanner, Swar, Work, class, with_scanner};

use super::{Check, Outcome, Verdict, disagree};
use crate::generate::Dice;
use crate::reference::grammar;

/// What a scanner is asked.
#[derive(Clone, Copy, Debug)]
pub enum Question {
    /// Where a run of this class ends, one of those of [`class`].
    End(u8),
    /// How much two slices have in common at their fronts: the octets, and those behind `from`.
    Common,
}

/// A scanner: its name, and how it is asked about octets from a place on.
pub type Asked = (&'static str, fn(Question, &[u8], usize) -> usize);

/// The check.
#[derive(Debug)]
pub struct Scan {
    scanners: Vec<Asked>,
}

impl Default for Scan {
    fn default() -> Self {
        let mut scanners: Vec<Asked> = vec![
            ("naive", |question, octets, from| ask(Naive, question, octets, from)),
            ("swar", |question, octets, from| ask(Swar, question, octets, from)),
            ("best", |question, octets, from| with_scanner(Ask(question, octets, from))),
        ];
        #[cfg(target_arch = "x86_64")]
        {
            scanners
                .push(("sse2", |question, octets, from| ask(Sse2::new(), question, octets, from)));
            if Avx2::new().is_some() {
                scanners.push(("avx2", |question, octets, from| {
                    Avx2::new().map_or(0, |avx2| avx2.run(Ask(question, octets, from)))
                }));
            }
        }
        Self { scanners }
    }
}

impl Scan {
    /// The check of other scanners.
    pub fn of(scanners: Vec<Asked>) -> Self {
        Self { scanners }
    }
}

impl Check for Scan {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let mut dice = Dice::for_octets(input);
        // Slices that begin anywhere have every alignment in time.
        let start = dice.up_to(input.len().min(32));
        let octets = &input[start..input.len() - dice.up_to((input.len() - start).min(8))];
        let from = match dice.below(8) {
            0 => dice.up_to(octets.len() + 2),
            _ => dice.up_to(octets.len().min(8)),
        };
        for question in [
            Question::End(class::TOKEN),
            Question::End(class::TARGET),
            Question::End(class::VALUE),
            Question::End(class::REG_NAME),
            Question::Common,
        ] {
            let expected = slowly(question, octets, from);
            for (name, asked) in &self.scanners {
                let found = asked(question, octets, from);
                if found != expected {
                    return disagree!(
                        "{name} says {found} and not {expected} to {question:?} from {from} in {octets:02x?}"
                    );
                }
            }
        }
        Ok(Verdict::Accepted)
    }
}

struct Ask<'a>(Question, &'a [u8], usize);

impl Work for Ask<'_> {
    type Output = usize;

    #[inline(always)]
    fn with<S: Scanner>(self, scanner: S) -> usize {
        ask(scanner, self.0, self.1, self.2)
    }
}

#[inline(always)]
fn ask<S: Scanner>(scanner: S, question: Question, octets: &[u8], from: usize) -> usize {
    match question {
        Question::End(class::TOKEN) => scanner.token_end(octets, from),
        Question::End(class::TARGET) => scanner.target_end(octets, from),
        Question::End(class::REG_NAME) => scanner.reg_name_end(octets, from),
        Question::End(_) => scanner.value_end(octets, from),
        Question::Common => scanner.common(octets, octets.get(from..).unwrap_or_default()),
    }
}

/// The answer, by the grammar of the reference.
fn slowly(question: Question, octets: &[u8], from: usize) -> usize {
    let member = match question {
        Question::End(class::TOKEN) => grammar::is_tchar,
        Question::End(class::TARGET) => grammar::is_target,
        Question::End(class::REG_NAME) => grammar::is_reg_name,
        Question::End(_) => grammar::is_value,
        Question::Common => {
            let mut len = 0;
            while from + len < octets.len() && octets[len] == octets[from + len] {
                len += 1;
            }
            return len;
        }
    };
    let mut at = from;
    while at < octets.len() && member(octets[at]) {
        at += 1;
    }
    at.min(octets.len())
}
