//! Everything that was measured, as JSON.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use crate::figures::Figure;
use crate::machine::Machine;
use crate::options::Options;
use crate::report;
use crate::results::Results;

/// Figures whose medians and ratios the record holds beside the rounds.
const SUMMED: &[Figure] = &[
    Figure::Cpu,
    Figure::CpuByTicks,
    Figure::Utilisation,
    Figure::KeptWaiting,
    Figure::Waits,
    Figure::Rate,
    Figure::P50,
    Figure::P90,
    Figure::P99,
    Figure::P999,
    Figure::First,
    Figure::Resident,
    Figure::Peak,
    Figure::IdleOctets,
];

/// Writes the record; an older one of the same name is replaced.
pub(crate) fn write(
    file: &Path,
    machine: &Machine,
    finished: &[Results<'_>],
    options: &Options,
) -> anyhow::Result<()> {
    let workloads: Vec<Value> = finished.iter().map(|results| workload(results, options)).collect();
    let record = json!({
        "machine": machine,
        "subject": options.subject,
        "seconds": options.seconds,
        "workloads": workloads,
    });
    let text = serde_json::to_string_pretty(&record)?;
    fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
}

fn workload(results: &Results<'_>, options: &Options) -> Value {
    let subject = options.subject.as_str();
    let peers: Vec<Value> = results
        .peers
        .iter()
        .map(|runs| {
            let of = |take: &dyn Fn(Figure) -> Option<Value>| -> Value {
                let pairs =
                    SUMMED.iter().filter_map(|figure| Some((figure.name(), take(*figure)?)));
                Value::Object(pairs.map(|(name, value)| (name.to_owned(), value)).collect())
            };
            json!({
                "peer": runs.peer,
                "remarks": runs.remarks,
                "medians": of(&|figure| runs.median(figure).map(|median| json!(median))),
                "subject_to_this": of(&|figure| {
                    results.ratio(figure, subject, &runs.peer).map(|ratio| json!(ratio))
                }),
                "rounds": runs.runs,
            })
        })
        .collect();
    let bars: Vec<Value> = report::bars(results, subject)
        .into_iter()
        .map(|(bar, measured, verdict)| json!({"bar": bar, "measured": measured, "verdict": verdict}))
        .collect();
    json!({
        "name": results.workload.name,
        "what": results.workload.what,
        "node": results.version,
        "warm_up": options.warm_up_for(results.workload),
        "connections": results.workload.connections,
        "depth": results.workload.depth,
        "notes": results.notes,
        "peers": peers,
        "bars": bars,
    })
}
