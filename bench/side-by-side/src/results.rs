//! All rounds of a workload, and what follows from them.

use serde::Serialize;

use crate::figures::{Figure, Figures};
use crate::peer::Missing;
use crate::stats::Median;
use crate::verify::Verified;
use crate::workload::{Bar, Limit, Workload};

/// One run of one peer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Run {
    Measured(Box<Figures>),
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
                self.runs.push(Run::Measured(Box::new(figures)));
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
    /// The version of Node that was measured, if any.
    pub(crate) version: Option<u32>,
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
    /// A row for who could not be measured here, and the reason.
    pub(crate) fn missing(&mut self, Missing { name, reason }: Missing) {
        self.peers.push(PeerRuns::new(&name));
        self.notes.push(format!("{name} was not measured: {reason}."));
    }

    pub(crate) fn peer(&self, name: &str) -> Option<&PeerRuns> {
        self.peers.iter().find(|runs| runs.peer == name)
    }

    /// The median of the ratios of two peers, each taken within one round: what disturbs a whole
    /// round disturbs both.
    pub(crate) fn ratio(&self, figure: Figure, above: &str, below: &str) -> Option<Median> {
        self.in_rounds(figure, [above, below], |[above, below]| above / below)
    }

    /// The median of what follows from the figures of some peers within one round.
    fn in_rounds<const N: usize>(
        &self,
        figure: Figure,
        peers: [&str; N],
        of: impl Fn([f64; N]) -> f64,
    ) -> Option<Median> {
        let runs: Vec<_> = peers.iter().map(|name| self.peer(name)).collect::<Option<_>>()?;
        let rounds = runs.iter().map(|runs| runs.runs.len()).min()?;
        let in_round = |round| {
            let figures = runs.iter().map(|runs| runs.get(round, figure));
            let figures: Vec<f64> = figures.collect::<Option<_>>()?;
            figures.try_into().ok().map(&of)
        };
        Median::of((0..rounds).filter_map(in_round).filter(|value| value.is_finite()))
    }

    /// Its name, with the version of Node where there is one.
    pub(crate) fn name(&self) -> String {
        let name = self.workload.name;
        self.version.map_or_else(|| name.to_owned(), |version| format!("{name}, Node {version}"))
    }

    /// The bars that were set for what was measured.
    pub(crate) fn bars(&self) -> impl Iterator<Item = &'static Bar> {
        let version = self.version;
        let holds = move |bar: &&Bar| match version {
            Some(version) => bar.on.is_empty() || bar.on.contains(&version),
            None => true,
        };
        self.workload.bars.iter().filter(holds)
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
            Limit::ShareAbove { floor, peer, at_most } => {
                let share = |[subject, floor, peer]: [f64; 3]| (subject - floor) / (peer - floor);
                let sentence = format!("{name} above {floor} <= {at_most:.2} x {peer}'s");
                (sentence, self.in_rounds(bar.figure, [subject, floor, peer], share))
            }
            Limit::Plus { peer, at_most } => {
                let more = |[subject, peer]: [f64; 2]| subject - peer;
                let sentence = format!("{name} <= {peer} + {at_most:.2}");
                (sentence, self.in_rounds(bar.figure, [subject, peer], more))
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
        Limit::ShareAbove { at_most, .. } | Limit::Plus { at_most, .. } => {
            measured.median <= *at_most
        }
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
                Some(_) => {
                    Run::Measured(Box::new(Figures { cpu_us: *cpu_us, ..Figures::default() }))
                }
                None => Run::Failed("broken".to_owned()),
            });
        }
        runs
    }

    fn results(nova: &[Option<f64>], raw: &[Option<f64>]) -> Results<'static> {
        let peers = vec![runs("nova", nova), runs("raw-epoll", raw)];
        Results { workload: &workload::core::ALL[0], version: None, peers, notes: Vec::new() }
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
        let bar = Bar::new(Figure::Cpu, Limit::Below { peer: "raw-epoll" });
        let same = results(&[Some(5.0)], &[Some(5.0)]);
        assert_eq!(same.judge(&bar, "nova").2, Verdict::NotMet);
        assert_eq!(results(&[Some(4.9)], &[Some(5.0)]).judge(&bar, "nova").2, Verdict::Met);
    }

    fn three(subject: f64, floor: f64, peer: f64) -> Results<'static> {
        let mut results = results(&[Some(subject)], &[Some(floor)]);
        results.peers.push(runs("node", &[Some(peer)]));
        results
    }

    /// The cost above a floor is compared, not the whole.
    #[test]
    fn a_share_above_a_floor() {
        let limit = Limit::ShareAbove { floor: "raw-epoll", peer: "node", at_most: 0.25 };
        let bar = Bar::new(Figure::Cpu, limit);
        let (sentence, share, verdict) = three(7.0, 5.0, 13.0).judge(&bar, "nova");
        assert_eq!(sentence, "CPU per request above raw-epoll <= 0.25 x node's");
        assert_eq!((share.unwrap().median, verdict), (0.25, Verdict::Met));
        assert_eq!(three(7.1, 5.0, 13.0).judge(&bar, "nova").2, Verdict::NotMet);
        assert_eq!(results(&[Some(7.0)], &[Some(5.0)]).judge(&bar, "nova").2, Verdict::NotMeasured);
    }

    /// A difference is in the unit of the figure.
    #[test]
    fn a_difference() {
        let bar = Bar::new(Figure::Cpu, Limit::Plus { peer: "node", at_most: 0.5 });
        assert_eq!(three(13.5, 5.0, 13.0).judge(&bar, "nova").2, Verdict::Met);
        assert_eq!(three(13.75, 5.0, 13.0).judge(&bar, "nova").2, Verdict::NotMet);
    }

    /// A bar that was set for some versions is not held against others.
    #[test]
    fn bars_belong_to_versions() {
        let of = |version| {
            let workload = workload::all().find(|workload| workload.name == "node-koa").unwrap();
            let results = Results { workload, version, peers: Vec::new(), notes: Vec::new() };
            let sentences = results.bars().map(|bar| results.judge(bar, "nova").0);
            sentences.collect::<Vec<_>>()
        };
        assert_eq!(of(Some(24)), ["CPU per request <= 0.65 x node"]);
        assert_eq!(of(Some(26)), ["CPU per request <= 0.75 x node"]);
    }
}
