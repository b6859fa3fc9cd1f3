//! Workers as guests of Tokio, over real sockets: what handlers may use there, and that the guest
//! neither misses anything nor turns for nothing.
#![cfg(all(feature = "tokio", unix))]

mod guest;
mod handlers;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use nova_http::{AsyncHandler, Call, Limits, Reply, Report, Running, Server};

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// A server that is stopped when the test is over.
struct Started {
    running: Option<Running>,
    address: SocketAddr,
}

impl Started {
    /// One worker, a guest.
    fn with(limits: Limits, handler: impl AsyncHandler + Clone + Send + 'static) -> Self {
        let server = Server::bind("127.0.0.1:0").unwrap().limits(limits).tokio();
        let address = server.local_addr();
        Self { running: Some(server.start_async(handler).unwrap()), address }
    }

    fn new(handler: impl AsyncHandler + Clone + Send + 'static) -> Self {
        Self::with(Limits::default(), handler)
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(self.address).unwrap();
        client.set_nodelay(true).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        client
    }

    fn counter(&self, name: &str) -> u64 {
        let counters = self.running.as_ref().unwrap().handle().counters()[0].clone();
        let found = counters.all().find(|(known, _)| *known == name);
        found.expect("there is such a counter").1
    }

    /// Waits until `condition` holds.
    fn wait_until(&self, condition: impl Fn(&Self) -> bool) {
        while !condition(self) {
            std::thread::yield_now();
        }
    }

    fn stop(mut self, grace: Duration) -> Report {
        let running = self.running.take().unwrap();
        running.handle().stop(grace);
        running.join().unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.handle().stop(Duration::ZERO);
            let _ = running.join();
        }
    }
}

/// Asks for `path`.
fn send(client: &mut TcpStream, path: &str) {
    write!(client, "GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
}

/// Reads one answer of known length: its head and its content.
fn answer(client: &mut TcpStream) -> (String, String) {
    let mut octets = Vec::new();
    let mut more = [0; 4096];
    loop {
        if let Some(end) = octets.windows(4).position(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8(octets[..end].to_vec()).unwrap();
            let length = head.to_lowercase();
            let length = length.split("content-length: ").nth(1).expect("a length");
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if octets.len() >= end + 4 + length {
                return (head, String::from_utf8(octets[end + 4..].to_vec()).unwrap());
            }
        }
        let count = client.read(&mut more).unwrap();
        assert!(count > 0, "the server has closed: {}", String::from_utf8_lossy(&octets));
        octets.extend_from_slice(&more[..count]);
    }
}

/// Asks for `path` and gives back the content of the answer.
fn get(client: &mut TcpStream, path: &str) -> String {
    send(client, path);
    answer(client).1
}

/// A handler that gets a copy of `state` with each call.
fn sharing<S, F, H>(state: &S, handler: H) -> impl AsyncHandler + Clone + Send + use<S, F, H>
where
    S: Clone + Send,
    F: Future<Output: Into<Reply>>,
    H: Fn(S, Call) -> F + Clone + Send,
{
    let state = state.clone();
    move |call| handler(state.clone(), call)
}
