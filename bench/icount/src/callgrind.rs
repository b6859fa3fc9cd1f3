//! Running ourselves under callgrind.

use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Requests of the two runs whose difference is measured: start-up and warm-up cancel out.
const FEW: u32 = 2_048;
const MANY: u32 = 6_144;

/// Whether valgrind can be started.
pub(crate) fn available() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Instructions that `scenario` spends on a request.
pub(crate) fn per_request(scenario: &str) -> Result<f64> {
    let few = total(scenario, FEW)?;
    let many = total(scenario, MANY)?;
    ensure!(many > few, "{scenario}: more requests took fewer instructions");
    Ok((many - few) as f64 / f64::from(MANY - FEW))
}

fn total(scenario: &str, requests: u32) -> Result<u64> {
    let this = std::env::current_exe()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--collect-atstart=no", "--toggle-collect=*turned_under_callgrind*"])
        .arg(this)
        .args(["--scenario", scenario, "--serve", &requests.to_string()])
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
