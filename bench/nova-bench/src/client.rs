//! The load program of this workspace, in a process and on a core of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use load::outcome::Outcome;
use side_by_side::bounded;

use crate::stage::Stage;

/// How much longer than it was asked to run it may take before it is ended.
const GRACE: Duration = Duration::from_secs(15);

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) connections: usize,
    pub(crate) way: Way,
}

/// How it does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Each request on a connection of its own.
    Fresh,
    /// So many requests in each write. Clients that are never served are counted.
    Closed { depth: usize },
}

impl Client {
    /// Runs it with the requests of a file; the answers' content must not change.
    pub(crate) fn run(
        self,
        stage: &Stage,
        address: SocketAddr,
        requests: &Path,
        seconds: u64,
    ) -> anyhow::Result<Outcome> {
        let mut command = Command::new(stage.places.program("load"));
        match self.way {
            Way::Fresh => command.arg("fresh"),
            Way::Closed { depth } => {
                command.args(["closed", "--exact", "--starving"]);
                command.arg("--depth").arg(depth.to_string())
            }
        };
        command.arg("--address").arg(address.to_string());
        command.arg("--connections").arg(self.connections.to_string());
        command.arg("--seconds").arg(seconds.to_string());
        command.arg("--request").arg(requests);
        let limit = Duration::from_secs(seconds) + GRACE;
        let outcome = serde_json::from_str(&bounded::run(command, stage.cores.client, limit)?)?;
        Ok(outcome)
    }
}
