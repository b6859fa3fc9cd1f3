//! Runs wrk, and reads what it prints.
//!
//! wrk corrects its latencies for coordinated omission after the run, with the mean time between two
//! requests of a connection as the interval. With pipelining that interval is that of one request
//! while a latency is that of a whole batch; the correction then fills the histogram with values that
//! nobody saw (and may even print a percentile of zero). So latencies of pipelined runs are dropped.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::bounded;

/// How much longer than it was asked to run wrk may take before it is ended.
const GRACE: Duration = Duration::from_secs(15);

/// One run of wrk.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What is asked for.
    pub url: &'a str,
    /// Connections.
    pub connections: usize,
    /// How long.
    pub seconds: u64,
    /// On which core.
    pub core: usize,
    /// The Lua script, the file of heads and how many of them are in one write; without it wrk sends
    /// its own GET.
    pub script: Option<(&'a Path, &'a Path, usize)>,
}

/// What wrk found.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// Answers.
    pub requests: u64,
    /// How long it took.
    pub seconds: f64,
    /// The median of the latency, microseconds; absent where wrk's percentiles mean nothing.
    pub p50_us: Option<f64>,
    /// Its 90th percentile.
    pub p90_us: Option<f64>,
    /// Its 99th percentile.
    pub p99_us: Option<f64>,
}

impl Run<'_> {
    /// Runs it. Anything that wrk calls an error fails the run.
    ///
    /// # Errors
    /// That, and whatever keeps it from running.
    pub fn run(self) -> anyhow::Result<Printed> {
        let mut command = Command::new("wrk");
        command.args(["--threads", "1", "--latency"]);
        command.arg("--connections").arg(self.connections.to_string());
        command.arg("--duration").arg(format!("{}s", self.seconds));
        if let Some((script, heads, depth)) = self.script {
            command.arg("--script").arg(script).arg(self.url).arg("--");
            command.arg(heads).arg(depth.to_string());
        } else {
            command.arg(self.url);
        }
        let limit = Duration::from_secs(self.seconds) + GRACE;
        let mut printed = parse(&bounded::run(command, self.core, limit)?)?;
        if self.script.is_some_and(|(_, _, depth)| depth > 1) {
            (printed.p50_us, printed.p90_us, printed.p99_us) = (None, None, None);
        }
        Ok(printed)
    }
}

/// Reads the whole report.
fn parse(text: &str) -> anyhow::Result<Printed> {
    for line in text.lines().map(str::trim) {
        if line.starts_with("Socket errors:") || line.starts_with("Non-2xx") {
            bail!("wrk: {line}");
        }
    }
    let line = text.lines().find(|line| line.contains(" requests in ")).context("no requests")?;
    let (requests, rest) = line.trim().split_once(" requests in ").context("no requests")?;
    let took = rest.split(',').next().unwrap_or_default();
    let printed = Printed {
        requests: requests.trim().parse().with_context(|| format!("requests: {requests}"))?,
        seconds: microseconds(took)? / 1e6,
        p50_us: Some(percentile(text, "50%")?),
        p90_us: Some(percentile(text, "90%")?),
        p99_us: Some(percentile(text, "99%")?),
    };
    ensure!(printed.requests > 0, "wrk got no answer");
    Ok(printed)
}

fn percentile(text: &str, name: &str) -> anyhow::Result<f64> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix(name));
    microseconds(value.with_context(|| format!("no line {name}"))?)
}

