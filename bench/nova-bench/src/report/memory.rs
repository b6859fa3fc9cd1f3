//! A sustained run as lines over time.

use super::input::{Sample, Sustained};
use super::number;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;

/// A server that was watched.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) peer: String,
    pub(super) seconds: String,
    pub(super) holds: Option<bool>,
    pub(super) curves: Vec<Curve>,
}

/// One figure over time.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) title: &'static str,
    pub(super) least: String,
    pub(super) most: String,
    pub(super) last: String,
    /// The points of a polyline, in a picture of 600 to 120.
    pub(super) points: String,
}

impl Memory {
    /// `None` if nothing was seen.
    pub(super) fn of(run: &Sustained) -> Option<Self> {
        let curves = [
            curve(
                "resident memory",
                run,
                |sample| Some(sample.rss_kib * 1024.0 * 1e-6),
                |mb| format!("{} MB", number::plain(mb)),
            ),
            curve("open descriptors", run, |sample| Some(sample.descriptors), number::whole),
            curve("99th percentile of the latency", run, |sample| sample.p99_us, number::time),
            curve("requests each second", run, |sample| sample.rps, number::plain),
        ];
        let curves: Vec<_> = curves.into_iter().flatten().collect();
        (!curves.is_empty()).then(|| Self {
            peer: run.peer.clone(),
            seconds: number::whole(run.seconds),
            holds: run.holds,
            curves,
        })
    }
}

/// From zero, so that a small change looks like one.
fn curve(
    title: &'static str,
    run: &Sustained,
    of: impl Fn(&Sample) -> Option<f64>,
    shown: impl Fn(f64) -> String,
) -> Option<Curve> {
    let values: Vec<(f64, f64)> =
        run.samples.iter().filter_map(|sample| Some((sample.at, of(sample)?))).collect();
    let (first, last) = (values.first()?, values.last()?);
    let least = values.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
    let most = values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let long = (last.0 - first.0).max(1e-9);
    let points = values.iter().map(|(at, value)| {
        let x = (at - first.0) / long * WIDTH;
        let y = HEIGHT - value / most.max(1e-9) * (HEIGHT - 8.0);
        format!("{x:.1},{y:.1}")
    });
    let points: Vec<_> = points.collect();
    let (least, most) = (shown(least), shown(most));
    Some(Curve { title, least, most, last: shown(last.1), points: points.join(" ") })
}
