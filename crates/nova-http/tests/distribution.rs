//! Connections are spread over the workers, few or many, over real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use nova_http::{Answered, Handle, Request, Response, Running, Server};

fn hello(_: &Request<'_>, response: Response<'_>) -> Answered {
    response.send(b"hello")
}

fn start(workers: usize) -> Running {
    Server::bind("127.0.0.1:0").unwrap().workers(workers).start(hello).unwrap()
}

/// Connects and has one request answered, so that the connection certainly has its worker.
fn connect(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let mut answer = [0; 512];
    let count = client.read(&mut answer).unwrap();
    assert!(answer[..count].starts_with(b"HTTP/1.1 200 OK\r\n"));
    client
}

fn await_empty(handle: &Handle) {
    let patience = Instant::now() + Duration::from_secs(30);
    while handle.connections().iter().sum::<usize>() > 0 {
        assert!(Instant::now() < patience, "closed connections stay: {:?}", handle.connections());
        std::thread::yield_now();
    }
}

fn stop(running: Running) {
    running.handle().stop(Duration::ZERO);
    running.join().unwrap();
}

/// Requests answered by each worker so far.
fn served(handle: &Handle) -> Vec<u64> {
    handle.counters().iter().map(|counters| counters.requests.get()).collect()
}

/// Eight connections that are opened one after the other.
#[test]
fn eight_in_sequence_are_spread() {
    let running = start(2);
    let handle = running.handle();
    for round in 0..100 {
        let before = served(&handle);
        let clients: Vec<_> = (0..8).map(|_| connect(handle.local_addr())).collect();
        let after = served(&handle);
        for (before, after) in before.iter().zip(&after) {
            assert!(after - before <= 5, "round {round}: a worker served {}", after - before);
        }
        drop(clients);
        await_empty(&handle);
    }
    stop(running);
}

/// Eight connections that are opened at once.
#[test]
fn eight_at_once_are_spread() {
    let running = start(2);
    let handle = running.handle();
    for round in 0..100 {
        let before = served(&handle);
        let clients: Vec<_> = std::thread::scope(|scope| {
            let opening: Vec<_> =
                (0..8).map(|_| scope.spawn(|| connect(handle.local_addr()))).collect();
            opening.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let after = served(&handle);
        for (before, after) in before.iter().zip(&after) {
            assert!(after - before <= 5, "round {round}: a worker served {}", after - before);
        }
        drop(clients);
        await_empty(&handle);
    }
    stop(running);
}

/// A thousand connections end up even, and few of them have been handed over.
#[test]
fn a_thousand_are_even() {
    let running = start(2);
    let handle = running.handle();
    let clients: Vec<_> = (0..1_000).map(|_| connect(handle.local_addr())).collect();
    let counts = handle.connections();
    assert_eq!(counts.iter().sum::<usize>(), 1_000);
    let difference = counts[0].abs_diff(counts[1]);
    assert!(difference * 20 < counts[0].max(counts[1]), "{counts:?}");
    let moved: u64 = handle.counters().iter().map(|counters| counters.handed_over.get()).sum();
    assert!(moved < 50, "{moved} of 1,000 were handed over");
    drop(clients);
    await_empty(&handle);
    stop(running);
}
