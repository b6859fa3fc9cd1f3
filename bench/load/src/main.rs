//! `load`: makes the load that wrk cannot make, prints what it found as JSON, and ends in time.
#![forbid(unsafe_code)]

use std::io::{BufRead, stdin};
use std::net::SocketAddrV4;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use load::closed::Closed;
use load::paced::Paced;
use load::{burst, fresh, idle};

/// Load for HTTP servers on this machine.
#[derive(Parser)]
struct Options {
    /// The server.
    #[arg(long, global = true, default_value = "127.0.0.1:3000")]
    address: SocketAddrV4,
    /// Run on this core only.
    #[arg(long, global = true)]
    core: Option<usize>,
    #[command(subcommand)]
    load: Load,
}

#[derive(Subcommand)]
enum Load {
    /// Requests at a fixed rate; latency counts from when each was due.
    Paced {
        /// Connections, each with at most one request open.
        #[arg(long, default_value_t = 64)]
        connections: usize,
        /// Requests each second.
        #[arg(long, default_value_t = 100_000)]
        rate: u64,
        /// Sleep between requests, for the sake of who shares the core.
        #[arg(long)]
        sleep: bool,
        /// How long.
        #[arg(long, default_value_t = 3)]
        seconds: u64,
        /// File with the octets of one request.
        #[arg(long)]
        request: PathBuf,
    },
    /// As many requests as the server answers; each connection has one open, or one batch. The requests
    /// of the file are sent in turn, and must all be answered alike.
    Closed {
        /// Requests in one write.
        #[arg(long, default_value_t = 1)]
        depth: usize,
        /// The content of all answers must be that of the first.
        #[arg(long)]
        exact: bool,
        /// Count connections that never get an answer, instead of failing.
        #[arg(long)]
        starving: bool,
        /// Connections.
        #[arg(long, default_value_t = 1)]
        connections: usize,
        /// How long.
        #[arg(long, default_value_t = 3)]
        seconds: u64,
        /// File with the octets of the requests.
        #[arg(long)]
        request: PathBuf,
    },
    /// One request on each connection at the same instant, and again when all are answered.
    Burst {
        /// Connections.
        #[arg(long, default_value_t = 64)]
        connections: usize,
        /// How long.
        #[arg(long, default_value_t = 3)]
        seconds: u64,
        /// File with the octets of the requests.
        #[arg(long)]
        request: PathBuf,
    },
    /// As many requests as the server answers, each on a connection of its own. The request must say
    /// `Connection: close`.
    Fresh {
        /// Connections that are open at a time.
        #[arg(long, default_value_t = 64)]
        connections: usize,
        /// How long.
        #[arg(long, default_value_t = 3)]
        seconds: u64,
        /// File with the octets of one request.
        #[arg(long)]
        request: PathBuf,
    },
    /// Connections that do a GET and a POST, or one of them, or nothing, and are then kept idle. After a warm-up prints `warm` and
    /// waits for a line; then opens them all, prints `held N` and waits for a line; then prints
    /// `silent N`, the number that the server kept.
    Idle {
        /// Connections.
        #[arg(long, default_value_t = 10_000)]
        connections: usize,
        /// How many of them are busy at the same time, and how many the warm-up uses.
        #[arg(long, default_value_t = 100)]
        wave: usize,
        /// File with the octets of the GET.
        #[arg(long)]
        get: Option<PathBuf>,
        /// File with the octets of the POST.
        #[arg(long)]
        post: Option<PathBuf>,
    },
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(options.address.ip().is_loopback(), "only servers on this machine are loaded");
    let descriptors = bench_sys::process::raise_descriptor_limit()?;
    if let Some(core) = options.core {
        bench_sys::process::pin_to(&[core])
            .with_context(|| format!("cannot run on core {core}"))?;
    }
    let octets = |file: PathBuf| {
        std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    match options.load {
        Load::Paced { connections, rate, sleep, seconds, request } => {
            ensure!(rate > 0 && connections > 0, "a rate and connections are needed");
            let request = octets(request)?;
            let paced = Paced { address: options.address, connections, rate, seconds, sleep };
            let outcome = paced.run(&request, || true)?;
            println!("{}", serde_json::to_string(&outcome)?);
        }
        Load::Closed { depth, exact, starving, connections, seconds, request } => {
            ensure!(connections > 0 && depth > 0, "connections are needed, and requests");
            let request = octets(request)?;
            let address = options.address;
            let closed = Closed { address, connections, seconds, depth, exact, starving };
            let outcome = closed.run(&request)?;
            println!("{}", serde_json::to_string(&outcome)?);
        }
        Load::Burst { connections, seconds, request } => {
            ensure!(connections > 0, "connections are needed");
            let request = octets(request)?;
            let outcome = burst::run(options.address, connections, seconds, &request)?;
            println!("{}", serde_json::to_string(&outcome)?);
        }
        Load::Fresh { connections, seconds, request } => {
            ensure!(connections > 0, "connections are needed");
            let request = octets(request)?;
            let outcome = fresh::run(options.address, connections, seconds, &request, || true)?;
            println!("{}", serde_json::to_string(&outcome)?);
        }
        Load::Idle { connections, wave, get, post } => {
            ensure!(
                (connections as u64) + 100 < descriptors,
                "{connections} connections need more than the {descriptors} descriptors allowed"
            );
            let requests = [get, post].into_iter().flatten().map(octets);
            let requests = requests.collect::<anyhow::Result<Vec<_>>>()?;
            let requests = requests.iter().map(Vec::as_slice).collect();
            let visit = idle::Visit { address: options.address, requests, wave };
            drop(visit.open(wave)?);
            println!("warm");
            wait_for_line()?;
            let kept = visit.open(connections)?;
            println!("held {}", kept.len());
            wait_for_line()?;
            println!("silent {}", idle::still_silent(&kept)?);
        }
    }
    Ok(())
}

fn wait_for_line() -> anyhow::Result<()> {
    stdin().lock().read_line(&mut String::new())?;
    Ok(())
}
