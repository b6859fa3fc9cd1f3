//! The worker as a guest: it sees everything, and turns only when there is something to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use nova_http::{Answered, OwnedAnswer, Request, Response, Status};
use tokio::time::sleep;

use super::*;

/// A worker that has nothing to do makes no turns, with idle connections, with futures that sleep, and
/// after all that has happened before.
#[test]
fn an_idle_guest_does_not_turn() {
    let server = Started::new(async |call: Call| {
        match call.head().path() {
            b"/tokio" => sleep(Duration::from_secs(3600)).await,
            b"/worker" => call.sleep(Duration::from_secs(3600)).await,
            _ => sleep(Duration::from_millis(1)).await,
        }
        "slept"
    });
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert_eq!(get(client, "/"), "slept");
    }
    send(&mut clients[0], "/tokio");
    send(&mut clients[1], "/worker");
    server.wait_until(|server| server.counter("requests") == 22);
    // Whatever was under way has been done after this.
    assert_eq!(get(&mut clients[2], "/"), "slept");
    let before = server.counter("turns");
    std::thread::sleep(Duration::from_millis(300));
    let turns = server.counter("turns") - before;
    assert!(turns <= 10, "{turns} turns in 300 ms without anything to do");
}

/// A request costs few turns, though its future sleeps.
#[test]
fn a_request_costs_few_turns() {
    let server = Started::new(async |_: Call| {
        sleep(Duration::from_millis(1)).await;
        "slept"
    });
    let mut client = server.connect();
    get(&mut client, "/");
    let before = server.counter("turns");
    for _ in 0..50 {
        get(&mut client, "/");
    }
    let turns = server.counter("turns") - before;
    assert!(turns <= 50 * 6, "{turns} turns for 50 requests");
}

/// Deadlines of the worker pass though nothing happens on any socket.
#[test]
fn deadlines_pass() {
    let short = Duration::from_millis(30);
    let limits = Limits { idle: short, handler: short, ..Limits::default() };
    let server = Started::with(limits, async |call: Call| {
        match call.head().path() {
            b"/worker" => call.sleep(Duration::from_millis(10)).await,
            _ => sleep(Duration::from_secs(3600)).await,
        }
        "slept"
    });
    let (mut idle, mut slow, mut fast) = (server.connect(), server.connect(), server.connect());
    assert_eq!(get(&mut fast, "/worker"), "slept");
    send(&mut slow, "/");
    assert!(answer(&mut slow).0.starts_with("HTTP/1.1 503 "));
    assert_eq!(idle.read(&mut [0; 10]).unwrap(), 0, "closed without a word");
}

/// More connections than one wait brings events for have something to say when the worker looks again:
/// all are served, though the descriptor that Tokio watches tells of changes only.
#[test]
fn more_events_than_one_wait_brings() {
    const CLIENTS: usize = 2_500;
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    if limit.maximum.is_some_and(|most| most < 2 * CLIENTS as u64 + 100) {
        eprintln!("not tried: the system allows too few descriptors");
        return;
    }
    let held = Arc::new(AtomicBool::new(true));
    let server = Started::new(sharing(&held, async |held: Arc<AtomicBool>, call: Call| {
        if call.head().path() == b"/hold" {
            // A worker that does nothing else: events pile up.
            while held.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        }
        "served"
    }));
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| server.connect()).collect();
    server.wait_until(|server| server.counter("accepted") == CLIENTS as u64);
    for round in 0..3 {
        held.store(true, Ordering::SeqCst);
        let requests = server.counter("requests");
        send(&mut clients[0], "/hold");
        server.wait_until(|server| server.counter("requests") == requests + 1);
        clients[1..].iter_mut().for_each(|client| send(client, "/"));
        held.store(false, Ordering::SeqCst);
        assert!(clients.iter_mut().all(|client| answer(client).1 == "served"), "round {round}");
    }
}

/// Work that no event announces is gone on with: a long pipeline, one turn's budget after another,
/// while other tasks of the runtime have their turn, too.
#[test]
fn what_is_left_is_gone_on_with() {
    let ticks = Arc::new(AtomicUsize::new(0));
    let server = Started::new(sharing(&ticks, async |ticks: Arc<AtomicUsize>, call: Call| {
        if call.head().path() == b"/ticks" {
            tokio::task::spawn_local(async move {
                loop {
                    ticks.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            });
        }
        "served"
    }));
    let mut client = server.connect();
    assert_eq!(get(&mut client, "/ticks"), "served");
    let before = ticks.load(Ordering::SeqCst);
    let mut reader = client.try_clone().unwrap();
    let writer =
        std::thread::spawn(move || client.write_all(GET.repeat(5_000).as_bytes()).unwrap());
    let (mut octets, mut all) = ([0; 65536], Vec::new());
    let mut answered = 0;
    while answered < 5_000 {
        let count = reader.read(&mut octets).unwrap();
        assert!(count > 0);
        all.extend_from_slice(&octets[..count]);
        answered =
            all.windows(8).filter(|end| end == b"\r\nserved" || end == b"\n\r\nserve").count();
    }
    writer.join().unwrap();
    assert!(ticks.load(Ordering::SeqCst) > before);
}

/// A stop lets futures that sleep answer within its grace, with an announced close; what sleeps longer
/// is cut off, and the runtime with all of its tasks ends.
#[test]
fn a_stop_ends() {
    async fn slow(call: Call) -> &'static str {
        let long = call.head().path() == b"/long";
        tokio::task::spawn_local(std::future::pending::<()>());
        sleep(Duration::from_millis(if long { 3_600_000 } else { 50 })).await;
        "slept"
    }
    let server = Started::new(slow);
    let mut client = server.connect();
    send(&mut client, "/");
    server.wait_until(|server| server.counter("requests") == 1);
    let read = std::thread::spawn(move || answer(&mut client));
    let report = server.stop(Duration::from_secs(20));
    let (head, content) = read.join().unwrap();
    assert!(head.contains("Connection: close"), "{head}");
    assert_eq!((content.as_str(), report.cut), ("slept", 0));

    let server = Started::new(slow);
    let mut client = server.connect();
    send(&mut client, "/long");
    server.wait_until(|server| server.counter("requests") == 1);
    assert_eq!(server.stop(Duration::from_millis(20)).cut, 1);
    assert!(client.read(&mut [0; 10]).is_err(), "a reset");
}

/// Sync handlers work there, too, and what they defer is answered from elsewhere.
#[test]
fn sync_handlers_are_guests_too() {
    fn handler(request: &Request<'_>, response: Response<'_>) -> Answered {
        if request.head.path() == b"/now" {
            return response.send(b"now");
        }
        let (responder, answered) = response.defer();
        // Within the worker's runtime.
        tokio::spawn(async move {
            sleep(Duration::from_millis(1)).await;
            std::thread::spawn(move || responder.respond(OwnedAnswer::new(Status::OK, "later")));
        });
        answered
    }
    let server = Server::bind("127.0.0.1:0").unwrap().workers(2).tokio();
    let address = server.local_addr();
    let running = Some(server.start(handler).unwrap());
    let server = Started { running, address };
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert_eq!(get(client, "/now"), "now");
        assert_eq!(get(client, "/later"), "later");
    }
}
