//! The fixed rate: what was asked for, or the highest that every peer reaches with this client; or a
//! share of what the slowest peer reaches at all.

use anyhow::Context;

use crate::peer::Peer;
use crate::round::{Bench, REACHED};

/// Steps down from the rate that was asked for, as parts of it.
const STEPS: u64 = 20;
/// One trial may be disturbed; then the second counts.
const TRIALS: usize = 2;

/// The rate that the rounds will use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) rate: u64,
    /// Who did not reach the rates above, if any.
    pub(crate) held_back_by: Vec<String>,
}

impl Found {
    /// The note beside the figures.
    pub(crate) fn sentence(&self, asked: u64) -> String {
        let rate = self.rate;
        if self.held_back_by.is_empty() {
            return format!("Fixed rate: {rate} requests each second.");
        }
        format!(
            "Fixed rate: {rate} requests each second instead of {asked}, which is more than one core \
             of client gets answered by {}.",
            self.held_back_by.join(", ")
        )
    }
}

/// Tries every peer, at lower and lower rates.
pub(crate) fn highest(bench: &Bench<'_>, peers: &[Peer], asked: u64) -> anyhow::Result<Found> {
    search(peers.iter().map(|peer| peer.name.as_str()), asked, |index, rate| {
        let reached = bench.try_rate(&peers[index], rate)?;
        eprintln!("{} at {rate}/s: reached {reached:.0}", peers[index].name);
        Ok(reached)
    })
}

/// The search itself: a peer that fails at the lowest rate, or cannot be tried at all, does not hold
/// the others back; its rounds will say why.
fn search<'a>(
    names: impl Iterator<Item = &'a str>,
    asked: u64,
    mut attempt: impl FnMut(usize, u64) -> anyhow::Result<f64>,
) -> anyhow::Result<Found> {
    let mut found = Found { rate: asked, held_back_by: Vec::new() };
    for (index, name) in names.enumerate() {
        let lower = (1..=STEPS).rev().map(|step| asked * step / STEPS);
        for rate in lower.skip_while(|rate| *rate > found.rate) {
            let reaches = |reached: f64| reached >= REACHED * rate as f64;
            let mut trials = (0..TRIALS).map(|_| attempt(index, rate));
            let reached = trials.any(|result| result.is_ok_and(reaches));
            if reached {
                if rate < found.rate {
                    found.rate = rate;
                    found.held_back_by.push(name.to_owned());
                }
                break;
            }
        }
    }
    Ok(found)
}

/// So many hundredths of what the slowest peer reaches, and the note beside the figures.
pub(crate) fn below_saturation(
    bench: &Bench<'_>,
    peers: &[Peer],
    percent: u64,
) -> anyhow::Result<(u64, String)> {
    let mut reached = Vec::new();
    for peer in peers {
        // Who cannot be tried does not hold the others back; his rounds will say why.
        match bench.saturation(peer) {
            Ok(rate) => reached.push((peer.name.as_str(), rate)),
            Err(error) => eprintln!("{}: {error:#}", peer.name),
        }
    }
    share(&reached, percent).context("no peer could be brought to saturation")
}

fn share(reached: &[(&str, f64)], percent: u64) -> Option<(u64, String)> {
    let slowest = reached.iter().map(|(_, rate)| *rate).min_by(f64::total_cmp)?;
    let rate = (slowest * percent as f64 / 100.0) as u64;
    let all: Vec<String> = reached.iter().map(|(name, rate)| format!("{name} {rate:.0}")).collect();
    let sentence = format!(
        "Fixed rate: {rate} requests each second, {percent} % of what the slowest reaches ({}).",
        all.join(", ")
    );
    Some((rate.max(1), sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search_with(capacity: &[f64]) -> Found {
        let names = ["a", "b", "c"];
        search(names.into_iter(), 100_000, |index, rate| Ok(capacity[index].min(rate as f64)))
            .unwrap()
    }

    /// If all can, the rate is the one that was asked for.
    #[test]
    fn everybody_can() {
        let found = search_with(&[2e5, 1e5, 3e5]);
        assert_eq!(found, Found { rate: 100_000, held_back_by: vec![] });
        assert_eq!(found.sentence(100_000), "Fixed rate: 100000 requests each second.");
    }

    /// The slowest decides, and is named.
    #[test]
    fn the_slowest_decides() {
        let found = search_with(&[2e5, 86_000.0, 71_000.0]);
        assert_eq!(found, Found { rate: 70_000, held_back_by: vec!["b".into(), "c".into()] });
        assert!(found.sentence(100_000).contains("70000 requests each second instead of 100000"));
    }

    /// A peer that cannot be tried does not hold the others back.
    #[test]
    fn a_broken_peer_is_left_to_its_rounds() {
        let names = ["a", "b"];
        let found = search(names.into_iter(), 100_000, |index, rate| {
            anyhow::ensure!(index == 0, "broken");
            Ok(rate as f64)
        });
        assert_eq!(found.unwrap(), Found { rate: 100_000, held_back_by: vec![] });
    }

    /// The slowest decides what saturation is, and everybody's is told.
    #[test]
    fn a_share_of_the_slowest() {
        let (rate, sentence) = share(&[("a", 200_000.0), ("b", 150_000.4)], 60).unwrap();
        assert_eq!(rate, 90_000);
        assert!(sentence.contains("60 %") && sentence.contains("b 150000"), "{sentence}");
        assert_eq!(share(&[], 60), None);
    }

    /// One disturbed trial is forgiven.
    #[test]
    fn one_disturbed_trial_is_forgiven() {
        let mut trials = 0;
        let found = search(["a"].into_iter(), 100_000, |_, rate| {
            trials += 1;
            Ok(if trials == 1 { 1.0 } else { rate as f64 })
        });
        assert_eq!(found.unwrap().rate, 100_000);
    }
}
