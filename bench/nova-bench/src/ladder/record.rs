//! What was measured, as it is written down.

use serde::Serialize;
use side_by_side::machine::Machine;

use super::rung::Rung;

/// A climb.
#[derive(Debug, Serialize)]
pub(crate) struct Record<'a> {
    pub(crate) kind: &'static str,
    pub(crate) command: String,
    pub(crate) machine: &'a Machine,
    pub(crate) seconds: u64,
    pub(crate) warm_up: u64,
    /// It was interrupted: there is less than there would be.
    pub(crate) interrupted: bool,
    pub(crate) rungs: Vec<OfRung>,
    pub(crate) steps: Vec<Step>,
    pub(crate) instructions: Vec<Instructions>,
    pub(crate) tools: Vec<OfTool>,
    pub(crate) notes: Vec<String>,
}

/// A rung's figures.
#[derive(Debug, Serialize)]
pub(crate) struct OfRung {
    pub(crate) rung: u32,
    pub(crate) name: &'static str,
    pub(crate) idea: &'static str,
    pub(crate) expected: Option<&'static str>,
    pub(crate) points: Vec<Point>,
}

impl OfRung {
    pub(crate) fn new(rung: &Rung) -> Self {
        let Rung { number, name, idea, expected, .. } = *rung;
        let expected = expected.map(|expected| expected.text);
        Self { rung: number, name, idea, expected, points: Vec::new() }
    }

    /// The figures of this load.
    pub(crate) fn point(&self, load: Load) -> Option<&Point> {
        self.points.iter().find(|point| point.load == load)
    }
}

/// What the client does at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// Requests in one write.
    pub(crate) depth: usize,
    pub(crate) heads: Which,
}

/// What requests look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Which {
    /// A request line and `Host`.
    Small,
    /// A browser's twelve fields, another path and cookie each time.
    Browser,
}

/// The medians of a rung's runs with one load, and the runs.
#[derive(Debug, Serialize)]
pub(crate) struct Point {
    #[serde(flatten)]
    pub(crate) load: Load,
    #[serde(flatten)]
    pub(crate) median: Option<Run>,
    pub(crate) runs: Vec<Run>,
    pub(crate) failures: Vec<String>,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Run {
    /// Answers each second.
    pub(crate) rps: f64,
    /// The server's CPU time for one, microseconds.
    pub(crate) cpu_us: f64,
    /// The kernel's share of it, 0 to 1.
    pub(crate) kernel: f64,
    /// Share of the run in which the server was running.
    pub(crate) busy: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Connections that never got an answer.
    pub(crate) starved: f64,
}

impl Run {
    /// Figure by figure, the one in the middle.
    pub(crate) fn median(runs: &[Self]) -> Option<Self> {
        let of = |figure: fn(&Self) -> f64| {
            let mut figures: Vec<f64> = runs.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            let (below, above) = ((figures.len().max(1) - 1) / 2, figures.len() / 2);
            Some((figures.get(below)? + figures.get(above)?) / 2.0)
        };
        Some(Self {
            rps: of(|run| run.rps)?,
            cpu_us: of(|run| run.cpu_us)?,
            kernel: of(|run| run.kernel)?,
            busy: of(|run| run.busy)?,
            p50_us: of(|run| run.p50_us)?,
            p99_us: of(|run| run.p99_us)?,
            starved: of(|run| run.starved)?,
        })
    }
}

/// A rung against the one that it was to improve on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    pub(crate) rung: String,
    pub(crate) over: String,
    pub(crate) connections: usize,
    pub(crate) expected: &'static str,
    /// The gain where it was looked for, as a factor.
    pub(crate) measured: f64,
    pub(crate) by: &'static str,
    pub(crate) rps_gain: f64,
    pub(crate) cpu_gain: f64,
    /// Within what was expected.
    pub(crate) as_expected: bool,
    /// Why it is something else.
    pub(crate) why: Option<String>,
}

/// Instructions between a read and a write, for one request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Instructions {
    pub(crate) rung: u32,
    pub(crate) requests: &'static str,
    pub(crate) per_request: f64,
}

/// What an installed tool says of a rung.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OfTool {
    pub(crate) tool: &'static str,
    pub(crate) command: String,
    pub(crate) rung: Option<u32>,
    pub(crate) name: Option<&'static str>,
    pub(crate) rps: Option<f64>,
    /// What it complained about, or why there is no figure.
    pub(crate) note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rps: f64) -> Run {
        let (cpu_us, kernel, busy) = (10.0 - rps, 0.5, 1.0);
        Run { rps, cpu_us, kernel, busy, p50_us: 1.0, p99_us: 2.0, starved: 0.0 }
    }

    /// The middle one, or the mean of the two in the middle, for each figure.
    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(Run::median(&[run(1.0), run(9.0), run(4.0)]), Some(run(4.0)));
        assert_eq!(Run::median(&[run(1.0), run(9.0), run(4.0), run(6.0)]), Some(run(5.0)));
        assert_eq!(Run::median(&[run(3.0)]), Some(run(3.0)));
        assert_eq!(Run::median(&[]), None);
    }
}
