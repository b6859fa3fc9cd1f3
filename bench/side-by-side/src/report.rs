//! The report: a table for each workload, the bars beneath it.

use std::fmt::Write;

use crate::figures::Figure;
use crate::results::{PeerRuns, Results, Verdict};
use crate::stats::{self, Median};
use crate::workload::Client;

/// How the peer is called that the second column compares with, or how its name begins.
const FLOOR: &str = "raw-epoll";
/// A server that was kept off its core for more than this share of a run was disturbed.
const DISTURBED: f64 = 0.01;
/// What the two accounts of CPU time may differ by.
const ACCOUNTS: f64 = 0.03;

/// One column: its heading and a peer's cell.
type Column<'a> = (String, Box<dyn Fn(&str) -> Option<String> + 'a>);

/// The report on one workload.
pub(crate) fn table(results: &Results<'_>, subject: &str, rounds: usize) -> String {
    let workload = results.workload;
    let mut text = format!("\n{}: {}\n\n", results.name(), workload.what);
    let columns = if workload.client.idle() { idle(results) } else { busy(results, subject) };
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(columns.iter().map(|(heading, _)| heading.clone()));
    for runs in &results.peers {
        let mut row = vec![runs.peer.clone()];
        row.extend(
            columns.iter().map(|(_, cell)| cell(&runs.peer).unwrap_or_else(|| "-".to_owned())),
        );
        rows.push(row);
    }
    text.push_str(&align(&rows, 1));
    let (rank, coverage) = stats::rank(rounds);
    let _ = writeln!(
        text,
        "\n  Medians of {rounds} rounds. [a b]: order statistics of the per-round values, ranks {rank} and \
         {} of {rounds}, coverage {:.1} %{}.",
        rounds + 1 - rank,
        100.0 * coverage,
        if coverage < stats::ASKED { ": too few rounds for 95 %" } else { "" }
    );
    for note in notes(results) {
        let _ = writeln!(text, "  {note}");
    }
    for (sentence, measured, verdict) in bars(results, subject) {
        let _ = writeln!(text, "  bar  {sentence}: {measured}: {verdict}");
    }
    text
}

fn busy<'a>(results: &'a Results<'a>, subject: &'a str) -> Vec<Column<'a>> {
    let floor = results.peers.iter().find(|runs| runs.peer.starts_with(FLOOR));
    let against_floor = floor.map(|floor| -> Column<'a> {
        (
            format!("/ {}", floor.peer),
            Box::new(move |peer| {
                results.ratio(Figure::Cpu, peer, &floor.peer).map(|ratio| interval(&ratio, 3))
            }),
        )
    });
    let plain = |heading: &str, figure: Figure, factor: f64, digits: usize| -> Column<'a> {
        (
            heading.to_owned(),
            Box::new(move |peer| {
                let median = results.peer(peer)?.median(figure)?;
                Some(format!("{:.digits$}", median.median * factor))
            }),
        )
    };
    let mut columns = vec![plain("CPU us/req", Figure::Cpu, 1.0, 3)];
    columns.extend(against_floor);
    columns.extend([
        (
            format!("{subject} / this"),
            Box::new(move |peer: &str| {
                results.ratio(Figure::Cpu, subject, peer).map(|ratio| interval(&ratio, 3))
            }) as Box<dyn Fn(&str) -> Option<String> + 'a>,
        ),
        plain("busy %", Figure::Utilisation, 100.0, 1),
        plain("waits/req", Figure::Waits, 1.0, 4),
        plain("req/s", Figure::Rate, 1.0, 0),
        plain("p50 us", Figure::P50, 1.0, 1),
        plain("p99 us", Figure::P99, 1.0, 1),
    ]);
    if results.workload.client == Client::Burst {
        columns.push(plain("first us", Figure::First, 1.0, 1));
    }
    columns.extend([
        plain("RSS MB", Figure::Resident, 1e-6, 2),
        plain("peak MB", Figure::Peak, 1e-6, 2),
        failed(results),
    ]);
    columns
}

fn idle<'a>(results: &'a Results<'a>) -> Vec<Column<'a>> {
    let memory = |heading: &str, figure: Figure| -> Column<'a> {
        (
            heading.to_owned(),
            Box::new(move |peer| {
                Some(format!("{:.2}", results.peer(peer)?.median(figure)?.median * 1e-6))
            }),
        )
    };
    let octets: Column<'a> = (
        "octets/connection".to_owned(),
        Box::new(move |peer| Some(interval(&results.peer(peer)?.median(Figure::IdleOctets)?, 0))),
    );
    vec![
        octets,
        memory("RSS MB", Figure::Resident),
        memory("peak MB", Figure::Peak),
        failed(results),
    ]
}

