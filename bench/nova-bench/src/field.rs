//! `field`: Nova beside its rivals, in turns, doing the same work.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use side_by_side::field::{self, Outcome, Plan, Progress, Record, Row, Spread, Watch};

use crate::{interrupt, record, stage};

/// Nova beside its rivals: the same work, the same answer, one worker each, in turns.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Workload of bench/workloads to run; may be repeated. Without it: all.
    #[arg(long, value_name = "NAME")]
    workload: Vec<String>,

    /// Rivals to measure, by name. Without it: all.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    peers: Vec<String>,

    /// Say which workloads and rivals there are, and measure nothing.
    #[arg(long)]
    list: bool,

    /// Rounds; each measures everybody once.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,

    /// Length of each measured run in seconds.
    #[arg(long, value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,

    /// Length of the warm-up before each measured run in seconds. Without it: 2 for JavaScript, 1 for
    /// others.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=60))]
    warm_up: Option<u64>,

    /// The version of Node.
    #[arg(long, value_name = "N", default_value_t = 24)]
    node_version: u32,

    /// The register.js of Nova's door for Node. Without it: that of this repository.
    #[arg(long, value_name = "FILE")]
    door: Option<PathBuf>,

    /// Fetch Node, Bun, Deno and Express with npm, into folders of the workspace that git ignores; and
    /// measure nothing.
    #[arg(long)]
    install: bool,

    /// Core of the server. Without it: the first that this process may use.
    #[arg(long, value_name = "CORE")]
    server_cpu: Option<usize>,

    /// Core of the client. Without it: the second that this process may use.
    #[arg(long, value_name = "CORE")]
    client_cpu: Option<usize>,

    #[command(flatten)]
    keep: record::Keep,

    /// Take the programs as they are.
    #[arg(long)]
    no_build: bool,
}

/// Measures, and prints a table for each workload.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.list {
        list()?;
        return Ok(ExitCode::SUCCESS);
    }
    if options.install {
        field::install(options.node_version)?;
        return Ok(ExitCode::SUCCESS);
    }
    let plan = Plan {
        workloads: options.workload.clone(),
        peers: options.peers.clone(),
        rounds: options.rounds as usize,
        seconds: options.seconds,
        warm_up: options.warm_up,
        node: options.node_version,
        door: options.door.clone(),
        server_cpu: options.server_cpu,
        client_cpu: options.client_cpu,
        build: !options.no_build,
        command: stage::command_line(),
    };
    interrupt::listen()?;
    let mut terminal = Terminal { keep: &options.keep, begun: None, shown: None };
    let record = field::run(&plan, &mut terminal)?;
    if let Some(last) = record.workloads.last().filter(|_| interrupt::asked()) {
        print!("{}", table(last));
    }
    print!("{}", summary(&record));
    Ok(ExitCode::SUCCESS)
}

fn list() -> anyhow::Result<()> {
    println!("Workloads");
    for definition in field::definitions()? {
        println!(
            "  {:<18} {}\n  {:<18} because: {}",
            definition.name, definition.what, "", definition.why
        );
    }
    println!("\nRivals");
    for rival in field::rivals() {
        println!("  {:<18} {:<24} {}", rival.name, rival.title, rival.lacks.join("; "));
    }
    Ok(())
}

/// Says what happens, and keeps what was measured.
struct Terminal<'a> {
    keep: &'a record::Keep,
    begun: Option<Instant>,
    /// The workload and the round that were last named.
    shown: Option<(String, usize)>,
}

