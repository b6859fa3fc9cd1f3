//! An open loop: requests are due at fixed instants, whatever the server does.
//!
//! Latency counts from the instant a request was due, not from when a connection was free to send it
//! (no coordinated omission). The loop spins instead of sleeping: it has a core of its own, and a
//! sleeping client would send in bursts.

use std::collections::VecDeque;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use crate::connections::Connections;
use crate::outcome::{Outcome, histogram};

/// How long answers may lag behind the last due request before the run ends without them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends `rate` requests each second for `seconds`, over `connections` connections.
pub fn run(
    address: SocketAddrV4,
    connections: usize,
    rate: u64,
    seconds: u64,
    request: &[u8],
) -> anyhow::Result<Outcome> {
    let mut clients = Connections::open(address, connections, request)?;
    let mut free: VecDeque<usize> = (0..connections).collect();
    let mut latencies = histogram()?;
    let total = rate * seconds;
    let due_after = |number: u64| Duration::from_nanos(number * 1_000_000_000 / rate);
    let (mut sent, mut answered) = (0, 0);
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds) + PATIENCE;
    while answered < total {
        let now = Instant::now();
        if now > end {
            break;
        }
        while sent < total && now >= start + due_after(sent) {
            let Some(client) = free.pop_front() else { break };
            clients.send(client, start + due_after(sent))?;
            sent += 1;
        }
        clients.receive(0, |client, latency| {
            latencies.saturating_record(latency.as_nanos() as u64);
            free.push_back(client);
            answered += 1;
            Ok(())
        })?;
    }
    Ok(Outcome::new(&latencies, total - answered, start.elapsed()))
}
