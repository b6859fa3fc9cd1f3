//! What a run found, as one line of JSON between the load and whoever started it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The outcome of a run of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Answers that came complete and as expected.
    pub requests: u64,
    /// Requests that were due but got no answer before the run ended.
    pub unanswered: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Latency in microseconds at the median.
    pub p50_us: f64,
    /// At the 99th percentile.
    pub p99_us: f64,
    /// The longest.
    pub max_us: f64,
    /// Latency in microseconds at these percentiles; see [`PERCENTILES`].
    #[serde(default)]
    pub percentiles: Vec<(f64, f64)>,
    /// Connections that never got an answer, where such are counted.
    #[serde(default)]
    pub starved: usize,
    /// How long the first answer of a burst took, at the median of the bursts.
    #[serde(default)]
    pub first_us: Option<f64>,
}

/// The percentiles of latency that an outcome holds.
pub const PERCENTILES: [f64; 8] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0];

/// Latencies in nanoseconds, to three digits, up to a minute.
pub(crate) fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 60_000_000_000, 3)?)
}

impl Outcome {
    pub(crate) fn new(latencies: &Histogram<u64>, unanswered: u64, took: Duration) -> Self {
        let at = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
        Self {
            requests: latencies.len(),
            unanswered,
            seconds: took.as_secs_f64(),
            p50_us: at(0.5),
            p99_us: at(0.99),
            max_us: latencies.max() as f64 / 1e3,
            percentiles: PERCENTILES
                .iter()
                .map(|&percent| (percent, at(percent / 100.0)))
                .collect(),
            starved: 0,
            first_us: None,
        }
    }

    /// The latency at one of the [`PERCENTILES`], microseconds.
    pub fn at(&self, percent: f64) -> Option<f64> {
        self.percentiles.iter().find(|(at, _)| *at == percent).map(|(_, latency)| *latency)
    }
}