/// wrk's times: a number and `us`, `ms`, `s`, `m` or `h`.
fn microseconds(text: &str) -> anyhow::Result<f64> {
    let text = text.trim();
    let unit =
        text.find(|c: char| c.is_ascii_alphabetic()).with_context(|| format!("time: {text}"))?;
    let number: f64 = text[..unit].parse().with_context(|| format!("time: {text}"))?;
    let factor = match &text[unit..] {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 60e6,
        "h" => 3600e6,
        _ => bail!("time: {text}"),
    };
    Ok(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::sync::{Arc, Mutex};
    use std::thread;

    const REPORT: &str = "\
Running 3s test @ http://127.0.0.1:3000
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   410.43us   63.91us   3.47ms   97.31%
    Req/Sec   154.31k     3.62k  159.72k    86.67%
  Latency Distribution
     50%  402.00us
     75%  417.00us
     90%  432.00us
     99%    1.25ms
  460567 requests in 3.00s, 56.22MB read
Requests/sec: 153407.53
Transfer/sec:     18.73MB
";

    /// A clean report gives its four numbers.
    #[test]
    fn a_report_is_read() {
        let expected = Printed {
            requests: 460_567,
            seconds: 3.0,
            p50_us: Some(402.0),
            p90_us: Some(432.0),
            p99_us: Some(1250.0),
        };
        assert_eq!(parse(REPORT).unwrap(), expected);
    }

    /// Socket errors and other statuses fail the run, with wrk's own words.
    #[test]
    fn errors_fail_the_run() {
        for line in [
            "  Socket errors: connect 0, read 3, write 0, timeout 0",
            "  Non-2xx or 3xx responses: 12",
        ] {
            let text = REPORT.replace("Requests/sec", &format!("{line}\nRequests/sec"));
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(line.trim()), "{error}");
        }
    }

    /// A run without answers is no run.
    #[test]
    fn no_answers_fail_the_run() {
        assert!(parse(&REPORT.replace("460567 requests", "0 requests")).is_err());
        assert!(parse("").is_err());
    }

    /// Every unit that wrk prints is known.
    #[test]
    fn units() {
        let times = [("1.50us", 1.5), ("2.00ms", 2e3), ("1.10s", 1.1e6), ("1.00m", 60e6)];
        for (text, expected) in times {
            assert_eq!(microseconds(text).unwrap(), expected, "{text}");
        }
        assert!(microseconds("1.0").is_err());
        assert!(microseconds("fast").is_err());
    }

    /// Answers every head, one connection after the other, and keeps the first octets that come.
    fn listen(keep: usize) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (mut all, mut answered) = (Vec::new(), 0);
                let mut buffer = vec![0; 1 << 16];
                while let Ok(received @ 1..) = stream.read(&mut buffer) {
                    all.extend_from_slice(&buffer[..received]);
                    let heads = all.windows(4).filter(|window| window == b"\r\n\r\n").count();
                    let answers =
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".repeat(heads - answered);
                    answered = heads;
                    let mut kept = kept.lock().unwrap();
                    let room = keep.saturating_sub(kept.len()).min(received);
                    kept.extend_from_slice(&buffer[..room]);
                    drop(kept);
                    if all.len() > 50 * keep || stream.write_all(answers.as_bytes()).is_err() {
                        break;
                    }
                }
            }
        });
        (address, seen)
    }

    /// What wrk is told to send is what arrives: the heads of the file, in order, again and again,
    /// whether it is one head or many, alone or pipelined.
    #[test]
    fn the_script_sends_the_file() {
        if !crate::machine::has_wrk() {
            eprintln!("skipped: wrk is missing");
            return;
        }
        let places = crate::peer::Places::find().unwrap();
        let script = places.bench.join("workloads/batches.lua");
        for (different, depth) in [(1, 1), (1, 16), (32, 1), (32, 16)] {
            let file = std::env::temp_dir()
                .join(format!("side-by-side-test-{}-{different}-{depth}", std::process::id()));
            let mut heads: Vec<String> = (0..different)
                .map(|number| format!("GET /{number} HTTP/1.1\r\nHost: test\r\n\r\n"))
                .collect();
            std::fs::write(&file, heads.concat()).unwrap();
            // wrk asks for one batch before it connects, to count the requests in it.
            heads.rotate_left(depth % different);
            let expected = heads.concat().repeat(64 / different);
            let (address, seen) = listen(expected.len());
            let run = Run {
                url: &format!("http://{address}/"),
                connections: 1,
                seconds: 1,
                core: bench_sys::process::allowed_cores().unwrap()[0],
                script: Some((&script, &file, depth)),
            };
            // The listener hangs up in the end, which wrk may report as an error; what arrived counts.
            let _ = run.run();
            std::fs::remove_file(&file).unwrap();
            let seen = String::from_utf8(seen.lock().unwrap().clone()).unwrap();
            assert_eq!(seen, expected, "{different} heads, {depth} in a write");
        }
    }
}
