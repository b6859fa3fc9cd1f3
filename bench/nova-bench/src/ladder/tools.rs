//! What `ab`, `wrk` and `hey` say, as the plan wrote them, where they are installed.

use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use side_by_side::bounded;

use super::record::OfTool;
use super::rung::{RUNGS, Rung};
use crate::interrupt;
use crate::progress::Progress;
use crate::server;
use crate::stage::Stage;

/// A run that takes longer is ended: a blocking server may never come to its end.
const LIMIT: Duration = Duration::from_secs(30);
/// What a run takes where nobody is starved, by plan.
const PLANNED: f64 = 3.0;

/// A tool, what it is told, and how its report is read.
struct Tool {
    name: &'static str,
    words: &'static [&'static str],
    /// In front of the requests each second.
    rate: &'static str,
    /// Lines that begin so are complaints.
    complaints: &'static [&'static str],
}

const TOOLS: [Tool; 3] = [
    Tool {
        name: "ab",
        words: &["-n", "10000", "-c", "100"],
        rate: "Requests per second:",
        complaints: &["Failed requests:", "Non-2xx responses:"],
    },
    Tool {
        name: "wrk",
        // Without a duration it runs for ten seconds.
        words: &["-t4", "-c100", "-d3"],
        rate: "Requests/sec:",
        complaints: &["Socket errors:", "Non-2xx"],
    },
    Tool {
        name: "hey",
        words: &["-n", "10000", "-c", "100"],
        rate: "Requests/sec:",
        complaints: &["Error distribution:"],
    },
];

/// Seconds of all runs, by plan.
pub(super) fn planned() -> f64 {
    let installed = TOOLS.iter().filter(|tool| tool.is_installed()).count();
    // One rung may starve the clients of each tool until the limit.
    installed as f64 * (PLANNED * RUNGS.len() as f64 + LIMIT.as_secs_f64())
}

/// Every tool once against every rung.
pub(super) fn run(stage: &Stage, progress: &mut Progress) -> Vec<OfTool> {
    let mut rows = Vec::new();
    for tool in &TOOLS {
        if !tool.is_installed() {
            rows.push(tool.row(None, None, Some("not installed".to_owned())));
            continue;
        }
        for rung in RUNGS {
            if interrupt::asked() {
                return rows;
            }
            progress.now(&format!("{} against {}", tool.name, rung.title()));
            let row = match tool.measure(stage, rung) {
                Ok((rate, note)) => tool.row(Some(rung), Some(rate), note),
                Err(error) => tool.row(Some(rung), None, Some(format!("{error:#}"))),
            };
            if !interrupt::asked() {
                rows.push(row);
            }
            progress.passed(PLANNED);
        }
        progress.passed(LIMIT.as_secs_f64());
    }
    rows
}

impl Tool {
    fn is_installed(&self) -> bool {
        // Each of them ends at once without an address, one way or the other.
        Command::new(self.name).output().is_ok()
    }

    fn row(&self, rung: Option<&Rung>, rps: Option<f64>, note: Option<String>) -> OfTool {
        let command = format!("{} {}", self.name, self.words.join(" "));
        let (number, name) = (rung.map(|rung| rung.number), rung.map(|rung| rung.name));
        OfTool { tool: self.name, command, rung: number, name, rps, note }
    }

    fn measure(&self, stage: &Stage, rung: &Rung) -> anyhow::Result<(f64, Option<String>)> {
        let server = server::start(stage, rung.name, &rung.words(stage))?;
        let mut command = Command::new(self.name);
        command.args(self.words).arg(format!("http://{}/", server.address));
        self.read(&bounded::run(command, stage.cores.client, LIMIT)?)
    }

    /// The rate, and what the tool complains about.
    fn read(&self, report: &str) -> anyhow::Result<(f64, Option<String>)> {
        let lines = || report.lines().map(str::trim);
        let rate = lines().find_map(|line| line.strip_prefix(self.rate));
        let rate = rate.and_then(|rest| rest.split_whitespace().next());
        let rate = rate.with_context(|| format!("{} says no rate", self.name))?.parse()?;
        let complaint = lines().find(|line| {
            let about = |start: &&str| line.starts_with(*start) && !line.ends_with(" 0");
            self.complaints.iter().any(about)
        });
        Ok((rate, complaint.map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rate is found in each report.
    #[test]
    fn reports_are_read() {
        let [ab, wrk, hey] = TOOLS;
        let text = "Failed requests:        0\nRequests per second:    41234.56 [#/sec] (mean)\n";
        assert_eq!(ab.read(text).unwrap(), (41234.56, None));
        let text = "  301 requests in 3.00s\nRequests/sec: 153407.53\nTransfer/sec: 18.73MB\n";
        assert_eq!(wrk.read(text).unwrap(), (153_407.53, None));
        assert_eq!(hey.read("  Total: 0.2 secs\n  Requests/sec:\t43000.1\n").unwrap().0, 43000.1);
        assert!(hey.read("").is_err());
    }

    /// What a tool complains about stands beside its figure.
    #[test]
    fn complaints_are_kept() {
        let text = "  Socket errors: connect 0, read 0, write 0, timeout 297\nRequests/sec: 9.0\n";
        let (_, complaint) = TOOLS[1].read(text).unwrap();
        assert!(complaint.unwrap().ends_with("timeout 297"));
    }
}
