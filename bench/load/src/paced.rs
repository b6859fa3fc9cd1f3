//! An open loop: requests are due at fixed instants, whatever the server does.
//!
//! Latency counts from the instant a request was due, not from when a connection was free to send it
//! (no coordinated omission). With a core of its own the loop spins instead of sleeping: a sleeping
//! client would send in bursts. Where the server is to have a part of its core it sleeps until the next
//! request is due or an answer comes, which is as punctual as the kernel's timers.

use std::collections::VecDeque;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use crate::connections::{Connections, Wait};
use crate::outcome::{Outcome, histogram};

/// How long answers may lag behind the last due request before the run ends without them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends `rate` requests each second for `seconds`, over `connections` connections; `sleep` says
/// whether the core belongs to others in between.
pub fn run(
    address: SocketAddrV4,
    connections: usize,
    rate: u64,
    seconds: u64,
    sleep: bool,
    request: &[u8],
) -> anyhow::Result<Outcome> {
    let mut clients = Connections::open(address, connections, request)?;
    let mut free: VecDeque<usize> = (0..connections).collect();
    let mut latencies = histogram()?;
    let total = rate * seconds;
    let due_after = |number: u64| Duration::from_nanos(number * 1_000_000_000 / rate);
    let (mut sent, mut answered) = (0, 0);
    if sleep {
        bench_sys::process::wait_exactly()?;
    }
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
        let wait = if sleep {
            let next = if sent < total && !free.is_empty() { start + due_after(sent) } else { end };
            Wait::Exactly(next.saturating_duration_since(Instant::now()))
        } else {
            Wait::No
        };
        clients.receive(wait, |now| {
            latencies.saturating_record(now.latency.as_nanos() as u64);
            free.push_back(now.connection);
            answered += 1;
            Ok(())
        })?;
    }
    Ok(Outcome::new(&latencies, total - answered, start.elapsed()))
}
