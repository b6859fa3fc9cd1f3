//! What inputs came to, added up: a check whose inputs are all refused looks at very little.

use std::collections::BTreeMap;

use nova_http1::Fault;

use crate::checks::Verdict;
use crate::reference::faults;

/// Counts of verdicts.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    accepted: u64,
    incomplete: u64,
    misused: u64,
    refused: [u64; faults::ALL.len() + 1],
}

impl Tally {
    /// Counts one.
    #[inline]
    pub fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accepted => self.accepted += 1,
            Verdict::Incomplete => self.incomplete += 1,
            Verdict::Misused => self.misused += 1,
            Verdict::Refused(fault) => self.refused[fault as usize] += 1,
        }
    }

    /// How many.
    pub fn inputs(&self) -> u64 {
        self.accepted + self.incomplete + self.misused + self.refused.iter().sum::<u64>()
    }

    /// How many were refused for this.
    pub fn refused_for(&self, fault: Fault) -> u64 {
        self.refused[fault as usize]
    }

    /// The counts by name, without those that are zero.
    pub fn by_name(&self) -> BTreeMap<String, u64> {
        let mut counts: BTreeMap<String, u64> = faults::ALL
            .into_iter()
            .map(|fault| (format!("refused: {fault:?}"), self.refused_for(fault)))
            .collect();
        counts.insert("accepted".to_owned(), self.accepted);
        counts.insert("incomplete".to_owned(), self.incomplete);
        counts.insert("misused".to_owned(), self.misused);
        counts.retain(|_, count| *count > 0);
        counts
    }
}
