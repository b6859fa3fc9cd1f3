//! `nova-bench sustained`: a server under load for a while, looked at each second. Memory and descriptors
//! must not grow.
//!
//! One new connection each second is verified beside the load, so that what belongs to a connection and is
//! not let go with it shows, too.

mod sample;
mod slope;

use std::net::{SocketAddr, SocketAddrV4};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};
use load::closed::Closed;
use serde::Serialize;
use side_by_side::heads::Heads;
use side_by_side::machine::Machine;

use crate::progress::Progress;
use crate::stage::{self, Common, Needed, Stage};
use crate::table::{table, thousands};
use crate::{interrupt, server};
use sample::{Sample, Sampler};
use slope::Slope;

/// Fewer samples say nothing about growth.
const FEWEST: usize = 3;
/// At most so many lines are printed; the record has them all.
const SHOWN: usize = 20;

/// Keeps a server busy and looks at its memory, descriptors, CPU time and latency each second. Ends with
/// an error if memory or descriptors grow.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How long.
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(5..=3_600))]
    seconds: u64,

    /// How long before, without a look: pools fill, pages are touched.
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    warm_up: u64,

    /// Connections of the client.
    #[arg(long, value_name = "N", default_value_t = 100)]
    connections: usize,

    /// Growth of resident memory that is still none, KiB each minute.
    #[arg(long, value_name = "KIB", default_value_t = 512.0)]
    memory_bound: f64,

    /// Growth of open descriptors that is still none, each minute.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    descriptor_bound: f64,

    /// Another server than `nova hello`: its command line, with {addr} where the address belongs.
    #[arg(long, value_name = "COMMAND", conflicts_with = "planted")]
    server: Option<String>,

    /// A server that leaks, to see that it would be seen.
    #[arg(long, value_name = "LEAK")]
    planted: Option<Planted>,

    #[command(flatten)]
    common: Common,
}

/// What a planted leak loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Planted {
    Memory,
    Descriptors,
}

/// What is written down.
#[derive(Debug, Serialize)]
struct Record<'a> {
    kind: &'static str,
    command: String,
    machine: &'a Machine,
    peer: &'a str,
    connections: usize,
    /// How long it went on: less than was asked for if it was interrupted.
    seconds: usize,
    samples: Vec<Sample>,
    slope: Slope,
    bounds: Slope,
    holds: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    interrupt::listen()?;
    let packages: &[&str] = if options.planted.is_some() { &["ladder"] } else { &[] };
    let nova = options.planted.is_none() && options.server.is_none();
    let stage = Stage::set(&options.common, Needed { packages, nova })?;
    let (peer, words) = match (&options.server, options.planted) {
        (Some(line), _) => ("server", line.split_whitespace().map(str::to_owned).collect()),
        (None, Some(Planted::Memory)) => {
            ("leaking-memory", server::program(&stage, "leaking-memory"))
        }
        (None, Some(Planted::Descriptors)) => {
            ("leaking-descriptors", server::program(&stage, "leaking-descriptors"))
        }
        (None, None) => ("nova", server::nova(&stage)),
    };
    let server = server::start(&stage, peer, &words)?;
    let samples = watch(options, server.address, server.pid())?;
    let slope = Slope::of(&samples);
    let bounds = Slope {
        rss_kib_per_minute: options.memory_bound,
        descriptors_per_minute: options.descriptor_bound,
    };
    let (holds, seconds) = (slope.within(bounds), samples.len());
    let connections = options.connections;
    let record = Record {
        kind: "sustained",
        command: stage::command_line(),
        machine: &stage.machine,
        peer,
        connections,
        seconds,
        samples,
        slope,
        bounds,
        holds,
    };
    println!("{peer}, {seconds} s with {connections} connections\n{}\n", shown(&record.samples));
    println!("{}", slope.say(bounds));
    stage::record(&options.common, &record)?;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Warms up, and then samples until the time is over or it is interrupted.
