//! What is kept of a measured field: versions, machine, command, and each row with its rounds. It is
//! written by one command and read by another.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::definition::Definition;
use super::{Plan, Rival};
use crate::figures::Figure;
use crate::machine::Machine;
use crate::peer::Missing;
use crate::results::PeerRuns;
use crate::workload::Workload;

/// All that was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// `field`.
    pub kind: String,
    /// Processor, kernel, compiler, versions.
    pub machine: Value,
    /// The words that asked for it.
    pub command: String,
    /// Length of a measured run.
    pub seconds: u64,
    /// How often each was measured.
    pub rounds: usize,
    /// What belongs beside everything.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Each kind of work.
    pub workloads: Vec<Outcome>,
}

/// One kind of work, and who did it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Its name on the command line.
    pub name: String,
    /// Its name in the report.
    pub title: String,
    /// What the client did.
    pub what: String,
    /// Why it is measured.
    pub why: String,
    /// Connections of the client.
    pub connections: usize,
    /// Requests in one write.
    pub depth: usize,
    /// Whether memory is what was measured.
    pub memory: bool,
    /// Everybody, in the order of the table.
    pub rows: Vec<Row>,
}

/// With whom a server is compared first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nova with a program in Rust.
    Nova,
    /// Nova under a program for Node.
    NovaNode,
    /// Another engine with a program in Rust.
    Rust,
    /// A program in JavaScript.
    JavaScript,
    /// A server that is configured, not programmed.
    Proxy,
}

/// One server in one workload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// Its name on the command line.
    pub peer: String,
    /// Its name in the report.
    pub title: String,
    /// With whom it is compared first.
    pub kind: Kind,
    /// What it does not do.
    pub lacks: Vec<String>,
    /// How its answer deviates from the agreed one without another meaning.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// Why it was not measured, if it was not.
    #[serde(default)]
    pub missing: Option<String>,
    /// Why rounds failed.
    #[serde(default)]
    pub failed: Vec<String>,
    /// Medians over the rounds.
    #[serde(default)]
    pub figures: Figures,
    /// Each round.
    #[serde(default)]
    pub rounds: Value,
}

/// The figures that are shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Figures {
    /// The server's CPU time for one request, microseconds.
    pub cpu_us: Option<Spread>,
    /// Requests each second.
    pub rps: Option<Spread>,
    /// Median latency, microseconds.
    pub p50_us: Option<Spread>,
    /// 90th percentile of the latency.
    #[serde(default)]
    pub p90_us: Option<Spread>,
    /// 99th percentile of the latency.
    pub p99_us: Option<Spread>,
    /// The latency that one request in a thousand exceeds.
    #[serde(default)]
    pub p999_us: Option<Spread>,
    /// Share of the run in which the server was running.
    pub busy: Option<Spread>,
    /// Resident memory after the run, octets.
    pub resident: Option<Spread>,
    /// Growth of resident memory for one idle connection, octets.
    pub idle_octets: Option<Spread>,
}

/// A median and its interval.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Spread {
    /// The median of the rounds.
    pub median: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Record {
    pub(super) fn new(machine: &Machine, plan: &Plan) -> Self {
        Self {
            kind: "field".to_owned(),
            machine: json!(machine),
            command: plan.command.clone(),
            seconds: plan.seconds,
            rounds: plan.rounds,
            notes: Vec::new(),
            workloads: Vec::new(),
        }
    }
}

impl Outcome {
    pub(super) fn new(definition: &Definition, workload: &Workload, rows: Vec<Row>) -> Self {
        let connections = workload.connections;
        let many = definition.connections.len() > 1;
        let title = &definition.title;
        Self {
            name: workload.name.to_owned(),
            title: if many { format!("{title}, {connections} conn.") } else { title.clone() },
            what: definition.what.clone(),
            why: definition.why.clone(),
            connections,
            depth: workload.depth,
            memory: workload.client.idle(),
            rows,
        }
    }

    /// Those who have the figure that counts, the best first.
    pub fn ranked(&self) -> Vec<(&Row, f64)> {
        let figure = |row: &Row| {
            let figures = &row.figures;
            if self.memory { figures.idle_octets } else { figures.cpu_us }
        };
        let mut ranked: Vec<_> =
            self.rows.iter().filter_map(|row| Some((row, figure(row)?.median))).collect();
        ranked.sort_by(|one, other| one.1.total_cmp(&other.1));
        ranked
    }
}

impl Row {
    fn new(rival: &Rival) -> Self {
        Self {
            peer: rival.name.to_owned(),
            title: rival.title.to_owned(),
            kind: rival.kind,
            lacks: rival.lacks.iter().map(|&lack| lack.to_owned()).collect(),
            remarks: Vec::new(),
            missing: None,
            failed: Vec::new(),
            figures: Figures::default(),
            rounds: Value::Null,
        }
    }

    pub(super) fn missing(rival: &Rival, Missing { reason, .. }: Missing) -> Self {
        Self { missing: Some(reason), ..Self::new(rival) }
    }

    pub(super) fn measured(rival: &Rival, runs: &PeerRuns) -> Self {
        let of = |figure| {
            let median = runs.median(figure)?;
            Some(Spread { median: median.median, low: median.low, high: median.high })
        };
        // What follows the first line is where in the program it happened.
        let first = |why: &str| why.lines().next().unwrap_or_default().to_owned();
        let failed =
            runs.failures().map(|(round, why)| format!("round {}: {}", round + 1, first(why)));
        Self {
            remarks: runs.remarks.clone(),
            failed: failed.collect(),
            figures: Figures {
                cpu_us: of(Figure::Cpu),
                rps: of(Figure::Rate),
                p50_us: of(Figure::P50),
                p90_us: of(Figure::P90),
                p99_us: of(Figure::P99),
                p999_us: of(Figure::P999),
                busy: of(Figure::Utilisation),
                resident: of(Figure::Resident),
                idle_octets: of(Figure::IdleOctets),
            },
            rounds: json!(runs.runs),
            ..Self::new(rival)
        }
    }
}
