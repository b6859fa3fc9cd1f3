//! What is seen of a server after a second.

use std::time::Duration;

use anyhow::Context;
use load::closed::Second;
use serde::Serialize;
use side_by_side::account;

use crate::table::thousands;

/// A second of a server's life.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Sample {
    /// Which second it was.
    pub(crate) at: usize,
    pub(crate) rss_kib: u64,
    pub(crate) descriptors: usize,
    pub(crate) cpu_us_per_request: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) rps: f64,
}

/// Looks at a process.
#[derive(Debug)]
pub(crate) struct Sampler {
    pid: u32,
    spent: Duration,
}

impl Sampler {
    pub(crate) fn new(pid: u32) -> anyhow::Result<Self> {
        Ok(Self { pid, spent: bench_sys::process::cpu_time(pid)? })
    }

    /// After a second, which was the `at`th.
    pub(crate) fn sample(&mut self, second: &Second, at: usize) -> anyhow::Result<Sample> {
        let spent = bench_sys::process::cpu_time(self.pid)?;
        let cpu = spent.saturating_sub(self.spent);
        self.spent = spent;
        Ok(Sample {
            at,
            rss_kib: account::resident(self.pid)? / 1024,
            descriptors: descriptors(self.pid)?,
            cpu_us_per_request: cpu.as_secs_f64() * 1e6 / second.requests.max(1) as f64,
            p50_us: second.p50_us,
            p99_us: second.p99_us,
            rps: second.rps,
        })
    }
}

impl Sample {
    /// For whoever watches.
    pub(crate) fn say(&self) -> String {
        format!(
            "{} requests/s, p99 {} us, {} KiB, {} descriptors",
            thousands(self.rps),
            thousands(self.p99_us),
            thousands(self.rss_kib as f64),
            self.descriptors
        )
    }
}

/// Open descriptors.
fn descriptors(pid: u32) -> anyhow::Result<usize> {
    let folder = format!("/proc/{pid}/fd");
    Ok(std::fs::read_dir(&folder).with_context(|| format!("cannot read {folder}"))?.count())
}