fn watch(options: &Options, address: SocketAddr, pid: u32) -> anyhow::Result<Vec<Sample>> {
    let SocketAddr::V4(v4) = address else { bail!("{address} is not what a server was told") };
    let requests = Heads::Get("/").render(address).concat();
    let mut progress = Progress::over((options.warm_up + options.seconds) as f64);
    progress.now("warm-up");
    let closed = closed(v4, options.connections, options.warm_up);
    closed.run(requests.as_bytes())?;
    progress.passed(options.warm_up as f64);
    let mut samples = Vec::new();
    let mut sampler = Sampler::new(pid)?;
    let closed = Closed { seconds: options.seconds, ..closed };
    let outcome = closed.watched(requests.as_bytes(), |second| {
        server::verify(address)?;
        let sample = sampler.sample(second, samples.len() + 1)?;
        progress.now(&sample.say());
        progress.passed(1.0);
        samples.push(sample);
        Ok(!interrupt::asked())
    });
    match outcome {
        // Ctrl-C may have reached the server before us.
        Err(error) if !interrupt::asked() => return Err(error),
        _ => {}
    }
    if samples.len() < FEWEST {
        bail!("{} seconds are too few to see growth", samples.len());
    }
    Ok(samples)
}

fn closed(address: SocketAddrV4, connections: usize, seconds: u64) -> Closed {
    Closed { address, connections, seconds, depth: 1, exact: true, starving: false }
}

/// Some of the samples, evenly spread, the first and the last among them.
fn shown(samples: &[Sample]) -> String {
    let every = samples.len().div_ceil(SHOWN).max(1);
    let last = samples.len().saturating_sub(1);
    let some = samples.iter().enumerate().filter(|(at, _)| at % every == 0 || *at == last);
    let rows = some.map(|(_, sample)| {
        vec![
            sample.at.to_string(),
            thousands(sample.rss_kib as f64),
            sample.descriptors.to_string(),
            format!("{:.2}", sample.cpu_us_per_request),
            thousands(sample.p50_us),
            thousands(sample.p99_us),
            thousands(sample.rps),
        ]
    });
    let head = ["second", "memory KiB", "descriptors", "CPU us", "p50 us", "p99 us", "requests/s"];
    table(&head, 0, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ladder::copies::Copies;
    use ladder::leaking::Leaking;
    use ladder::memory::Pooled;
    use ladder::service::Service;
    use ladder::{event_loop, listen};

    /// Three seconds of a server in this process.
    fn slope<S: Service + Default + 'static>() -> Slope {
        let listener = listen::listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || event_loop::serve::<S, Pooled>(&listener));
        let SocketAddr::V4(v4) = address else { unreachable!("IPv4") };
        let requests = Heads::Get("/").render(address).concat();
        let mut samples = Vec::new();
        let mut sampler = Sampler::new(std::process::id()).unwrap();
        let watched = closed(v4, 16, 60).watched(requests.as_bytes(), |second| {
            samples.push(sampler.sample(second, samples.len() + 1)?);
            Ok(samples.len() < FEWEST)
        });
        watched.unwrap();
        Slope::of(&samples)
    }

    /// A server that keeps memory is found out, and one that keeps descriptors. One after the other: both
    /// are in this process, whose memory and descriptors are looked at.
    #[test]
    fn planted_leaks_are_seen() {
        let memory = slope::<Leaking<Copies<Pooled>, true>>();
        assert!(memory.rss_kib_per_minute > 512.0, "{memory:?}");
        let bounds = Slope { rss_kib_per_minute: 512.0, descriptors_per_minute: 1e9 };
        assert!(!memory.within(bounds));
        let descriptors = slope::<Leaking<Copies<Pooled>, false>>();
        assert!(descriptors.descriptors_per_minute > 1.0, "{descriptors:?}");
        let bounds = Slope { rss_kib_per_minute: 1e9, descriptors_per_minute: 1.0 };
        assert!(!descriptors.within(bounds));
    }
}