fn failed<'a>(results: &'a Results<'a>) -> Column<'a> {
    (
        "failed".to_owned(),
        Box::new(move |peer| {
            let runs = results.peer(peer)?;
            (!runs.runs.is_empty()).then(|| runs.failures().count().to_string())
        }),
    )
}

/// What a reader must know beside the figures.
fn notes(results: &Results<'_>) -> Vec<String> {
    let mut notes = results.notes.clone();
    let alike = answers_alike(results);
    if let Some(remarks) = alike {
        notes.push(format!("answer of all: {}", remarks.join(", ")));
    }
    for runs in &results.peers {
        let peer = &runs.peer;
        for (round, reason) in runs.failures() {
            notes.push(format!("failed: {peer}, round {}: {reason}", round + 1));
        }
        if alike.is_none() && !runs.remarks.is_empty() {
            notes.push(format!("answer of {peer}: {}", runs.remarks.join(", ")));
        }
        if let Some(apart) = accounts_apart(runs) {
            notes.push(format!(
                "check: schedstat and utime + stime of {peer} differ by {:.1} %",
                100.0 * apart
            ));
        }
        if let Some(share) = kept_waiting(results, runs) {
            let share = 100.0 * share;
            notes.push(format!(
                "disturbed: others kept {peer} off its core for {share:.1} % of a run"
            ));
        }
    }
    notes
}

/// What is to be said of an answer, if it is something, and the same for everybody who gave one.
fn answers_alike<'a>(results: &'a Results<'_>) -> Option<&'a [String]> {
    let mut measured = results.peers.iter().filter(|runs| runs.median(Figure::Resident).is_some());
    let first = measured.next()?.remarks.as_slice();
    (!first.is_empty() && measured.all(|runs| runs.remarks == first)).then_some(first)
}

/// The share of a run in which others kept a server off its core, if it is too much. Where the client
/// is one of them, nobody knows.
fn kept_waiting(results: &Results<'_>, runs: &PeerRuns) -> Option<f64> {
    if results.workload.client.shares_a_core() {
        return None;
    }
    runs.median(Figure::KeptWaiting).map(|share| share.median).filter(|share| *share > DISTURBED)
}

/// How far the two accounts of CPU time are apart, if it is too much: threads have ended in between,
/// or the kernel counts ticks instead of time.
fn accounts_apart(runs: &PeerRuns) -> Option<f64> {
    let median = |figure| runs.median(figure).map(|value| value.median);
    let apart = median(Figure::CpuByTicks)? / median(Figure::Cpu)? - 1.0;
    Some(apart.abs()).filter(|apart| *apart > ACCOUNTS)
}

/// Whether somebody else used the server's core while a workload was measured.
pub(crate) fn disturbed(results: &Results<'_>) -> bool {
    results.peers.iter().any(|runs| kept_waiting(results, runs).is_some())
}

/// The bars of a workload: the sentence, the measured value, the verdict.
pub(crate) fn bars(results: &Results<'_>, subject: &str) -> Vec<(String, String, &'static str)> {
    let judge = |bar| {
        let (sentence, measured, verdict) = results.judge(bar, subject);
        let digits = if results.workload.client.idle() { 0 } else { 3 };
        let measured =
            measured.map_or_else(|| "no figure".to_owned(), |value| interval(&value, digits));
        let verdict = match verdict {
            Verdict::Met => "met",
            Verdict::NotMet => "NOT MET",
            Verdict::NotMeasured => "not measured",
        };
        (sentence, measured, verdict)
    };
    results.bars().map(judge).collect()
}

fn interval(value: &Median, digits: usize) -> String {
    format!("{:.digits$} [{:.digits$} {:.digits$}]", value.median, value.low, value.high)
}

/// The first `left` columns to the left, all others to the right.
pub(crate) fn align(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a String cannot fail.
            let _ = if column < left {
                write!(line, "  {cell:<width$}")
            } else {
                write!(line, "  {cell:>width$}")
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names stand to the left, figures to the right.
    #[test]
    fn columns_are_aligned() {
        let rows = [["", "CPU"], ["nova", "5.1"], ["raw-epoll", "15.25"]]
            .map(|row| row.map(String::from).into());
        assert_eq!(align(&rows, 1), "               CPU\n  nova         5.1\n  raw-epoll  15.25\n");
    }
}
