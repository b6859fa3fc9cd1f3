//! Many requests at one instant: every connection sends, and then all answers are awaited; and again.
//!
//! It shows when the first of them is answered and when the middle one, which a server that answers
//! only after it has looked at everything would delay. Latency counts from the instant of the burst.

use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::connections::{Connections, Wait};
use crate::outcome::{Outcome, histogram};

/// Answers that take longer than this end the run as failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bursts of one request on each of `connections` connections, for `seconds`.
pub fn run(
    address: SocketAddrV4,
    connections: usize,
    seconds: u64,
    request: &[u8],
) -> anyhow::Result<Outcome> {
    let mut clients = Connections::open(address, connections, request)?;
    let (mut all, mut first) = (histogram()?, histogram()?);
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    while Instant::now() < end {
        let burst = Instant::now();
        for client in 0..connections {
            clients.send(client, burst)?;
        }
        let mut open = connections;
        while open > 0 {
            clients.receive(Wait::About(Duration::from_millis(100)), |now| {
                let latency = now.latency.as_nanos() as u64;
                if open == connections {
                    first.saturating_record(latency);
                }
                all.saturating_record(latency);
                open -= 1;
                Ok(())
            })?;
            ensure!(burst.elapsed() < PATIENCE, "{open} requests got no answer for {PATIENCE:?}");
        }
    }
    let first_us = Some(first.value_at_quantile(0.5) as f64 / 1e3);
    Ok(Outcome { first_us, ..Outcome::new(&all, 0, start.elapsed()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const NAP: Duration = Duration::from_millis(5);

    /// Answers one request after the other, each after a nap: all connections in one thread.
    fn server() -> SocketAddrV4 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let SocketAddr::V4(address) = listener.local_addr().unwrap() else { unreachable!() };
        thread::spawn(move || {
            // The one that learns, and then three.
            let (mut learner, _) = listener.accept().unwrap();
            answer(&mut learner);
            let mut three: Vec<_> = (0..3).map(|_| listener.accept().unwrap().0).collect();
            while three.iter_mut().all(answer) {}
        });
        address
    }

    fn answer(stream: &mut std::net::TcpStream) -> bool {
        let asked = stream.read_exact(&mut [0; REQUEST.len()]).is_ok();
        thread::sleep(NAP);
        asked && stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").is_ok()
    }

    /// Every request of a burst is counted, and the first answer is there before the middle one.
    #[test]
    fn the_first_answer_is_first() -> anyhow::Result<()> {
        let outcome = run(server(), 3, 1, REQUEST)?;
        let first = outcome.first_us.unwrap();
        assert!(outcome.requests >= 3 && outcome.requests % 3 == 0, "{outcome:?}");
        assert!(first >= 5e3 && first < outcome.p50_us, "{outcome:?}");
        Ok(())
    }
}
