//! A closed loop: each connection sends its next request when the last answer is complete, and the
//! client sleeps in between. What wrk does too, but with latencies in nanoseconds: at one connection
//! wrk's whole microseconds are coarser than the differences to be seen.

use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::connections::{Connections, Wait};
use crate::outcome::{Outcome, histogram};

/// An answer that takes longer than this ends the run as failed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps `connections` connections busy for `seconds`.
pub fn run(
    address: SocketAddrV4,
    connections: usize,
    seconds: u64,
    request: &[u8],
) -> anyhow::Result<Outcome> {
    let mut clients = Connections::open(address, connections, request)?;
    let mut latencies = histogram()?;
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    for client in 0..connections {
        clients.send(client, Instant::now())?;
    }
    let mut open = connections;
    let mut free = Vec::with_capacity(connections);
    let mut heard = start;
    while open > 0 {
        let before = open;
        clients.receive(Wait::About(Duration::from_millis(100)), |client, latency| {
            latencies.saturating_record(latency.as_nanos() as u64);
            free.push(client);
            open -= 1;
            Ok(())
        })?;
        let now = Instant::now();
        if open < before {
            heard = now;
        }
        ensure!(now - heard < PATIENCE, "{open} requests got no answer for {PATIENCE:?}");
        for client in free.drain(..) {
            if now < end {
                clients.send(client, Instant::now())?;
                open += 1;
            }
        }
    }
    Ok(Outcome::new(&latencies, 0, start.elapsed()))
}
