//! How futures end: with their client, with a panic, with the server.

use std::time::Duration;

use nova_http::{OwnedStreamed, Reply, Status};
use nova_io::sim::{ClientState, Network};

use super::*;

/// A future dies within the turn in which its client's reset arrives, whatever it waits for.
#[test]
fn a_future_dies_with_its_client() {
    for path in ["/sleep", "/content", "/room", "/never", "/tunnel"] {
        let dropped = Dropped::default();
        let mut bench =
            server(sharing(&dropped, async |guards: Dropped, mut call: Call| -> Reply {
                let _guard = guards.guard();
                match call.head().path() {
                    b"/sleep" => call.sleep(Duration::from_secs(60)).await,
                    b"/content" => drop(call.content().await),
                    b"/room" => {
                        let mut writer = call.start(OwnedStreamed::new(Status::OK));
                        while writer.write(&[b'x'; 10_000]).await.is_ok() {}
                    }
                    b"/tunnel" => {
                        let head = OwnedStreamed::new(Status::SWITCHING_PROTOCOLS);
                        let mut ends = call.tunnel(head.field("upgrade", "x"));
                        while ends.read().await.is_some() {}
                    }
                    _ => std::future::pending().await,
                }
                Status::OK.into()
            }));
        let mut client = bench.connect();
        let upgrade = if path == "/tunnel" { "Connection: upgrade\r\nUpgrade: x\r\n" } else { "" };
        let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\n{upgrade}");
        let length = if path == "/content" { "Content-Length: 5\r\n" } else { "" };
        client.write(format!("{head}{length}\r\n").as_bytes());
        bench.settle();
        assert_eq!((dropped.count(), bench.worker(0).application().running()), (0, 1), "{path}");
        client.reset();
        bench.turn();
        assert_eq!((dropped.count(), bench.worker(0).application().running()), (1, 0), "{path}");
    }
}

/// Clients that go at once take their futures along, on a network with all its habits,
/// and their slots serve others.
#[test]
fn slots_are_used_again() {
    for seed in 0..10 {
        let dropped = Dropped::default();
        let mut bench = with(
            Network::rough(seed),
            Limits::default(),
            sharing(&dropped, async |guards: Dropped, call: Call| {
                let _guard = guards.guard();
                call.sleep(Duration::from_millis(10)).await;
                "slept"
            }),
        );
        for round in 1..=3 {
            let mut clients: Vec<_> = (0..12).map(|_| bench.connect()).collect();
            clients.iter_mut().for_each(|client| client.write(GET));
            bench.settle();
            assert_eq!(bench.worker(0).application().running(), 12);
            clients.iter_mut().step_by(2).for_each(|client| client.reset());
            bench.settle();
            assert_eq!(bench.worker(0).application().running(), 6);
            bench.advance(Duration::from_millis(50));
            for client in clients.iter_mut().skip(1).step_by(2) {
                assert_eq!(content(&String::from_utf8(bench.drain(client)).unwrap()), "slept");
            }
            assert_eq!(bench.worker(0).application().running(), 0);
            assert_eq!(dropped.count(), round * 12);
        }
    }
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("the drop was asked to");
    }
}