impl Watch for Terminal<'_> {
    fn begins(&mut self, progress: Progress<'_>) {
        let Progress { workload, peer, round, over, all } = progress;
        let begun = self.begun.get_or_insert_with(Instant::now);
        let shown = (workload.to_owned(), round);
        if self.shown.as_ref() != Some(&shown) {
            let left = begun.elapsed().as_secs_f64() / over.max(1) as f64 * (all - over) as f64;
            let left =
                if over == 0 { String::new() } else { format!(", about {} to go", time(left)) };
            eprint!("\n{workload}, round {round} ({over} of {all} runs{left}):");
            self.shown = Some(shown);
        }
        eprint!(" {peer}");
    }

    fn ended(&mut self, brief: &str) {
        eprint!(" {brief}");
    }

    fn stop(&self) -> bool {
        interrupt::asked()
    }

    fn keep(&mut self, record: &Record) -> anyhow::Result<()> {
        let complete = |outcome: &&Outcome| {
            outcome
                .rows
                .iter()
                .all(|row| row.rounds.as_array().is_none_or(|all| all.len() == record.rounds))
        };
        if let Some(outcome) = record.workloads.last().filter(complete) {
            eprintln!();
            print!("{}", table(outcome));
        }
        self.keep.write(record)
    }
}

fn time(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}

/// One workload, the best first.
fn table(outcome: &Outcome) -> String {
    let mut text = format!("\n{}: {}\n\n", outcome.name, outcome.what);
    let ranked = outcome.ranked();
    let best = ranked.first().map_or(1.0, |(_, figure)| *figure);
    let unit = if outcome.memory { "octets/conn" } else { "CPU us/req" };
    text.push_str(&format!(
        "  {:>3}  {:<24} {unit:>12} {:>7} {:>10} {:>9} {:>9} {:>8}\n",
        "", "", "/ best", "req/s", "p50 us", "p99 us", "RSS MB"
    ));
    let cell = |spread: Option<Spread>, factor: f64, digits: usize| {
        spread.map_or_else(|| "-".to_owned(), |one| format!("{:.digits$}", one.median * factor))
    };
    for (place, (row, figure)) in ranked.iter().enumerate() {
        let figures = &row.figures;
        let digits = if outcome.memory { 0 } else { 2 };
        text.push_str(&format!(
            "  {:>3}  {:<24} {figure:>12.digits$} {:>7.2} {:>10} {:>9} {:>9} {:>8}\n",
            place + 1,
            row.title,
            figure / best,
            cell(figures.rps, 1.0, 0),
            cell(figures.p50_us, 1.0, 1),
            cell(figures.p99_us, 1.0, 1),
            cell(figures.resident, 1e-6, 1),
        ));
    }
    for row in
        outcome.rows.iter().filter(|row| ranked.iter().all(|(other, _)| other.peer != row.peer))
    {
        text.push_str(&format!("    -  {:<24} {}\n", row.title, why_not(row)));
    }
    text.push('\n');
    for row in &outcome.rows {
        let mut said: Vec<&str> = Vec::new();
        if row.missing.is_none() {
            said.extend(row.lacks.iter().map(String::as_str));
            said.extend(row.remarks.iter().map(String::as_str));
            said.extend(row.failed.iter().map(String::as_str));
        }
        if !said.is_empty() {
            text.push_str(&format!("  {}: {}\n", row.title, said.join("; ")));
        }
    }
    text
}

/// Why a row has no figure.
pub(crate) fn why_not(row: &Row) -> String {
    let failed = || row.failed.first().map(|why| format!("failed: {why}"));
    let missing = row.missing.as_ref().map(|why| format!("not measured: {why}"));
    missing.or_else(failed).unwrap_or_else(|| "not measured".to_owned())
}

/// Nova's place in each workload.
fn summary(record: &Record) -> String {
    let mut text =
        "\nWho spends the least CPU time for a request (idle: memory), and Nova's place\n\n"
            .to_owned();
    for outcome in &record.workloads {
        let ranked = outcome.ranked();
        let Some((first, _)) = ranked.first() else { continue };
        let place = |peer: &str| ranked.iter().position(|(row, _)| row.peer == peer);
        let nova = place("nova").map_or_else(|| "-".to_owned(), |place| (place + 1).to_string());
        text.push_str(&format!(
            "  {:<22} {:<24} nova {nova} of {}\n",
            outcome.name,
            first.title,
            ranked.len()
        ));
    }
    for note in &record.notes {
        text.push_str(&format!("  {note}\n"));
    }
    text
}
