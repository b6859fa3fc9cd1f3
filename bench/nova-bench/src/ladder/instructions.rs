//! Instructions between a read and a write, under callgrind: seconds on a shared machine say little about
//! one per cent, instructions repeat. As `bench/icount` counts those of Nova's worker.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use side_by_side::heads::Heads;

use super::PIPELINED;
use super::record::Instructions;
use crate::interrupt;
use crate::progress::Progress;
use crate::stage::Stage;

/// Rungs whose work is counted.
const COUNTED: [u32; 3] = [2, 3, 4];
/// Reads of the two runs whose difference is taken: what happens once cancels out.
const FEW: u32 = 512;
const MANY: u32 = 1_536;
/// What a count takes, by plan.
const PLANNED: f64 = 3.0;

/// More different heads than any memory of heads keeps.
const DIFFERENT: usize = 256;

/// What comes with one read: the heads, how many of them, and how many different reads there are.
const READS: [(&str, Heads, usize, usize); 4] = [
    ("small", Heads::Get("/"), 1, 1),
    ("small, 16 pipelined", Heads::Get("/"), PIPELINED, 1),
    ("twelve fields, repeated", Heads::Browser, 1, 1),
    ("twelve fields, differing", Heads::BrowserDiffering, 1, DIFFERENT),
];

/// Seconds of all counts, by plan.
pub(super) fn planned() -> f64 {
    if is_installed() { PLANNED * (COUNTED.len() * READS.len()) as f64 } else { 0.0 }
}

fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Counts, or says why not.
pub(super) fn count(
    stage: &Stage,
    progress: &mut Progress,
) -> anyhow::Result<(Vec<Instructions>, Option<String>)> {
    if !is_installed() {
        let why = "valgrind is not installed; instructions are not counted".to_owned();
        return Ok((Vec::new(), Some(why)));
    }
    let mut counts = Vec::new();
    // Heads name a host: always the same, so that counts repeat.
    let host = "127.0.0.1:3000".parse().context("an address")?;
    for (requests, heads, depth, parts) in READS {
        let rendered = heads.render(host);
        let octets = rendered.iter().take(parts).map(|head| head.repeat(depth)).collect::<String>();
        let file = stage.file("counted", octets.as_bytes())?;
        for rung in COUNTED {
            progress.now(&format!("instructions of rung {rung}, {requests}"));
            let few = total(stage, rung, (&file, parts), FEW);
            let many = total(stage, rung, (&file, parts), MANY);
            if interrupt::asked() {
                return Ok((counts, None));
            }
            let more = many?.checked_sub(few?).context("more requests, fewer instructions")?;
            let per_request = more as f64 / f64::from(MANY - FEW) / depth as f64;
            counts.push(Instructions { rung, requests, per_request });
            progress.passed(PLANNED);
        }
    }
    Ok((counts, None))
}

fn total(
    stage: &Stage,
    rung: u32,
    (file, parts): (&Path, usize),
    times: u32,
) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--collect-atstart=no", "--toggle-collect=*turned_under_callgrind*"])
        .arg(stage.places.program("ladder-count"))
        .args(["--rung", &rung.to_string(), "--times", &times.to_string()])
        .args(["--parts", &parts.to_string()])
        .arg("--request")
        .arg(file)
        .output()
        .context("valgrind does not start")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "valgrind failed:\n{text}");
    // "==123== Collected : 456"
    let line = text.lines().find(|line| line.contains("Collected :"));
    let number = line.and_then(|line| line.rsplit(' ').next());
    let number: u64 = number.context("valgrind printed no total")?.parse()?;
    ensure!(number > 0, "callgrind counted nothing: the measured function was inlined");
    Ok(number)
}
