//! What the server tells of its failures, and whose they are.

use std::net::IpAddr;

use nova_http::testing::Bench;
use nova_http::{ProxiedHttp, Reason};

use super::facts::{Facts, with_facts};
use super::house::House;
use super::player::Player;
use super::stage::Stage;
use crate::oracle;

impl Stage<'_> {
    /// Notes how many connections of each host there are, or are on their way between workers.
    pub(super) fn note_hosts(&mut self) {
        if self.story.world.limits.connections_per_address == usize::MAX {
            return;
        }
        self.admitted = admitted(&self.bench);
        let (_, given_up) = self.network.failures();
        let under_way = self.admitted - self.bench.total().connections.get() - given_up;
        self.before.clear();
        for client in &self.story.clients {
            let host = client.host().into();
            let mine = |worker: usize| self.bench.application(worker).watch.of_host(host);
            let here: usize = (0..self.nexts.len()).map(mine).sum();
            self.before.push((host, here + under_way as usize));
        }
    }

    /// What the server has told of since.
    pub(super) fn failures(&mut self) {
        let failed = std::mem::take(&mut *self.failed.lock().expect("nobody panics with it"));
        for failed in failed {
            self.seen.failures += 1;
            self.trace.line(|| {
                let (reason, phase) = (failed.reason.name(), failed.phase.name());
                format!("the server tells: {reason} in {phase} of {:?}", failed.peer)
            });
            let mine =
                |player: &Player| player.conn.as_ref().is_some_and(|conn| conn.is(failed.peer));
            // The client may have left and come again.
            let Some(at) = self.players.iter().position(mine) else { continue };
            let Some(conn) = &mut self.players[at].conn else { continue };
            conn.failures.push(failed);
            conn.unmatched.push(failed);
            let name = format!("client {at}");
            with_facts!(self, facts => {
                oracle::reasons::failed(conn, &failed, &name, &facts, &self.books);
            });
        }
    }
}

/// Connections that have been accepted, and were not one too many.
pub(super) fn admitted(bench: &Bench<ProxiedHttp, House>) -> u64 {
    let total = bench.total();
    total.accepted.get() - total.failures.by_reason(Reason::Crowded)
}
