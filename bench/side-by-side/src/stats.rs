//! Medians, and how sure one may be of them.
//!
//! The interval is made of order statistics: of n independent rounds, the number that fall below the
//! true median is binomial(n, 1/2), so the k-th smallest and the k-th largest enclose it with a
//! probability that needs no assumption about the distribution (David & Nagaraja, "Order Statistics",
//! section 7.1). The widest k that still covers 95 % is taken.

use serde::Serialize;

/// The coverage that is asked for.
pub(crate) const ASKED: f64 = 0.95;

/// A median with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Median {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The probability that the interval encloses the true median; below 0.95 with fewer than six
    /// rounds, where it spans the smallest and the largest.
    pub(crate) coverage: f64,
    /// How many rounds it is made of.
    pub(crate) rounds: usize,
}

impl Median {
    /// Of some values; `None` if there are none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let rounds = sorted.len();
        let (&first, &last) = (sorted.first()?, sorted.last()?);
        let middle = rounds / 2;
        let median = if rounds % 2 == 1 {
            sorted[middle]
        } else {
            (sorted[middle - 1] + sorted[middle]) / 2.0
        };
        let (rank, coverage) = rank(rounds);
        let low = sorted.get(rank - 1).copied().unwrap_or(first);
        let high = sorted.get(rounds - rank).copied().unwrap_or(last);
        Some(Self { median, low, high, coverage, rounds })
    }
}

/// The largest rank k (from 1) whose interval, k-th smallest to k-th largest of `n`, covers at least
/// what is asked for, and what it covers. Rank 1 if none does.
pub(crate) fn rank(n: usize) -> (usize, f64) {
    // Probability that fewer than `k` of `n` fall below the median, for k = 1, 2, ...
    let mut term = 0.5_f64.powi(n as i32);
    let mut below = term;
    let mut best = (1, 1.0 - 2.0 * below);
    for k in 2..=n / 2 {
        term *= (n - k + 2) as f64 / (k - 1) as f64;
        below += term;
        let coverage = 1.0 - 2.0 * below;
        if coverage < ASKED {
            break;
        }
        best = (k, coverage);
    }
    (best.0, best.1.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranks are those of the sign test's tables.
    #[test]
    fn ranks_are_those_of_the_tables() {
        let table =
            [(6, 1, 0.9688), (7, 1, 0.9844), (9, 2, 0.9609), (15, 4, 0.9648), (25, 8, 0.9567)];
        for (n, k, coverage) in table {
            let (rank, covered) = rank(n);
            assert_eq!(rank, k, "{n} rounds");
            assert!((covered - coverage).abs() < 1e-4, "{n} rounds: {covered}");
        }
    }

    /// With fewer than six rounds the interval spans everything and says how little that covers.
    #[test]
    fn few_rounds_are_not_hidden() {
        let median = Median::of([3.0, 1.0, 2.0]).unwrap();
        assert_eq!((median.low, median.median, median.high), (1.0, 2.0, 3.0));
        assert!((median.coverage - 0.75).abs() < 1e-9);
        let one = Median::of([4.0]).unwrap();
        assert_eq!((one.low, one.median, one.high, one.coverage), (4.0, 4.0, 4.0, 0.0));
    }

    /// An even number of rounds has its median in the middle of two.
    #[test]
    fn an_even_number_of_rounds() {
        assert_eq!(Median::of([4.0, 1.0, 3.0, 2.0]).unwrap().median, 2.5);
    }

    /// Fifteen rounds: the fourth from either end.
    #[test]
    fn fifteen_rounds() {
        let median = Median::of((1..=15).map(f64::from)).unwrap();
        assert_eq!((median.low, median.median, median.high), (4.0, 8.0, 12.0));
    }

    /// Of nothing there is no median.
    #[test]
    fn of_nothing_there_is_no_median() {
        assert_eq!(Median::of([]), None);
    }
}
