//! What everybody on the stage may know.

use std::cell::Cell;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use nova_http::Limits;
use nova_io::sim::Network;

use crate::story::Handlers;

/// An order to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    pub(crate) at: Duration,
    pub(crate) grace: Duration,
    /// The first moment of rest after it.
    pub(crate) quiet: Option<Duration>,
}

impl Stop {
    /// When idle connections are closed.
    pub(crate) fn idle(&self) -> Duration {
        self.at + (self.grace / 4).min(Duration::from_secs(1))
    }
}

/// What everybody may know.
pub(crate) struct Facts<'a> {
    pub(crate) now: Duration,
    pub(crate) limits: &'a Limits,
    pub(crate) handlers: Handlers,
    pub(crate) network: &'a Network,
    pub(crate) address: SocketAddr,
    pub(crate) stop: Option<Stop>,
    /// When the clock has last jumped.
    pub(crate) jumped: Duration,
    pub(crate) adopt_failures: u64,
    /// Clients that a worker has taken in, at some time.
    pub(crate) connected: &'a HashSet<SocketAddr>,
    /// Connections that were open, or about to be, in this turn, by address.
    pub(super) open: &'a dyn Fn(IpAddr) -> usize,
    pub(super) ports: &'a Cell<u16>,
}

impl Facts<'_> {
    /// A new address on a host.
    pub(crate) fn an_address(&self, host: Ipv4Addr) -> SocketAddr {
        let port = self.ports.get();
        self.ports.set(port + 1);
        SocketAddr::from((host, port))
    }

    pub(crate) fn of_host(&self, host: IpAddr) -> usize {
        (self.open)(host)
    }
}

/// With the facts and the players at hand.
macro_rules! with_facts {
    ($stage:ident, $facts:ident => $call:expr) => {{
        let before = &$stage.before;
        let since = admitted(&$stage.bench) - $stage.admitted;
        let open = |host: IpAddr| {
            before.iter().find(|it| it.0 == host).map_or(0, |it| it.1) + since as usize
        };
        let $facts = Facts {
            now: $stage.network.elapsed(),
            limits: &$stage.limits,
            handlers: $stage.story.world.handlers,
            network: &$stage.network,
            address: $stage.address,
            stop: $stage.stop,
            jumped: $stage.jumped,
            adopt_failures: $stage.network.failures().1,
            connected: &$stage.connected,
            open: &open,
            ports: &$stage.ports,
        };
        $call
    }};
}
pub(super) use with_facts;
