//! A closed loop: each connection sends its next request when the last answer is complete, or its next
//! batch when all answers are, and the client sleeps in between. What wrk does too, but with latencies in
//! nanoseconds (at one connection wrk's whole microseconds are coarser than the differences to be seen),
//! with answers that are looked at, and with batches whose latencies mean something.

use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use anyhow::ensure;
use hdrhistogram::Histogram;

use crate::connections::{Connections, Wait};
use crate::outcome::{Outcome, histogram};
use crate::requests::in_batches;

/// An answer that takes longer than this ends the run as failed.
const PATIENCE: Duration = Duration::from_secs(2);

/// A closed loop.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    /// The server.
    pub address: SocketAddrV4,
    /// Connections that are kept busy.
    pub connections: usize,
    /// How long.
    pub seconds: u64,
    /// Requests in one write; all their answers are awaited before the next.
    pub depth: usize,
    /// The content of all answers must be that of the first.
    pub exact: bool,
    /// Connections that never get an answer are counted; otherwise they fail the run.
    pub starving: bool,
}

impl Closed {
    /// Runs it with the requests of a file, in turn.
    ///
    /// # Errors
    /// A connection fails or gets another answer than the first one was, or none in time.
    pub fn run(&self, requests: &[u8]) -> anyhow::Result<Outcome> {
        self.watched(requests, |_| Ok(true))
    }

    /// The same, and calls `watch` after each second with what it brought; it ends the run by `false`.
    /// The client waits meanwhile.
    ///
    /// # Errors
    /// As [`Closed::run`], and what `watch` says.
    pub fn watched(
        &self,
        requests: &[u8],
        mut watch: impl FnMut(&Second) -> anyhow::Result<bool>,
    ) -> anyhow::Result<Outcome> {
        let octets = in_batches(requests, self.depth)?;
        let Self { address, connections, depth, exact, .. } = *self;
        let mut clients = Connections::open_pipelined(address, connections, &octets, depth, exact)?;
        let (mut latencies, mut of_second) = (histogram()?, histogram()?);
        let start = Instant::now();
        let mut end = start + Duration::from_secs(self.seconds);
        let mut second = start;
        for client in 0..connections {
            clients.send(client, Instant::now())?;
        }
        let mut open = connections;
        let mut free = Vec::with_capacity(connections);
        let mut heard = start;
        while open > 0 {
            let mut answers = 0;
            clients.receive(Wait::About(Duration::from_millis(100)), |now| {
                // It cannot fail: longer latencies count as the longest there is.
                of_second.saturating_record_n(now.latency.as_nanos() as u64, now.answers);
                answers += now.answers;
                if now.free {
                    free.push(now.connection);
                    open -= 1;
                }
                Ok(())
            })?;
            let now = Instant::now();
            if answers > 0 {
                heard = now;
            }
            if now - heard >= PATIENCE {
                let only_starved = self.starving && clients.still_waiting() == 0;
                ensure!(only_starved, "{open} requests got no answer for {PATIENCE:?}");
                break;
            }
            if now - second >= Duration::from_secs(1) {
                let seen = Second::new(&of_second, now - start, now - second);
                latencies.add(&of_second)?;
                of_second.reset();
                if !watch(&seen)? {
                    end = now;
                }
                // What `watch` took is nobody's second.
                second = Instant::now();
            }
            for client in free.drain(..) {
                if now < end {
                    clients.send(client, Instant::now())?;
                    open += 1;
                }
            }
        }
        // The last second is a little short when the time is over.
        if second.elapsed() >= Duration::from_millis(900) && !of_second.is_empty() {
            watch(&Second::new(&of_second, start.elapsed(), second.elapsed()))?;
        }
        latencies.add(&of_second)?;
        // Where nothing came in the end, waiting for it is no part of the run.
        let took = heard.max(end.min(Instant::now())) - start;
        Ok(Outcome { starved: clients.never_served(), ..Outcome::new(&latencies, 0, took) })
    }
}

/// What a second of a run brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Second {
    /// Since the run began.
    pub at: Duration,
    /// Answers.
    pub requests: u64,
    /// How many they are in one second; the interval is a little longer.
    pub rps: f64,
    /// The median of the latency, microseconds.
    pub p50_us: f64,
    /// Its 99th percentile, microseconds.
    pub p99_us: f64,
}

impl Second {
    fn new(latencies: &Histogram<u64>, at: Duration, took: Duration) -> Self {
        let quantile = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
        Self {
            at,
            requests: latencies.len(),
            rps: latencies.len() as f64 / took.as_secs_f64(),
            p50_us: quantile(0.5),
            p99_us: quantile(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::thread;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    /// Serves one connection after the other, as long as each of them lasts.
    fn one_by_one(answer: impl Fn(usize) -> String + Send + 'static) -> SocketAddrV4 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let SocketAddr::V4(address) = listener.local_addr().unwrap() else { unreachable!() };
        thread::spawn(move || {
            let mut count = 0;
            let mut serve = |mut stream: TcpStream| {
                while stream.read_exact(&mut [0; REQUEST.len()]).is_ok() {
                    count += 1;
                    if stream.write_all(answer(count).as_bytes()).is_err() {
                        break;
                    }
                }
            };
            listener.incoming().map_while(Result::ok).for_each(&mut serve);
        });
        address
    }

    fn closed(address: SocketAddrV4) -> Closed {
        let (connections, seconds, depth) = (1, 1, 1);
        Closed { address, connections, seconds, depth, exact: true, starving: false }
    }

    /// All answers of a batch are counted, and the next batch follows.
    #[test]
    fn batches_are_counted() -> anyhow::Result<()> {
        let address = one_by_one(|_| ANSWER.to_owned());
        let outcome = Closed { depth: 16, ..closed(address) }.run(REQUEST)?;
        assert!(outcome.requests > 16 && outcome.requests.is_multiple_of(16), "{outcome:?}");
        Ok(())
    }

    /// Who is never served is counted, or fails the run.
    #[test]
    fn the_starved_are_counted() -> anyhow::Result<()> {
        let three = |starving| {
            let address = one_by_one(|_| ANSWER.to_owned());
            Closed { connections: 3, starving, ..closed(address) }.run(REQUEST)
        };
        let outcome = three(true)?;
        assert_eq!(outcome.starved, 2, "{outcome:?}");
        assert!(outcome.requests > 1 && outcome.seconds < 1.5, "{outcome:?}");
        assert!(three(false).is_err());
        Ok(())
    }

    /// Each second is reported while the run goes on, and can end it.
    #[test]
    fn seconds_are_watched() -> anyhow::Result<()> {
        let address = one_by_one(|_| ANSWER.to_owned());
        let mut seen = 0;
        let outcome = Closed { seconds: 600, ..closed(address) }.watched(REQUEST, |second| {
            assert!(second.requests > 0 && second.p99_us >= second.p50_us, "{second:?}");
            seen += second.requests;
            Ok(false)
        })?;
        // The one that was under way when it ended.
        assert!(outcome.requests - seen <= 1, "{outcome:?}, {seen} seen");
        Ok(())
    }

    /// Another content fails the run.
    #[test]
    fn other_content_fails_the_run() {
        let address =
            one_by_one(
                |count| {
                    if count < 5 { ANSWER.to_owned() } else { ANSWER.replace("hi", "ho") }
                },
            );
        let error = closed(address).run(REQUEST).unwrap_err().to_string();
        assert!(error.contains("not that of the first"), "{error}");
        Closed { exact: false, ..closed(address) }.run(REQUEST).unwrap();
    }
}
