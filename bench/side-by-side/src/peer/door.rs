//! What Nova's door says at its end about who has served: a line of JSON for each server.
//!
//! A door that leaves a server or a connection to Node works, and is as fast as Node. Without this
//! account its figures would be taken for Nova's.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// A server of the program, as the door reports it.
#[derive(Debug, Deserialize)]
struct Line {
    /// Requests that the engine has served.
    requests: u64,
    /// Connections that went to Node, by reason.
    migrated: BTreeMap<String, u64>,
    /// Why the whole server was left to Node.
    fallback: Option<String>,
}

/// Who has served in a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    migrated: BTreeMap<String, u64>,
}

impl Served {
    /// Reads the report of a door that has ended.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).context("the door has left no report")?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut served = Self { requests: 0, migrated: BTreeMap::new() };
        for line in text.lines() {
            let line: Line =
                serde_json::from_str(line).with_context(|| format!("the door's report: {line}"))?;
            if let Some(reason) = line.fallback {
                anyhow::bail!("the server was left to Node: {reason}");
            }
            served.requests += line.requests;
            for (reason, connections) in line.migrated {
                *served.migrated.entry(reason).or_default() += connections;
            }
        }
        Ok(served)
    }

    /// Whether the engine has answered what the client has counted.
    pub(crate) fn answered(&self, counted: u64) -> anyhow::Result<()> {
        let requests = self.requests;
        ensure!(
            requests >= counted,
            "the engine served {requests} of {counted} requests, Node the others"
        );
        Ok(())
    }

    /// What belongs beside the figures.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = String> {
        let kinds = self.migrated.iter().filter(|(_, connections)| **connections > 0);
        kinds.map(|(reason, _)| format!("leaves connections to Node: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        r#"{"server":"127.0.0.1:1","requests":12,"migrated":{"trailers":1},"fallback":null}"#;

    /// All servers of the program count, and what went to Node is remarked.
    #[test]
    fn servers_are_added_up() {
        let served = Served::parse(&format!("{ONE}\n{ONE}\n")).unwrap();
        assert_eq!(served.requests, 24);
        assert_eq!(served.remarks().collect::<Vec<_>>(), ["leaves connections to Node: trailers"]);
        served.answered(24).unwrap();
    }

    /// Figures that are Node's are not taken for Nova's.
    #[test]
    fn a_door_that_served_nothing_is_found() {
        let error = Served::parse(&ONE.replace("null", r#""options""#)).unwrap_err().to_string();
        assert!(error.contains("left to Node: options"), "{error}");
        let error = Served::parse(ONE).unwrap().answered(13).unwrap_err().to_string();
        assert!(error.contains("12 of 13"), "{error}");
        assert!(Served::parse("nonsense").is_err());
        assert_eq!(Served::parse("").unwrap().requests, 0);
    }
}
