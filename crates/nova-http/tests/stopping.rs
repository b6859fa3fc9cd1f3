//! Servers end when they are told to, and when they must, over real sockets: nobody hangs.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nova_http::{
    Answer, Answered, Application, Exchange, ExchangeId, Incoming, Key, OwnedStreamed, Post,
    RemoteContent, Request, RequestHead, Response, Running, Server, ServerError, Status, Time,
};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Longer than anything here takes; who waits so long hangs.
const PATIENCE: Duration = Duration::from_secs(30);

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let client = TcpStream::connect(address)?;
    client.set_read_timeout(Some(PATIENCE))?;
    Ok(client)
}

fn ask(client: &mut TcpStream) -> std::io::Result<usize> {
    client.write_all(REQUEST)?;
    client.read(&mut [0; 512])
}

fn await_that(what: &str, mut done: impl FnMut() -> bool) {
    let patience = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < patience, "{what}");
        std::thread::yield_now();
    }
}

/// Whoever comes while the server stops is answered or turned away, at once; connections that are on
/// their way from one worker to another are no exception.
#[test]
fn nobody_hangs_when_a_stop_meets_connections_on_their_way() {
    let (mut answered, mut turned_away) = (0, 0);
    for round in 0..60 {
        let handler = |_: &Request<'_>, response: Response<'_>| response.send(b"hello");
        let running = Server::bind("127.0.0.1:0").unwrap().workers(4).start(handler).unwrap();
        let (handle, address) = (running.handle(), running.handle().local_addr());
        let coming: Vec<_> = (0..8)
            .map(|_| {
                std::thread::spawn(move || {
                    let mut outcomes = Vec::new();
                    while let Ok(mut client) = connect(address) {
                        match ask(&mut client) {
                            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                                panic!("a client hangs");
                            }
                            outcome => outcomes.push(outcome.is_ok_and(|octets| octets > 0)),
                        }
                    }
                    outcomes
                })
            })
            .collect();
        await_that("connections are accepted", || handle.total().accepted.get() > round);
        let began = Instant::now();
        let report = running.stop(Duration::from_secs(20)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(10), "idle ones hold the stop");
        assert_eq!(report.cut, 0);
        for client in coming {
            let outcomes = client.join().unwrap();
            answered += outcomes.iter().filter(|&&answered| answered).count();
            turned_away += outcomes.iter().filter(|&&answered| !answered).count();
        }
        assert_eq!(handle.connections(), [0; 4]);
        let total = handle.total();
        assert_eq!(total.connections.get(), total.closed.get());
    }
    assert!(answered > 60, "{answered} answered, {turned_away} turned away");
}

fn never(_: &Request<'_>, response: Response<'_>) -> Answered {
    let (responder, answered) = response.defer();
    std::mem::forget(responder);
    answered
}

/// Five clients of two workers, three of which are owed an answer that never comes.
fn waiting() -> (Running, Vec<TcpStream>) {
    let running = Server::bind("127.0.0.1:0").unwrap().workers(2).start(never).unwrap();
    let handle = running.handle();
    let mut clients: Vec<_> = (0..5).map(|_| connect(handle.local_addr()).unwrap()).collect();
    clients.iter_mut().take(3).for_each(|client| client.write_all(REQUEST).unwrap());
    await_that("all are there", || {
        let total = handle.total();
        total.requests.get() == 3 && total.connections.get() == 5
    });
    (running, clients)
}

/// The report says how many connections the stop has ended, and how many of them in the middle.
#[test]
fn the_report_tells_what_was_cut() {
    let (running, mut clients) = waiting();
    let report = running.stop(Duration::from_millis(300)).unwrap();
    assert_eq!((report.connections, report.cut), (5, 3));
    assert_eq!(report.to_string(), "5 connections ended, 3 of them cut off by the deadline");
    for (nth, client) in clients.iter_mut().enumerate() {
        match client.read(&mut [0; 512]) {
            Ok(octets) => assert_eq!((octets, nth >= 3), (0, true), "an idle one sees the end"),
            Err(error) => {
                assert_eq!((error.kind(), nth < 3), (ErrorKind::ConnectionReset, true));
            }
        }
    }
}

