//! What the figures were measured on, and with.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::options::Cores;
use crate::peer::{Places, h2o, nginx};

/// Crates whose versions matter to the figures.
const CRATES: &[&str] = &["hyper", "hyper-util", "axum", "tokio", "may_minihttp", "may", "memchr"];

/// The same of the rivals' workspace.
const RIVALS: &[&str] = &["actix-web", "ntex", "xitca-web"];

/// The machine and the versions.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The processor.
    pub model: String,
    /// How many cores this process may use.
    pub cores: usize,
    /// The core of the server.
    pub server_core: usize,
    /// The core of the client.
    pub client_core: usize,
    /// The release of Linux.
    pub kernel: String,
    /// What rustc says of itself.
    pub compiler: String,
    /// wrk's version.
    pub wrk: String,
    /// nginx's version, if it is installed.
    pub nginx: Option<String>,
    /// h2o's version, if it is installed.
    pub h2o: Option<String>,
    /// Of JavaScript.
    pub runtimes: Vec<String>,
    /// The revision of the repository.
    pub revision: String,
    /// Versions of crates that matter.
    pub crates: Vec<String>,
    /// Processes that were running or wanted to, over the last minute, at the start.
    pub load: f64,
}

impl Machine {
    /// Looks around, before this process is pinned. What cannot be found out is "unknown": a header must not stop a measurement.
    pub fn look(places: &Places, cores: Cores) -> Self {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let lock =
            |folder: &Path| fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default();
        let (own, rivals) = (lock(&places.bench), lock(&places.rivals()));
        let crates = CRATES.iter().filter_map(|name| version(&own, name));
        let crates = crates.chain(RIVALS.iter().filter_map(|name| version(&rivals, name)));
        Self {
            model: model(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            server_core: cores.server,
            client_core: cores.client,
            kernel: kernel.trim().to_owned(),
            compiler: first_line(Command::new("rustc").arg("-V")),
            wrk: wrk_version(),
            nginx: nginx::version(),
            h2o: h2o::version(),
            runtimes: places.runtimes.versions(),
            revision: revision(&places.root),
            crates: crates.collect(),
            load: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0),
        }
    }

    /// The head of the report.
    pub fn header(&self) -> String {
        let servers = self.nginx.iter().chain(&self.h2o);
        let others = [&self.wrk].into_iter().chain(servers).chain(&self.runtimes);
        let others: Vec<_> = others.map(String::as_str).collect();
        format!(
            "machine   {}, {} cores (server on {}, client on {}), Linux {}\n\
             compiler  {}; release profile: opt-level 3, thin LTO, one codegen unit, unwinding\n\
             versions  nova {}; {}; {}\n",
            self.model,
            self.cores,
            self.server_core,
            self.client_core,
            self.kernel,
            self.compiler,
            self.revision,
            self.crates.join(", "),
            others.join("; "),
        )
    }
}

/// Whether wrk can be started at all.
pub fn has_wrk() -> bool {
    // `wrk -v` prints its version and its usage, and exits with 1.
    Command::new("wrk").arg("-v").output().is_ok()
}

fn model() -> String {
    let text = output(&mut Command::new("lscpu"));
    let model = text.lines().find_map(|line| line.trim().strip_prefix("Model name:"));
    model.map_or_else(|| "unknown processor".to_owned(), |model| model.trim().to_owned())
}

fn wrk_version() -> String {
    let line = first_line(Command::new("wrk").arg("-v"));
    line.split(" Copyright").next().unwrap_or_default().to_owned()
}

fn revision(root: &Path) -> String {
    let arguments = ["describe", "--always", "--dirty", "--tags"];
    first_line(Command::new("git").arg("-C").arg(root).args(arguments))
}

fn first_line(command: &mut Command) -> String {
    let text = output(command);
    text.lines().next().filter(|line| !line.is_empty()).unwrap_or("unknown").to_owned()
}

fn output(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).into_owned()
}

/// A crate's version in Cargo's lock file.
fn version(lock: &str, name: &str) -> Option<String> {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let rest = &lock[lock.find(&entry)? + entry.len()..];
    Some(format!("{name} {}", rest.split('"').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version is that of the crate, not of one whose name begins alike.
    #[test]
    fn versions_are_found() {
        let lock = "[[package]]\nname = \"hyper-util\"\nversion = \"0.1.21\"\n\n\
                    [[package]]\nname = \"hyper\"\nversion = \"1.12.0\"\nsource = \"x\"\n";
        assert_eq!(version(lock, "hyper").as_deref(), Some("hyper 1.12.0"));
        assert_eq!(version(lock, "hyper-util").as_deref(), Some("hyper-util 0.1.21"));
        assert_eq!(version(lock, "may"), None);
    }
}
