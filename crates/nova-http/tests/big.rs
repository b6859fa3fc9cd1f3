//! What is much too big costs a server next to nothing, and its neighbours hardly notice: uploads of
//! 1 GiB that nobody reads, answers of 1 GiB that nobody reads, over real sockets.
//!
//! The server is a process of its own, so that its memory is nobody else's.

#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nova_http::{
    Answered, Bounds, Exchange, Flowing, Handler, Limits, Receive, Request, RequestHead, Response,
    Server,
};

const GIB: u64 = 1 << 30;
const MIB: usize = 1 << 20;

/// Set for the process that is to be the server.
const SERVER: &str = "NOVA_HTTP_BIG_SERVER";

/// Never reads what it is sent, and never answers.
#[derive(Debug)]
struct Deaf;

impl Flowing for Deaf {}

/// Writes whatever there is room for.
#[derive(Debug)]
struct Talks(u64);

impl Flowing for Talks {
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        let octets = [b'x'; 16 * 1024];
        while self.0 > 0 {
            let count = self.0.min(octets.len() as u64) as usize;
            let written = exchange.write(&octets[..count]).unwrap().octets;
            self.0 -= written as u64;
            if written < count {
                return;
            }
        }
        exchange.finish().unwrap();
    }
}

#[derive(Clone)]
struct Big;

impl Handler for Big {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        match request.head.path() {
            b"/big" => response.stream(Some(GIB), Talks(GIB)),
            _ => response.send(b"hello"),
        }
    }

    fn receive(&mut self, _: &RequestHead<'_>, _: &mut Bounds) -> Receive {
        Receive::Flow(Box::new(Deaf))
    }
}

/// Not a test, but the server of the one below: does nothing unless it is told to.
#[test]
fn server_process() {
    if std::env::var_os(SERVER).is_none() {
        return;
    }
    let mut limits = Limits::default();
    limits.message.content_bytes = 2 * GIB;
    let server = Server::bind("127.0.0.1:0").unwrap().limits(limits);
    let running = server.workers(1).start(Big).unwrap();
    println!("\naddress {}", running.handle().local_addr());
    // Until the parent ends.
    let _ = std::io::stdin().read(&mut [0]);
    running.stop(Duration::ZERO).unwrap();
}

struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "server_process", "--nocapture", "--test-threads=1"])
            .env(SERVER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| Some(line.ok()?.strip_prefix("address ")?.to_owned()));
        let address = address.expect("the server says where it is").parse().unwrap();
        // What it says later goes nowhere, but must go.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Octets of its memory that are resident.
    fn resident(&self) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(self.address).unwrap();
        client.set_nodelay(true).unwrap();
        client
    }

    /// A client that uploads 1 GiB: as much of it as the kernel takes, and then it waits.
    fn upload(&self) -> TcpStream {
        let mut client = self.connect();
        client.write_all(head("POST /", &format!("Content-Length: {GIB}\r\n")).as_bytes()).unwrap();
        client.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut sent = 0;
        loop {
            match client.write(&[b'x'; 64 * 1024]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return client,
                Err(error) => panic!("after {sent} octets: {error}"),
            }
            assert!(sent < 64 * MIB, "nobody reads, and yet {sent} octets have gone");
        }
    }

    /// A client that asks for 1 GiB and reads the first octets of it.
    fn download(&self) -> TcpStream {
        let mut client = self.connect();
        client.write_all(head("GET /big", "").as_bytes()).unwrap();
        let mut start = [0; 1024];
        client.read_exact(&mut start).unwrap();
        assert!(start.starts_with(b"HTTP/1.1 200 OK\r\n"));
        client
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn head(line: &str, fields: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: h\r\n{fields}\r\n")
}

/// The 99th percentile of `count` requests, one after the other.
fn p99(neighbour: &mut TcpStream, count: usize) -> Duration {
    let request = head("GET /", "");
    let mut answer = [0; 1024];
    let mut times: Vec<_> = (0..count)
        .map(|_| {
            let start = Instant::now();
            neighbour.write_all(request.as_bytes()).unwrap();
            let mut got = 0;
            while !answer[..got].ends_with(b"\r\n\r\nhello") {
                let more = neighbour.read(&mut answer[got..]).unwrap();
                assert!(more > 0, "the neighbour is cut off");
                got += more;
            }
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[count * 99 / 100]
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What eight such clients add is below 1 MiB for each, and a neighbour's p99 with them is within
/// twice of what it is without, or too short to matter.
fn costs_little(big: impl Fn(&Process) -> TcpStream) {
    const CLIENTS: usize = 8;
    /// Below this the machine's own noise is all that is measured.
    const FLOOR: Duration = Duration::from_millis(10);
    let server = Process::start();
    let mut neighbour = server.connect();
    let _ = p99(&mut neighbour, 1_000);
    let before = server.resident();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        without.push(p99(&mut neighbour, 400));
        let clients: Vec<_> = (0..CLIENTS).map(|_| big(&server)).collect();
        with.push(p99(&mut neighbour, 400));
        let added = server.resident().saturating_sub(before);
        assert!(added < CLIENTS * MIB, "{CLIENTS} clients have added {added} octets");
        drop(clients);
    }
    let (without, with) = (median(without), median(with));
    assert!(with <= (2 * without).max(FLOOR), "p99 without: {without:?}, with: {with:?}");
}

/// Uploads of 1 GiB to a handler that never reads.
#[test]
fn unread_uploads_cost_little() {
    costs_little(Process::upload);
}

/// Answers of 1 GiB to clients that do not read.
#[test]
fn unread_answers_cost_little() {
    costs_little(Process::download);
}
