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

/// An open loop.
#[derive(Debug, Clone, Copy)]
pub struct Paced {
    /// The server.
    pub address: SocketAddrV4,
    /// Connections, each with at most one request open.
    pub connections: usize,
    /// Requests each second.
    pub rate: u64,
    /// How long.
    pub seconds: u64,
    /// Whether the core belongs to others in between.
    pub sleep: bool,
}

impl Paced {
    /// Sends the requests of a file in turn, as long as `go_on` says so.
    ///
    /// # Errors
    /// A connection fails, or gets another answer than the first one was.
    pub fn run(&self, requests: &[u8], go_on: impl Fn() -> bool) -> anyhow::Result<Outcome> {
        let Self { address, connections, rate, seconds, sleep } = *self;
        let mut clients = Connections::open(address, connections, requests)?;
        let mut free: VecDeque<usize> = (0..connections).collect();
        let mut latencies = histogram()?;
        let mut total = rate * seconds;
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
            if !go_on() {
                // What is not sent by now was never due.
                total = sent;
            }
            while sent < total && now >= start + due_after(sent) {
                let Some(client) = free.pop_front() else { break };
                clients.send(client, start + due_after(sent))?;
                sent += 1;
            }
            let wait = if sleep {
                let more = sent < total && !free.is_empty();
                let next = if more { start + due_after(sent) } else { end };
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
        Ok(Outcome::new(&latencies, total.saturating_sub(answered), start.elapsed()))
    }
}