/// A second order shortens the first one, and cannot lengthen it.
#[test]
fn a_second_stop_only_shortens() {
    for graces in [[3_600, 0], [0, 3_600]] {
        let (running, _clients) = waiting();
        let handle = running.handle();
        let began = Instant::now();
        graces.iter().for_each(|&grace| handle.stop(Duration::from_secs(grace)));
        assert_eq!(running.join().unwrap().cut, 3);
        assert!(began.elapsed() < PATIENCE, "{graces:?}");
        handle.stop(Duration::ZERO); // One that comes too late does nothing.
    }
}

/// What an application does to its worker when it is told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Make,
    Attach,
    NextReady,
    Deadline,
}

/// Panics where nothing can be saved, as soon as `now` says so.
struct Doomed {
    fault: Option<Fault>,
    now: Arc<AtomicBool>,
    /// Where answers that are being written from another thread go.
    contents: mpsc::Sender<RemoteContent>,
}

impl Doomed {
    fn panic_if(&self, fault: Fault) {
        if self.fault == Some(fault) && self.now.load(Ordering::SeqCst) {
            panic!("{fault:?} was asked to");
        }
    }
}

impl Application for Doomed {
    fn attach(&mut self, _: u16, _: &Arc<dyn Post>) {
        self.panic_if(Fault::Attach);
    }

    fn next_ready(&mut self, _: Time) -> Option<ExchangeId> {
        self.panic_if(Fault::NextReady);
        None
    }

    fn deadline(&self) -> Option<Time> {
        self.panic_if(Fault::Deadline);
        None
    }

    fn request(&mut self, head: &RequestHead<'_>, _: Incoming<'_>, exchange: &mut Exchange<'_>) {
        if head.path() == b"/stream" {
            let content = exchange.defer().start(OwnedStreamed::new(Status::OK)).unwrap();
            return self.contents.send(content).unwrap();
        }
        exchange.respond(&Answer::new(Status::OK)).unwrap();
    }

    fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}

    fn end(&mut self, _: &mut Exchange<'_>) {}

    fn closed(&mut self, _: Key) {}
}

/// A worker that is lost takes the server with it, and `join` says so: half of a server would look
/// like a whole one to whoever watches over it.
#[test]
fn a_lost_worker_ends_the_server() {
    for fault in [Fault::Make, Fault::Attach, Fault::NextReady, Fault::Deadline] {
        let now = Arc::new(AtomicBool::new(matches!(fault, Fault::Make | Fault::Attach)));
        let (contents, received) = mpsc::channel();
        let theirs = now.clone();
        let server = Server::bind("127.0.0.1:0").unwrap().workers(3);
        let running = server
            .start_with(move |worker| {
                let fault = (worker == 1).then_some(fault);
                let doomed = Doomed { fault, now: theirs.clone(), contents: contents.clone() };
                doomed.panic_if(Fault::Make);
                doomed
            })
            .unwrap();
        let handle = running.handle();
        if !now.load(Ordering::SeqCst) {
            // A thread that writes more than its client reads, on every worker.
            let mut clients = Vec::new();
            while handle.counters().iter().any(|counters| counters.requests.get() == 0) {
                let mut client = connect(handle.local_addr()).unwrap();
                let before = handle.total().requests.get();
                client.write_all(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
                await_that("it is served", || handle.total().requests.get() > before);
                clients.push(client);
            }
            let writers: Vec<_> = received
                .try_iter()
                .map(|mut content| {
                    std::thread::spawn(move || while content.write(vec![b'x'; 100_000]).is_ok() {})
                })
                .collect();
            now.store(true, Ordering::SeqCst);
            // Whoever the worker is, its next turn is its last.
            drop((0..20).map(|_| connect(handle.local_addr())).collect::<Vec<_>>());
            writers.into_iter().for_each(|writer| writer.join().unwrap());
        }
        let error = running.join().unwrap_err();
        assert!(matches!(error, ServerError::Worker(_)), "{fault:?}");
        assert!(error.to_string().contains("panicked"), "{fault:?}: {error}");
        assert!(connect(handle.local_addr()).is_err(), "{fault:?}: nobody listens any more");
        assert!(handle.connections().iter().sum::<usize>() < 100, "{fault:?}");
    }
}
