//! Alternating rounds: every peer once in each, in an order that changes.

use crate::figures::Figure;
use crate::peer::Peer;
use crate::rate;
use crate::results::{PeerRuns, Results, Run};
use crate::round::Bench;
use crate::workload::Client;

/// What must be known beside the figures where a server has the client's core, too.
const SHARED: &str =
    "The server has both cores; the client sleeps between requests, on one of them.";

/// Measures all peers `rounds` times. A run that fails is a result like any other: it is recorded
/// with its reason and the rounds go on.
pub(crate) fn run<'a>(
    bench: &mut Bench<'a>,
    peers: &[Peer],
    rounds: usize,
) -> anyhow::Result<Results<'a>> {
    let mut notes = Vec::new();
    match bench.workload.client {
        Client::Paced => {
            let found = rate::highest(bench, peers, bench.rate)?;
            notes.push(found.sentence(bench.rate));
            bench.rate = found.rate;
        }
        Client::PacedBelow(percent) => {
            let (rate, sentence) = rate::below_saturation(bench, peers, percent)?;
            notes.push(sentence);
            notes.push(SHARED.to_owned());
            bench.rate = rate;
        }
        Client::Wrk
        | Client::Closed
        | Client::Fresh
        | Client::Burst
        | Client::Idle
        | Client::Held
        | Client::Collected { .. } => {}
    }
    let mut runs: Vec<PeerRuns> = peers.iter().map(|peer| PeerRuns::new(&peer.name)).collect();
    for round in 0..rounds {
        eprint!("{} {}/{rounds}:", bench.name(), round + 1);
        for index in order(peers.len(), round) {
            runs[index].push(bench.measure(&peers[index]));
            eprint!(" {} {}", peers[index].name, brief(&runs[index]));
        }
        eprintln!();
    }
    let (workload, version) = (bench.workload, bench.version);
    Ok(Results { workload, version, peers: runs, notes })
}

/// The order of a round: the first peer moves on by one each time, and after each full turn the
/// direction changes, so that nobody always runs behind the same neighbour.
pub(crate) fn order(peers: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..peers).map(|index| (index + round) % peers.max(1)).collect();
    if (round / peers.max(1)) % 2 == 1 {
        order.reverse();
    }
    order
}

/// The last run in a word, for whoever watches.
pub(crate) fn brief(runs: &PeerRuns) -> String {
    match runs.runs.last() {
        Some(Run::Measured(figures)) => {
            match (Figure::Cpu.of(figures), Figure::IdleOctets.of(figures)) {
                (Some(cpu), _) => format!("{cpu:.3}"),
                (None, Some(octets)) => format!("{octets:.0}"),
                (None, None) => "measured".to_owned(),
            }
        }
        Some(Run::Failed(_)) => "FAILED".to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each round measures every peer once.
    #[test]
    fn every_peer_runs_in_every_round() {
        for round in 0..20 {
            let mut order = order(5, round);
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2, 3, 4], "round {round}");
        }
    }

    /// Over two turns each peer is first as often as last.
    #[test]
    fn nobody_is_always_first() {
        let mut first = [0; 3];
        let mut last = [0; 3];
        for round in 0..6 {
            let order = order(3, round);
            first[order[0]] += 1;
            last[order[2]] += 1;
        }
        assert_eq!((first, last), ([2; 3], [2; 3]));
    }
}
