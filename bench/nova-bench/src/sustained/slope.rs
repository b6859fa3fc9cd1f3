//! Whether something grows.
//!
//! The slope is the median of the slopes between any two samples (Theil and Sen): a leak lifts nearly all
//! of them, while a few odd seconds, or one step that is never repeated, lift few.

use serde::Serialize;

use super::sample::Sample;

/// Growth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Slope {
    pub(crate) rss_kib_per_minute: f64,
    pub(crate) descriptors_per_minute: f64,
}

impl Slope {
    /// Of some samples.
    pub(crate) fn of(samples: &[Sample]) -> Self {
        let per_minute = |value: fn(&Sample) -> f64| {
            let points: Vec<_> =
                samples.iter().map(|it| (it.at as f64 / 60.0, value(it))).collect();
            theil_sen(&points)
        };
        Self {
            rss_kib_per_minute: per_minute(|sample| sample.rss_kib as f64),
            descriptors_per_minute: per_minute(|sample| sample.descriptors as f64),
        }
    }

    /// Whether neither is above its bound.
    pub(crate) fn within(self, bounds: Self) -> bool {
        self.rss_kib_per_minute <= bounds.rss_kib_per_minute
            && self.descriptors_per_minute <= bounds.descriptors_per_minute
    }

    /// The verdict.
    pub(crate) fn say(self, bounds: Self) -> String {
        let line = |what: &str, unit: &str, slope: f64, bound: f64| {
            let verdict = if slope <= bound { "holds" } else { "GROWS" };
            format!("{what:12} {slope:+10.1}{unit} each minute (bound {bound}{unit})  {verdict}")
        };
        let memory = line("memory", " KiB", self.rss_kib_per_minute, bounds.rss_kib_per_minute);
        let descriptors =
            line("descriptors", "", self.descriptors_per_minute, bounds.descriptors_per_minute);
        format!("{memory}\n{descriptors}")
    }
}

/// The median slope between any two points; none, if there are no two.
fn theil_sen(points: &[(f64, f64)]) -> f64 {
    let mut slopes: Vec<f64> = Vec::new();
    for (at, (x, y)) in points.iter().enumerate() {
        slopes.extend(points[at + 1..].iter().map(|(later, value)| (value - y) / (later - x)));
    }
    slopes.sort_by(f64::total_cmp);
    slopes.get(slopes.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope(values: impl Iterator<Item = f64>) -> f64 {
        theil_sen(&values.enumerate().map(|(x, y)| (x as f64, y)).collect::<Vec<_>>())
    }

    /// A line has its slope, whatever a few points do.
    #[test]
    fn a_line_is_found() {
        let odd = |n: i32| if n % 7 == 3 { 500.0 } else { 0.0 };
        assert!((slope((0..30).map(|n| f64::from(n) * 2.0)) - 2.0).abs() < 1e-9);
        assert!((slope((0..30).map(|n| f64::from(n) * 2.0 + odd(n))) - 2.0).abs() < 0.5);
    }

    /// What stays where it is does not grow; nor does what takes one small step early on.
    #[test]
    fn standing_still_is_no_growth() {
        assert_eq!(slope((0..30).map(|_| 7.0)), 0.0);
        assert_eq!(slope((0..30).map(|n| if n < 5 { 7.0 } else { 9.0 })), 0.0);
        assert_eq!(slope(std::iter::once(1.0)), 0.0);
    }

    /// A leak in steps is a leak.
    #[test]
    fn steps_are_growth() {
        assert!(slope((0..30).map(|n| f64::from(n / 4))) > 0.2);
    }
}
