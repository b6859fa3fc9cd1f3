//! `nova-bench ladder`: servers that answer the same Hello World, each with one idea more than the one
//! below. `rung.rs` says which, `climb.rs` measures, `steps.rs` holds the figures against the plan.

mod climb;
mod instructions;
mod record;
mod rung;
mod shown;
mod steps;
mod tools;

use std::process::ExitCode;

use clap::Args;

use crate::progress::Progress;
use crate::stage::{self, Common, Needed, Stage};
use crate::{interrupt, table};
use record::Record;
use rung::RUNGS;

/// Requests in one write, where they are pipelined.
const PIPELINED: usize = 16;

/// Climbs the ladder: the old server, keep-alive, an event loop, pooled memory, views instead of copies,
/// and Nova.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Say what the rungs are, and measure nothing.
    #[arg(long)]
    list: bool,

    /// Rounds; each measures every rung with every load once.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// Length of each measured run in seconds.
    #[arg(long, value_name = "S", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,

    /// Length of the warm-up before each.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=60))]
    warm_up: u64,

    /// Connections of the client.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [1, 50, 100, 500])]
    connections: Vec<usize>,

    /// Leave ab, wrk and hey out.
    #[arg(long)]
    no_tools: bool,

    /// Count no instructions.
    #[arg(long)]
    no_instructions: bool,

    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.list {
        let rows = RUNGS.iter().map(|rung| {
            let expected = rung.expected.map_or("", |expected| expected.text);
            [&rung.title(), rung.idea, expected].map(str::to_owned).to_vec()
        });
        println!("{}", table::table(&["rung", "idea", "expected"], 2, rows.collect()));
        return Ok(ExitCode::SUCCESS);
    }
    interrupt::listen()?;
    let stage = Stage::set(&options.common, Needed { packages: &["ladder"], nova: true })?;
    let mut record = Record {
        kind: "ladder",
        command: stage::command_line(),
        machine: &stage.machine,
        seconds: options.seconds,
        warm_up: options.warm_up,
        interrupted: false,
        rungs: Vec::new(),
        steps: Vec::new(),
        instructions: Vec::new(),
        tools: Vec::new(),
        notes: Vec::new(),
    };
    let mut progress = Progress::over(planned(options));
    record.rungs = climb::climb(&stage, options, &mut progress)?;
    record.steps = steps::steps(&record.rungs);
    if !options.no_instructions && !interrupt::asked() {
        let (counts, note) = instructions::count(&stage, &mut progress)?;
        record.instructions = counts;
        record.notes.extend(note);
    }
    if !options.no_tools && !interrupt::asked() {
        record.tools = tools::run(&stage, &mut progress);
    }
    drop(progress);
    record.interrupted = interrupt::asked();
    if record.interrupted {
        record
            .notes
            .push("It was interrupted: there are fewer rounds than were asked for.".to_owned());
    }
    if stage.machine.load > 0.5 {
        record
            .notes
            .push("Others were using the machine: take none of this for certain.".to_owned());
    }
    print!("{}", shown::show(&record, options));
    stage::record(&options.common, &record)?;
    Ok(ExitCode::SUCCESS)
}

/// Seconds, by plan.
fn planned(options: &Options) -> f64 {
    let rounds = 0..options.rounds as usize;
    let parts = rounds.flat_map(|round| climb::parts(options, round));
    let climbing: f64 = parts.map(|part| climb::planned(part, options)).sum();
    climbing
        + if options.no_instructions { 0.0 } else { instructions::planned() }
        + if options.no_tools { 0.0 } else { tools::planned() }
}
