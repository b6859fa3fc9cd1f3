//! `nova-bench load`: the load generator for whoever wants to load a server of his own.

use std::net::{SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Args;
use http::Uri;
use load::closed::Closed;
use load::outcome::Outcome;
use load::paced::Paced;
use serde::Serialize;

use crate::interrupt;
use crate::progress::Progress;
use crate::stage;
use crate::table::{table, thousands};

/// Loads a server on this machine: as many requests as it answers, or at a fixed rate, pipelined, or each
/// on a connection of its own. Every answer is looked at.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What is asked for: http://127.0.0.1:3000/path
    url: Uri,

    /// Connections.
    #[arg(long, short = 'c', value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    connections: u32,

    /// How long.
    #[arg(long, short = 'd', value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,

    /// So many requests each second, whatever the server does; latency counts from when each should have
    /// left (no coordinated omission). Without it: each connection sends when it has its answer.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000), conflicts_with_all = ["depth", "fresh"])]
    rate: Option<u64>,

    /// Sleep between the requests of a fixed rate instead of spinning: where the server needs this core.
    #[arg(long, requires = "rate")]
    sleep: bool,

    /// Requests in one write (pipelining).
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    depth: u32,

    /// A new connection for each request.
    #[arg(long, conflicts_with = "depth")]
    fresh: bool,

    /// The method.
    #[arg(long, short = 'X', value_name = "METHOD")]
    method: Option<String>,

    /// One more field line, `Name: value`. May be repeated.
    #[arg(long = "header", short = 'H', value_name = "LINE")]
    headers: Vec<String>,

    /// File with the content of the request; it is a POST then.
    #[arg(long, value_name = "FILE", conflicts_with = "requests")]
    content: Option<PathBuf>,

    /// File with the octets of whole requests, sent in turn, instead of what the address and the options
    /// above say.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["method", "headers"])]
    requests: Option<PathBuf>,

    /// The content of answers may differ; status and length still may not.
    #[arg(long)]
    any_content: bool,

    /// The core of the load generator. Without it: the last that this process may use.
    #[arg(long, value_name = "CORE")]
    core: Option<usize>,

    /// Write what was measured to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What is written down.
#[derive(Debug, Serialize)]
struct Record<'a> {
    kind: &'static str,
    command: String,
    url: String,
    connections: u32,
    interrupted: bool,
    rps: f64,
    outcome: &'a Outcome,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    interrupt::listen()?;
    let address = address(&options.url)?;
    let octets = octets(options)?;
    bench_sys::process::raise_descriptor_limit()?;
    let allowed = bench_sys::process::allowed_cores()?;
    let core = options.core.or(allowed.last().copied()).context("there is no core")?;
    bench_sys::process::pin_to(&[core]).with_context(|| format!("cannot run on core {core}"))?;
    let outcome = go(options, address, &octets)?;
    ensure!(outcome.requests > 0, "no request was answered");
    let rps = outcome.requests as f64 / outcome.seconds;
    println!("{}", say(&outcome, rps, options));
    if let Some(file) = &options.json {
        let record = Record {
            kind: "load",
            command: stage::command_line(),
            url: options.url.to_string(),
            connections: options.connections,
            interrupted: interrupt::asked(),
            rps,
            outcome: &outcome,
        };
        stage::write(file, &record)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn go(options: &Options, address: SocketAddrV4, octets: &[u8]) -> anyhow::Result<Outcome> {
    let connections = options.connections as usize;
    let seconds = options.seconds;
    let mut progress = Progress::over(seconds as f64);
    progress.now(&format!("loading {address}"));
    if options.fresh {
        return load::fresh::run(address, connections, seconds, octets, || !interrupt::asked());
    }
    if let Some(rate) = options.rate {
        let paced = Paced { address, connections, rate, seconds, sleep: options.sleep };
        return paced.run(octets, || !interrupt::asked());
    }
    let depth = options.depth as usize;
    let exact = !options.any_content;
    let closed = Closed { address, connections, seconds, depth, exact, starving: true };
    closed.watched(octets, |second| {
        progress.now(&format!(
            "{} requests/s, p99 {} us",
            thousands(second.rps),
            thousands(second.p99_us)
        ));
        progress.passed(1.0);
        Ok(!interrupt::asked())
    })
}

/// Where the server is: on this machine, or nowhere.
fn address(url: &Uri) -> anyhow::Result<SocketAddrV4> {
    ensure!(url.scheme_str() == Some("http"), "{url}: only http://… is spoken here");
    let host = url.host().with_context(|| format!("{url}: no host"))?;
    let all = (host, url.port_u16().unwrap_or(80)).to_socket_addrs();
    let v4 = all.with_context(|| url.to_string())?.find_map(|address| match address {
        SocketAddr::V4(address) => Some(address),
        SocketAddr::V6(_) => None,
    });
    let address = v4.with_context(|| format!("{url}: no address of IPv4"))?;
    ensure!(address.ip().is_loopback(), "{address}: only servers on this machine are loaded");
    Ok(address)
}

/// The octets of one request, or of those of a file.
fn octets(options: &Options) -> anyhow::Result<Vec<u8>> {
    let read = |file: &PathBuf| {
        std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
    };
    if let Some(file) = &options.requests {
        return read(file);
    }
    let content = options.content.as_ref().map(read).transpose()?;
    let method = match (&options.method, &content) {
        (Some(method), _) => method,
        (None, Some(_)) => "POST",
        (None, None) => "GET",
    };
    ensure!(method != "HEAD", "answers to HEAD have no content to look at");
    let url = &options.url;
    let host = url.authority().context("the address has no host")?;
    let target = url.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
    for line in &options.headers {
        if !line.contains(':') || line.contains(['\r', '\n']) {
            bail!("{line:?} is no field line");
        }
        head += line;
        head += "\r\n";
    }
    if options.fresh {
        head += "Connection: close\r\n";
    }
    if let Some(content) = &content {
        head += &format!("Content-Length: {}\r\n", content.len());
    }
    head += "\r\n";
    Ok([head.into_bytes(), content.unwrap_or_default()].concat())
}

fn say(outcome: &Outcome, rps: f64, options: &Options) -> String {
    let rows = outcome.percentiles.iter().map(|&(percent, us)| {
        let name = if percent >= 100.0 { "longest".to_owned() } else { format!("{percent} %") };
        vec![name, format!("{us:.1}")]
    });
    let mut text = format!(
        "{} requests in {:.2} s: {} each second\n\n{}\n",
        thousands(outcome.requests as f64),
        outcome.seconds,
        thousands(rps),
        table(&["latency", "us"], 1, rows.collect())
    );
    if let Some(rate) = options.rate {
        text += "\nLatency counts from the instant at which each request was due.";
        if outcome.unanswered > 0 {
            text += &format!(
                " {} requests were due and got no answer: {rate} each second are too many.",
                thousands(outcome.unanswered as f64)
            );
        }
    }
    if outcome.starved > 0 {
        text += &format!("\n{} connections never got an answer.", outcome.starved);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn request(words: &[&str]) -> anyhow::Result<String> {
        let words = [&["load", "http://127.0.0.1:3000/a?b=c"], words].concat();
        Ok(String::from_utf8(octets(&Line::try_parse_from(words)?.options)?)?)
    }

    /// What is sent is what was said.
    #[test]
    fn requests_are_built() {
        let plain = "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n";
        assert_eq!(request(&[]).unwrap(), format!("{plain}\r\n"));
        assert_eq!(request(&["-H", "X: y"]).unwrap(), format!("{plain}X: y\r\n\r\n"));
        assert_eq!(request(&["--fresh"]).unwrap(), format!("{plain}Connection: close\r\n\r\n"));
        assert!(request(&["-H", "nonsense"]).is_err());
        assert!(request(&["-X", "HEAD"]).is_err());
    }

    /// Other machines are left alone.
    #[test]
    fn only_this_machine_is_loaded() {
        let address = |text: &str| address(&text.parse().unwrap());
        assert_eq!(address("http://127.0.0.1:81/").unwrap(), "127.0.0.1:81".parse().unwrap());
        assert!(address("http://192.0.2.1/").is_err());
        assert!(address("https://127.0.0.1/").is_err());
    }
}
