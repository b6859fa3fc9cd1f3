//! The command: very many inputs, or one of them.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use fuzz::generate::Corpus;
use fuzz::shrink::shrink;
use node_fuzz::Llhttp;
use node_fuzz::door::{Door, Reads};
use node_fuzz::inputs::{Cuts, Inputs, OF_A_BATCH, head_bytes};
use node_fuzz::run::{Finding, Tally, batch};

/// Looks for octets that the Node door accepts, and llhttp reads as other requests.
#[derive(Parser, Debug)]
struct Command {
    /// A folder with a Node in each of its folders `20`, `22` …; without it, the `node` that is installed.
    #[arg(long, env = "NOVA_NODES", global = true)]
    nodes: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Generated inputs.
    Generate {
        /// So many, rounded up to whole batches.
        #[arg(long, default_value_t = 100_000)]
        inputs: u64,
        /// Other inputs for each seed.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Go on behind what was found, with the next batch.
        #[arg(long)]
        go_on: bool,
    },
    /// Every input of the conformance cases, cut at every place.
    Splits,
    /// The smallest input that fails as this file does.
    Shrink {
        /// Its octets.
        file: PathBuf,
        /// Node's `maxHeaderSize`.
        #[arg(long, default_value_t = 16 * 1024)]
        head_bytes: u32,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let Command { nodes, what } = Command::parse();
    let nodes = Llhttp::all(nodes.map(PathBuf::into_os_string));
    let mut llhttps =
        nodes.iter().map(|node| Llhttp::start(node)).collect::<anyhow::Result<Vec<_>>>()?;
    if llhttps.is_empty() {
        bail!("there is no Node");
    }
    for llhttp in &llhttps {
        println!("{}", llhttp.name);
    }
    match what {
        What::Generate { inputs, seed, go_on } => generate(&mut llhttps, inputs, seed, go_on),
        What::Splits => splits(&mut llhttps),
        What::Shrink { file, head_bytes } => {
            let octets = std::fs::read(&file).with_context(|| file.display().to_string())?;
            smallest(&mut llhttps, head_bytes, &octets)
        }
    }
}

fn generate(
    llhttps: &mut [Llhttp],
    wanted: u64,
    seed: u64,
    go_on: bool,
) -> anyhow::Result<ExitCode> {
    let (begin, mut tally, mut code) = (Instant::now(), Tally::default(), ExitCode::SUCCESS);
    let mut inputs = Inputs::new().map_err(anyhow::Error::msg)?;
    for number in 0..wanted.div_ceil(OF_A_BATCH) {
        let indices = number * OF_A_BATCH..(number + 1) * OF_A_BATCH;
        let octets: Vec<_> = indices.map(|index| inputs.input(seed, index)).collect();
        let head_bytes = head_bytes(seed, number);
        match batch(&door, llhttps, head_bytes, &octets, Cuts::Some)? {
            Ok(some) => tally.add(&some),
            Err(finding) => {
                println!("input {seed}:{}", number * OF_A_BATCH + finding.at as u64);
                code = tell(llhttps, head_bytes, &octets[finding.at], &finding)?;
                if !go_on {
                    return Ok(code);
                }
            }
        }
    }
    report(&tally, begin);
    Ok(code)
}

fn splits(llhttps: &mut [Llhttp]) -> anyhow::Result<ExitCode> {
    let (begin, mut tally) = (Instant::now(), Tally::default());
    let corpus = Corpus::of_the_cases().map_err(anyhow::Error::msg)?;
    let inputs: Vec<_> = corpus.iter().map(<[u8]>::to_vec).collect();
    let head_bytes = 16 * 1024;
    for some in inputs.chunks(32) {
        match batch(&door, llhttps, head_bytes, some, Cuts::Every)? {
            Ok(some) => tally.add(&some),
            Err(finding) => return tell(llhttps, head_bytes, &some[finding.at], &finding),
        }
    }
    report(&tally, begin);
    Ok(ExitCode::SUCCESS)
}

fn door(head_bytes: u32) -> Box<dyn Reads> {
    Box::new(Door::new(head_bytes))
}

fn report(tally: &Tally, begin: Instant) {
    let Tally { inputs, readings, accepted, requests, argued } = tally;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{inputs} inputs, read {readings} times by each, in {seconds:.1} s");
    println!(
        "{accepted} of them accepted to their end, with {requests} requests in all: the same for all"
    );
    println!("{argued} readings are the same in other words only (`src/argued.rs`)");
}

fn tell(
    llhttps: &mut [Llhttp],
    head_bytes: u32,
    octets: &[u8],
    finding: &Finding,
) -> anyhow::Result<ExitCode> {
    println!("{}", finding.what);
    println!(
        "  in {} pieces, maxHeaderSize {head_bytes}:\n{}",
        finding.pieces.len(),
        readable(octets)
    );
    smallest(llhttps, head_bytes, octets)
}

fn smallest(llhttps: &mut [Llhttp], head_bytes: u32, octets: &[u8]) -> anyhow::Result<ExitCode> {
    let mut ended = None;
    let mut fails = |octets: &[u8]| {
        let inputs = [octets.to_vec()];
        match batch(&door, llhttps, head_bytes, &inputs, Cuts::Every) {
            Ok(found) => found.err(),
            Err(error) => {
                ended = Some(error);
                None
            }
        }
    };
    if fails(octets).is_none() {
        println!("alone, and in a new engine, this input does not fail");
        return Ok(ExitCode::FAILURE);
    }
    let small = shrink(octets, |octets| fails(octets).is_some());
    println!("\nthe smallest that fails:\n{}", readable(&small));
    if let Some(finding) = fails(&small) {
        println!("{}", finding.what);
    }
    ended.map_or(Ok(ExitCode::FAILURE), Err)
}

/// Octets as text, a line for each line.
fn readable(octets: &[u8]) -> String {
    let lines = octets.split_inclusive(|&octet| octet == b'\n');
    lines.map(|line| format!("    {}\n", line.escape_ascii())).collect()
}
