//! The climb on the terminal.

use std::fmt::Write;

use super::record::{Load, OfRung, Record, Which};
use super::rung::RUNGS;
use super::steps::at;
use super::{Options, PIPELINED};
use crate::table::{gain, table, thousands};

const NOTHING: &str = "-";

/// All tables and sentences.
pub(super) fn show(record: &Record<'_>, options: &Options) -> String {
    let mut text = String::new();
    let mut part = |title: &str, body: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{title}\n{body}\n");
    };
    for &connections in &options.connections {
        let load = Load { connections, depth: 1, heads: Which::Small };
        let title = format!("{connections} connections (gain: over the line above)");
        part(&title, figures(&record.rungs, load));
    }
    for point in closely(&record.rungs) {
        part(
            &format!("{}, where parsing and memory show", point.say()),
            figures(&record.rungs, point),
        );
    }
    if !record.instructions.is_empty() {
        part("Instructions between a read and a write, for one request", instructions(record));
    }
    if !record.tools.is_empty() {
        part("Installed tools, requests each second", tools(record));
    }
    if !record.steps.is_empty() {
        part("The plan and what was measured", steps(record));
        let differ = record.steps.iter().filter_map(|step| {
            Some(format!(
                "{}, expected {}, measured {} by {} over {} at c={}: {}",
                step.rung,
                step.expected,
                gain(step.measured),
                step.by,
                step.over,
                step.connections,
                step.why.as_ref()?
            ))
        });
        let differ: Vec<String> = differ.collect();
        if !differ.is_empty() {
            part("Where they differ", differ.join("\n"));
        }
    }
    for note in &record.notes {
        let _ = writeln!(text, "{note}");
    }
    text
}

/// The loads of the closer look that have figures.
fn closely(rungs: &[OfRung]) -> Vec<Load> {
    let mut loads = Vec::new();
    for point in rungs.iter().flat_map(|rung| &rung.points) {
        let close = point.load.depth == PIPELINED || point.load.heads == Which::Browser;
        if close && !loads.contains(&point.load) {
            loads.push(point.load);
        }
    }
    loads
}

fn figures(rungs: &[OfRung], load: Load) -> String {
    let head = [
        "rung",
        "requests/s",
        "gain",
        "CPU us",
        "gain",
        "kernel",
        "busy",
        "p50 us",
        "p99 us",
        "starved",
    ];
    let mut rows = Vec::new();
    let mut below: Option<(f64, f64)> = None;
    for (rung, known) in rungs.iter().zip(RUNGS) {
        let Some(point) = rung.point(load) else { continue };
        let mut row = vec![known.title()];
        match point.median {
            None => row.extend(std::iter::repeat_n(NOTHING.to_owned(), head.len() - 1)),
            Some(run) => {
                let gains = below.map(|(rps, cpu)| (gain(run.rps / rps), gain(cpu / run.cpu_us)));
                let (by_rate, by_cpu) = gains.unwrap_or_default();
                row.extend([
                    thousands(run.rps),
                    by_rate,
                    format!("{:.2}", run.cpu_us),
                    by_cpu,
                    format!("{:.0} %", run.kernel * 100.0),
                    format!("{:.0} %", run.busy * 100.0),
                    thousands(run.p50_us),
                    thousands(run.p99_us),
                    if run.starved > 0.0 { thousands(run.starved) } else { String::new() },
                ]);
                below = Some((run.rps, run.cpu_us));
            }
        }
        rows.push(row);
    }
    table(&head, 1, rows)
}

fn instructions(record: &Record<'_>) -> String {
    let mut rungs: Vec<u32> = record.instructions.iter().map(|count| count.rung).collect();
    rungs.dedup();
    rungs.sort_unstable();
    rungs.dedup();
    let mut requests: Vec<&str> = Vec::new();
    for count in &record.instructions {
        if !requests.contains(&count.requests) {
            requests.push(count.requests);
        }
    }
    let titles: Vec<String> = rungs.iter().map(|rung| format!("rung {rung}")).collect();
    let head: Vec<&str> =
        ["requests"].into_iter().chain(titles.iter().map(String::as_str)).collect();
    let rows = requests.iter().map(|&requests| {
        let of = |rung: &u32| {
            let mut all = record.instructions.iter();
            let count = all.find(|count| count.rung == *rung && count.requests == requests);
            count.map_or(NOTHING.to_owned(), |count| thousands(count.per_request))
        };
        [requests.to_owned()].into_iter().chain(rungs.iter().map(of)).collect()
    });
    table(&head, 1, rows.collect())
}

fn tools(record: &Record<'_>) -> String {
    let rows = record.tools.iter().map(|row| {
        let rung = match (row.rung, row.name) {
            (Some(5), Some(name)) => name.to_owned(),
            (Some(rung), Some(name)) => format!("{rung} {name}"),
            _ => String::new(),
        };
        let rate = row.rps.map_or(NOTHING.to_owned(), thousands);
        vec![row.command.clone(), rung, row.note.clone().unwrap_or_default(), rate]
    });
    table(&["command", "rung", "", "requests/s"], 3, rows.collect())
}

fn steps(record: &Record<'_>) -> String {
    let rows = record.steps.iter().map(|step| {
        vec![
            step.rung.clone(),
            step.over.clone(),
            format!("c={}", step.connections),
            step.by.to_owned(),
            step.expected.to_owned(),
            gain(step.measured),
            gain(step.rps_gain),
            gain(step.cpu_gain),
        ]
    });
    let head = ["rung", "over", "at", "judged by", "expected", "measured", "requests/s", "CPU"];
    let mut text = table(&head, 4, rows.collect());
    let (bottom, top) = (0, RUNGS.len() - 1);
    for connections in [1, 50, 100, 500] {
        if let (Some(old), Some(nova)) =
            (at(&record.rungs, bottom, connections), at(&record.rungs, top, connections))
        {
            let _ = write!(
                text,
                "\nIn all, at c={connections}: {} by requests/s, {} by CPU for each.",
                gain(nova.rps / old.rps),
                gain(old.cpu_us / nova.cpu_us)
            );
        }
    }
    text
}