/// A panic is 500 before the head has left and a reset afterwards; the worker lives, and the slot is
/// free.
#[test]
fn a_panic_is_contained() {
    let mut bench = server(|mut call: Call| {
        assert_ne!(call.head().path(), b"/handler", "the handler was asked to panic");
        async move {
            let path = call.head().path().to_vec();
            match &*path {
                b"/first" => panic!("the first poll was asked to"),
                b"/later" => {
                    call.sleep(Duration::from_millis(1)).await;
                    panic!("a later poll was asked to")
                }
                b"/answer" => {
                    let mut writer = call.start(OwnedStreamed::new(Status::OK));
                    call.sleep(Duration::from_millis(1)).await;
                    let _ = writer.write(b"half").await;
                    call.sleep(Duration::from_millis(1)).await;
                    panic!("it was asked to in the middle of its answer")
                }
                b"/drop" => {
                    let _it = PanicsInDrop;
                    call.sleep(Duration::from_secs(60)).await;
                }
                b"/after" => {
                    call.start(OwnedStreamed::new(Status::OK)).finish();
                    call.sleep(Duration::from_millis(1)).await;
                    panic!("it was asked to after its answer")
                }
                b"/after-drop" => {
                    call.start(OwnedStreamed::new(Status::OK)).finish();
                    let _it = PanicsInDrop;
                    call.sleep(Duration::from_millis(1)).await;
                }
                _ => {}
            }
            Reply::from("fine")
        }
    });
    let mut get = |path: &str| {
        let mut client = bench.connect();
        client.write(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
        for _ in 0..4 {
            bench.advance(Duration::from_millis(1));
        }
        let answer = text(&mut client);
        let state = client.state();
        client.reset();
        bench.settle();
        assert_eq!(bench.worker(0).application().running(), 0, "{path}");
        (status(&answer).to_owned(), state)
    };
    for path in ["/handler", "/first", "/later"] {
        assert_eq!(get(path), ("500".into(), ClientState::Ended), "{path}");
    }
    assert_eq!(get("/answer").1, ClientState::Reset);
    assert_eq!(get("/drop"), ("none".into(), ClientState::Open));
    assert_eq!(get("/after"), ("200".into(), ClientState::Open));
    assert_eq!(get("/after-drop"), ("200".into(), ClientState::Open));
    assert_eq!(get("/"), ("200".into(), ClientState::Open));
    let failures = failures(bench.counters(0));
    assert!(failures.contains(&"3 panicked in handler".into()), "{failures:?}");
    assert!(failures.contains(&"1 panicked in answer".into()), "{failures:?}");
}

/// A future that has answered may go on, also when its client has gone, and its slot is free when it
/// has ended.
#[test]
fn a_future_may_go_on_after_its_answer() {
    let done = Rc::new(Cell::new(0));
    let mut bench = server(sharing(&done, async |counts: Rc<Cell<i32>>, mut call: Call| {
        call.start(OwnedStreamed::new(Status::OK)).finish();
        for _ in 0..10 {
            call.sleep(Duration::from_millis(1)).await;
        }
        counts.set(counts.get() + 1);
        "nobody waits for this"
    }));
    let mut client = bench.connect();
    for _ in 0..3 {
        assert_eq!(status(&ask(&mut bench, &mut client, GET)), "200");
    }
    assert_eq!(bench.worker(0).application().running(), 3);
    client.reset();
    bench.settle();
    for _ in 0..10 {
        bench.advance(Duration::from_millis(1));
    }
    assert_eq!((done.get(), bench.worker(0).application().running()), (3, 0));
    assert_eq!(failures(bench.counters(0)), ["1 reset in idle"]);
}

/// A stop lets futures answer within its grace, with an announced close, and drops the others.
#[test]
fn a_stop_waits_for_futures() {
    let dropped = Dropped::default();
    let mut bench = server(sharing(&dropped, async |guards: Dropped, call: Call| {
        let _guard = guards.guard();
        let long = call.head().path() == b"/long";
        call.sleep(Duration::from_secs(if long { 60 } else { 1 })).await;
        "slept"
    }));
    let (mut one, mut other) = (bench.connect(), bench.connect());
    ask(&mut bench, &mut one, GET);
    ask(&mut bench, &mut other, b"GET /long HTTP/1.1\r\nHost: h\r\n\r\n");
    bench.stop(Duration::from_secs(3));
    bench.settle();
    bench.advance(Duration::from_secs(1));
    let answer = text(&mut one);
    assert!(answer.contains("Connection: close\r\n") && answer.ends_with("slept"), "{answer}");
    assert_eq!(dropped.count(), 1);
    one.shutdown();
    bench.advance(Duration::from_secs(2));
    assert_eq!((dropped.count(), other.state()), (2, ClientState::Reset));
    assert_eq!(bench.worker(0).connections(), 0);
}
