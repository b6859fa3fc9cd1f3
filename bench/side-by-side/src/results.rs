//! All rounds of a workload, and what follows from them.

use serde::Serialize;

use crate::figures::{Figure, Figures};
use crate::stats::Median;
use crate::verify::Verified;
use crate::workload::{Bar, Limit, Workload};

/// One run of one peer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Run {
    Measured(Figures),
    Failed(String),
}

/// A peer's runs, one for each round.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PeerRuns {
    pub(crate) peer: String,
    pub(crate) runs: Vec<Run>,
    /// How its answer deviates from the agreed one without changing its meaning.
    pub(crate) remarks: Vec<String>,
}

impl PeerRuns {
    pub(crate) fn new(peer: &str) -> Self {
        Self { peer: peer.to_owned(), runs: Vec::new(), remarks: Vec::new() }
    }

    /// Takes the run of the next round.
    pub(crate) fn push(&mut self, result: anyhow::Result<(Figures, Verified)>) {
        match result {
            Ok((figures, verified)) => {
                self.remarks = verified.remarks;
                self.runs.push(Run::Measured(figures));
            }
            Err(error) => self.runs.push(Run::Failed(format!("{error:#}"))),
        }
    }

    /// A figure in one round.
    fn get(&self, round: usize, figure: Figure) -> Option<f64> {
        match self.runs.get(round)? {
            Run::Measured(figures) => figure.of(figures),
            Run::Failed(_) => None,
        }
    }

    /// The median over the rounds that succeeded.
    pub(crate) fn median(&self, figure: Figure) -> Option<Median> {
        Median::of((0..self.runs.len()).filter_map(|round| self.get(round, figure)))
    }

    /// Rounds that failed, each with its reason.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (usize, &str)> {
        self.runs.iter().enumerate().filter_map(|(round, run)| match run {
            Run::Measured(_) => None,
            Run::Failed(reason) => Some((round, reason.as_str())),
        })
    }
}

/// A workload's outcome.
#[derive(Debug)]
pub(crate) struct Results<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) peers: Vec<PeerRuns>,
    /// Sentences that belong beside the figures.
    pub(crate) notes: Vec<String>,
}

/// What became of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Met,
    NotMet,
    /// The subject or the peer it is compared with has no figure.
    NotMeasured,
}

impl Results<'_> {
    pub(crate) fn peer(&self, name: &str) -> Option<&PeerRuns> {
        self.peers.iter().find(|runs| runs.peer == name)
    }

    /// The median of the ratios of two peers, each taken within one round: what disturbs a whole
    /// round disturbs both.
    pub(crate) fn ratio(&self, figure: Figure, above: &str, below: &str) -> Option<Median> {
        let (above, below) = (self.peer(above)?, self.peer(below)?);
        let in_round = |round| Some(above.get(round, figure)? / below.get(round, figure)?);
        let rounds = above.runs.len().min(below.runs.len());
        Median::of((0..rounds).filter_map(in_round).filter(|ratio| ratio.is_finite()))
    }

    /// Holds a bar against the subject's figures: the sentence of the bar, the figure, the verdict.
    pub(crate) fn judge(&self, bar: &Bar, subject: &str) -> (String, Option<Median>, Verdict) {
        let name = bar.figure.name();
        let (sentence, measured) = match &bar.limit {
            Limit::Ratio { peer, at_most, upper } => {
                let upper =
                    upper.map_or(String::new(), |upper| format!(" (upper end <= {upper:.2})"));
                let sentence = format!("{name} <= {at_most:.2} x {peer}{upper}");
                (sentence, self.ratio(bar.figure, subject, peer))
            }
            Limit::Below { peer } => {
                (format!("{name} below {peer}"), self.ratio(bar.figure, subject, peer))
            }
            Limit::Value(value) => {
                let measured = self.peer(subject).and_then(|runs| runs.median(bar.figure));
                (format!("{name} <= {value}"), measured)
            }
        };
        let verdict = match &measured {
            None => Verdict::NotMeasured,
            Some(measured) if within(&bar.limit, measured) => Verdict::Met,
            Some(_) => Verdict::NotMet,
        };
        (sentence, measured, verdict)
    }
}

fn within(limit: &Limit, measured: &Median) -> bool {
    match limit {
        Limit::Ratio { at_most, upper, .. } => {
            measured.median <= *at_most && upper.is_none_or(|upper| measured.high <= upper)
        }
        Limit::Below { .. } => measured.median < 1.0,
        Limit::Value(value) => measured.median <= *value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload;

    fn runs(peer: &str, cpu: &[Option<f64>]) -> PeerRuns {
        let mut runs = PeerRuns::new(peer);
        for cpu_us in cpu {
            runs.runs.push(match cpu_us {
                Some(_) => Run::Measured(Figures { cpu_us: *cpu_us, ..Figures::default() }),
                None => Run::Failed("broken".to_owned()),
            });
        }
        runs
    }

    fn results(nova: &[Option<f64>], raw: &[Option<f64>]) -> Results<'static> {
        let peers = vec![runs("nova", nova), runs("raw-epoll", raw)];
        Results { workload: &workload::core::ALL[0], peers, notes: Vec::new() }
    }

    /// Ratios are taken within a round, so a slow round changes nothing.
    #[test]
    fn a_slow_round_cancels_out() {
        let results =
            results(&[Some(5.0), Some(50.0), Some(6.0)], &[Some(5.0), Some(50.0), Some(6.0)]);
        let ratio = results.ratio(Figure::Cpu, "nova", "raw-epoll").unwrap();
        assert_eq!((ratio.low, ratio.median, ratio.high), (1.0, 1.0, 1.0));
    }

    /// A round in which one of the two failed gives no ratio.
    #[test]
    fn failed_rounds_are_left_out() {
        let results = results(&[Some(6.0), None, Some(6.0)], &[Some(5.0), Some(1.0), None]);
        let ratio = results.ratio(Figure::Cpu, "nova", "raw-epoll").unwrap();
        assert_eq!((ratio.median, ratio.rounds), (1.2, 1));
        assert_eq!(results.peers[0].failures().collect::<Vec<_>>(), [(1, "broken")]);
    }

    /// A bar with an upper end wants both.
    #[test]
    fn the_upper_end_counts() {
        let bar = &workload::core::ALL[0].bars[0];
        let verdict = |nova: &[Option<f64>]| {
            let ones = vec![Some(1.0); nova.len()];
            results(nova, &ones).judge(bar, "nova").2
        };
        assert_eq!(verdict(&[Some(1.04), Some(1.05), Some(1.06)]), Verdict::Met);
        assert_eq!(verdict(&[Some(1.04), Some(1.05), Some(1.09)]), Verdict::NotMet);
        assert_eq!(verdict(&[Some(1.06); 3]), Verdict::NotMet);
        assert_eq!(verdict(&[None]), Verdict::NotMeasured);
    }

    /// Below means below.
    #[test]
    fn equal_is_not_below() {
        let bar = Bar { figure: Figure::Cpu, limit: Limit::Below { peer: "raw-epoll" } };
        let same = results(&[Some(5.0)], &[Some(5.0)]);
        assert_eq!(same.judge(&bar, "nova").2, Verdict::NotMet);
        assert_eq!(results(&[Some(4.9)], &[Some(5.0)]).judge(&bar, "nova").2, Verdict::Met);
    }
}
