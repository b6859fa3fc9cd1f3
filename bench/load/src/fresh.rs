//! A new connection for each request: connect, send, read the answer and the end that the server has
//! announced, close, and again.
//!
//! The request says `Connection: close`, so that the server ends first: what TCP keeps of a connection
//! for a minute (TIME_WAIT) is then of the server's side and takes no port from the client. Ports are
//! taken from several source addresses in turn, so that a port comes back late in any case. Nothing is
//! reset.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bench_sys::epoll::{Epoll, Events, READABLE};

use crate::connections::learn;
use crate::outcome::{Outcome, histogram};
use crate::progress::{Progress, Shape};

/// 127.0.0.1 and the following ones, each with about 28,000 ports.
const SOURCES: usize = 16;
/// An exchange that takes longer than this ends the run as failed.
const PATIENCE: Duration = Duration::from_secs(2);

/// An exchange on its connection.
struct Visit {
    stream: TcpStream,
    begun: Instant,
    progress: Progress,
    answered: bool,
}

/// Keeps `connections` such exchanges open at a time, for `seconds`, or as long as `go_on` says so.
/// Latency is that of all of it, from the connecting to the end of the stream.
///
/// # Errors
/// An exchange fails, gets another answer than the first one, or takes too long.
pub fn run(
    address: SocketAddrV4,
    connections: usize,
    seconds: u64,
    request: &[u8],
    go_on: impl Fn() -> bool,
) -> anyhow::Result<Outcome> {
    let shape = Shape::of(&learn(address, request)?);
    let epoll = Epoll::new()?;
    let mut events = Events::with_capacity(connections.max(1));
    let mut buffer = vec![0; 64 * 1024];
    let mut latencies = histogram()?;
    let mut count = 0;
    let mut visit = |index: usize| -> anyhow::Result<Visit> {
        count += 1;
        let source = Ipv4Addr::new(127, 0, 0, 1 + (count % SOURCES) as u8);
        let begun = Instant::now();
        let mut stream = bench_sys::socket::connect_from(source, address).context("connecting")?;
        stream.set_nonblocking(true)?;
        let sent = stream.write(request).context("sending a request")?;
        ensure!(sent == request.len(), "a request of {sent} octets was cut by the kernel");
        epoll.add(stream.as_fd(), index as u64, READABLE)?;
        Ok(Visit { stream, begun, progress: Progress::default(), answered: false })
    };
    let start = Instant::now();
    let mut end = start + Duration::from_secs(seconds);
    let mut visits = Vec::with_capacity(connections);
    for index in 0..connections {
        visits.push(Some(visit(index)?));
    }
    let (mut open, mut heard) = (connections, start);
    while open > 0 {
        epoll.wait(&mut events, 100)?;
        let mut over = 0;
        for (token, _) in events.iter() {
            let place = &mut visits[token as usize];
            let Some(current) = place else { continue };
            if !receive(current, &shape, &mut buffer)? {
                continue;
            }
            let now = Instant::now();
            latencies.saturating_record((now - current.begun).as_nanos() as u64);
            over += 1;
            // Closes the connection, in either case.
            *place = if now < end { Some(visit(token as usize)?) } else { None };
            open -= usize::from(place.is_none());
        }
        let now = Instant::now();
        if over > 0 {
            heard = now;
        }
        if !go_on() {
            end = now;
        }
        ensure!(now - heard < PATIENCE, "{open} connections are silent for {PATIENCE:?}");
    }
    Ok(Outcome::new(&latencies, 0, start.elapsed()))
}

/// Reads what is there. `true` when the answer is complete and the server has ended the connection.
fn receive(visit: &mut Visit, shape: &Shape, buffer: &mut [u8]) -> anyhow::Result<bool> {
    loop {
        match visit.stream.read(buffer) {
            Ok(0) => {
                ensure!(visit.answered, "the server closed a connection before it had answered");
                return Ok(true);
            }
            Ok(received) => {
                ensure!(!visit.answered, "octets follow the answer");
                visit.answered = visit.progress.take(shape, &buffer[..received], 1)? == 1;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => bail!("receiving an answer: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    /// Answers each connection once with `answer` and closes it.
    fn server(answer: &'static [u8], others: &'static [u8]) -> SocketAddrV4 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let SocketAddr::V4(address) = listener.local_addr().unwrap() else { unreachable!() };
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let mut request = vec![0; REQUEST.len()];
                if stream.read_exact(&mut request).is_ok() {
                    let _ = stream.write_all(if number == 0 { answer } else { others });
                }
            }
        });
        address
    }

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    /// Exchanges go on until the time is over, and all of them are counted.
    #[test]
    fn exchanges_go_on() -> anyhow::Result<()> {
        let outcome = run(server(ANSWER, ANSWER), 4, 1, REQUEST, || true)?;
        assert!(outcome.requests > 4, "{outcome:?}");
        Ok(())
    }

    /// An answer that is cut short, or too long, fails the run.
    #[test]
    fn other_answers_fail_the_run() {
        for wrong in
            [&ANSWER[..ANSWER.len() - 1], b"", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi!"]
        {
            assert!(run(server(ANSWER, wrong), 2, 1, REQUEST, || true).is_err(), "{wrong:?}");
        }
    }
}
