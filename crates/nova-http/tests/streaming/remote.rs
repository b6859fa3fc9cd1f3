//! Deferred answers that another thread writes in pieces.

use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answered, Handler, Limits, Lost, OwnedAnswer, OwnedStreamed, Phase, Reason, Request, Responder,
    Response, Status,
};
use nova_io::sim::{Client, ClientState, Network};

use crate::common::{
    Server, ask, assert_alive, assert_failures, get, handler, narrow, networks, octets, only, take,
};

/// A server that defers everything but `/alive`, and what it has deferred.
fn defers(network: Network, limits: Limits) -> (Server<impl Handler>, Receiver<Responder>) {
    let (send, receive) = channel();
    let handle = handler(move |request: &Request<'_>, response: Response<'_>| -> Answered {
        if request.head.path() == b"/alive" {
            return response.send(b"");
        }
        let (responder, answered) = response.defer();
        send.send(responder).unwrap();
        answered
    });
    (Bench::http(network, limits, handle), receive)
}

fn chunked() -> OwnedStreamed {
    OwnedStreamed::new(Status::OK)
}

/// Turns the server and reads until `thread` is done and nothing more comes.
fn read_while<H: Handler, T>(
    bench: &mut Server<H>,
    client: &mut Client,
    thread: &thread::JoinHandle<T>,
) -> Vec<u8> {
    let mut answer = Vec::new();
    loop {
        let finished = thread.is_finished();
        let more = bench.drain(client);
        let held = bench.worker(0).spilled_bytes();
        // The spill, and what is posted: the bound and the piece that crosses it.
        assert!(held <= 16 * 1024 + 4 * 4_096, "{held} are held");
        if finished && more.is_empty() {
            return answer;
        }
        answer.extend(more);
        thread::yield_now();
    }
}

/// What a thread writes arrives in order, however slow the client; the thread waits for room.
#[test]
fn a_thread_writes_and_waits() {
    let content = octets(100_000);
    for length in [None, Some(100_000)] {
        for (seed, network) in networks(10).enumerate() {
            let (mut bench, deferred) = defers(network, narrow());
            let mut client = bench.connect();
            client.set_window(3_000);
            client.write(&[get("/"), get("/alive")].concat());
            bench.settle();
            let responder = deferred.try_recv().unwrap();
            let theirs = content.clone();
            let thread = thread::spawn(move || {
                let head = OwnedStreamed { length, ..chunked() };
                let mut answer = responder.start(head)?;
                for piece in theirs.chunks(1_111) {
                    answer.write(piece.to_vec())?;
                }
                answer.write(Vec::new())?; // No octets are no piece, and not the end.
                answer.finish()
            });
            let answers = read_while(&mut bench, &mut client, &thread);
            assert_eq!(thread.join().unwrap(), Ok(()));
            let mut rest = &answers[..];
            assert!(take(&mut rest, "GET").unwrap().content == content, "seed {seed}");
            assert_eq!(only(rest, "GET").status(), "200");
            assert_failures(&bench, &[]);
            assert_eq!(bench.worker(0).spilled_bytes(), 0);
        }
    }
}

/// What does not wait gets its octets back while there is no room, and goes on when there is.
#[test]
fn try_write_gives_back() {
    let (mut bench, deferred) = defers(Network::calm(), narrow());
    let mut client = bench.connect();
    client.set_window(1_000);
    let _ = ask(&mut bench, &mut client, &get("/"));
    let mut answer = deferred.try_recv().unwrap().start(chunked()).unwrap();
    let piece = bytes_of(1_000);
    let mut written = 0;
    while answer.try_write(piece.clone()).unwrap().is_none() {
        written += 1_000;
        bench.settle();
        assert!(written < 100_000, "there must be an end to it");
    }
    assert!(written >= 4_096, "{written}");
    let mut octets = Vec::new();
    while answer.try_write(piece.clone()).unwrap().is_some() {
        octets.extend(client.drain());
        bench.settle();
    }
    written += 1_000;
    answer.finish().unwrap();
    octets.extend(bench.drain(&mut client));
    assert_eq!(only(&octets, "GET").content.len(), written);
}

fn bytes_of(len: usize) -> bytes::Bytes {
    octets(len).into()
}

/// A client that leaves frees the thread that waits to write to it, and all that was held.
#[test]
fn a_client_that_leaves_frees_the_writer() {
    for (seed, network) in networks(10).enumerate() {
        let (mut bench, deferred) = defers(network, narrow());
        let mut client = bench.connect();
        client.set_window(500);
        let _ = ask(&mut bench, &mut client, &get("/"));
        let responder = deferred.try_recv().unwrap();
        let (told, waits) = channel();
        let thread = thread::spawn(move || {
            let mut answer = responder.start(chunked())?;
            loop {
                let full = answer.try_write(bytes_of(1_000))?;
                if let Some(piece) = full {
                    let _ = told.send(());
                    answer.write(piece)?;
                }
            }
        });
        while waits.try_recv().is_err() {
            bench.settle();
            thread::yield_now();
        }
        bench.settle();
        client.reset();
        while !thread.is_finished() {
            bench.settle();
            thread::yield_now();
        }
        let outcome: Result<(), Lost> = thread.join().unwrap();
        assert_eq!(outcome, Err(Lost), "seed {seed}");
        assert_failures(&bench, &[(Reason::Reset, Phase::Answer, 1)]);
        assert_alive(&mut bench);
    }
}

/// Who answers nobody learns it.
#[test]
fn answers_to_nobody_are_lost() {
    let (mut bench, deferred) = defers(Network::calm(), narrow());
    let mut client = bench.connect();
    client.write(&get("/"));
    bench.settle();
    let responder = deferred.try_recv().unwrap();
    assert!(!responder.is_gone());
    client.reset();
    bench.settle();
    assert!(responder.is_gone());
    assert_eq!(responder.respond(OwnedAnswer::text("hello")), Err(Lost));

    let mut client = bench.connect();
    client.write(&get("/"));
    bench.settle();
    let mut answer = deferred.try_recv().unwrap().start(chunked()).unwrap();
    bench.settle();
    client.reset();
    bench.settle();
    assert_eq!(answer.write("hello"), Err(Lost));
    assert_eq!(answer.try_write("hello".into()), Err(Lost));
    assert_eq!(answer.finish(), Err(Lost));
    // What is on its way when the client leaves is counted and thrown away.
    let mut client = bench.connect();
    client.write(&get("/"));
    bench.settle();
    let responder = deferred.try_recv().unwrap();
    client.reset();
    responder.respond(OwnedAnswer::text("hello")).unwrap();
    bench.settle();
    assert_alive(&mut bench);
}

/// Dropped before its end, too little, or too much: the client sees a reset. Dropped before the
/// head, or started with what HTTP does not allow: 500.
#[test]
fn unfinished_answers_are_not_taken_for_whole() {
    type Act = fn(Responder);
    let begun: [(Act, Reason); 3] = [
        (|r| r.start(chunked()).unwrap().write("abc").unwrap(), Reason::Aborted),
        (
            |r| {
                let mut answer = r.start(chunked().length(5)).unwrap();
                answer.write("abc").unwrap();
                answer.finish().unwrap();
            },
            Reason::BrokenPromise,
        ),
        (
            |r| {
                let mut answer = r.start(chunked().length(2)).unwrap();
                answer.write("abc").unwrap();
                let _ = answer.finish();
            },
            Reason::Aborted,
        ),
    ];
    for (act, reason) in begun {
        for network in networks(10) {
            let (mut bench, deferred) = defers(network, narrow());
            let mut client = bench.connect();
            let _ = ask(&mut bench, &mut client, &get("/"));
            act(deferred.try_recv().unwrap());
            let _ = bench.drain(&mut client);
            assert_eq!(client.state(), ClientState::Reset);
            assert_failures(&bench, &[(reason, Phase::Answer, 1)]);
            assert_alive(&mut bench);
        }
    }
    let unbegun: [Act; 2] = [drop, |r| {
        let mut answer = r.start(chunked().field("x", "a\r\nb: c")).unwrap();
        let _ = answer.write("abc");
        let _ = answer.finish();
    }];
    for act in unbegun {
        let (mut bench, deferred) = defers(Network::calm(), narrow());
        let mut client = bench.connect();
        let _ = ask(&mut bench, &mut client, &get("/"));
        act(deferred.try_recv().unwrap());
        assert_eq!(only(&bench.drain(&mut client), "GET").status(), "500");
        assert_alive(&mut bench);
    }
}

/// Answers of several threads to pipelined requests come in the order of the requests, and one that
/// is not in front takes no more than its share.
#[test]
fn answers_of_threads_keep_their_order() {
    let limits = Limits { open_exchanges: 3, ..narrow() };
    for (seed, network) in networks(10).enumerate() {
        let (mut bench, deferred) = defers(network, limits);
        let mut client = bench.connect();
        let _ = ask(&mut bench, &mut client, &get("/").repeat(3));
        let mut answers: Vec<_> =
            deferred.try_iter().map(|r| r.start(chunked()).unwrap()).collect();
        assert_eq!(answers.len(), 3);
        // The last one first, until it has no room.
        let mut counts = [0; 3];
        for n in [2, 1] {
            while answers[n].try_write(bytes_of(100)).unwrap().is_none() {
                counts[n] += 100;
                bench.settle();
                assert!(counts[n] < 20_000, "seed {seed}");
            }
        }
        let mut octets = client.drain();
        assert!(octets.len() < 200, "only the head of the first has left");
        for answer in answers.drain(..).rev() {
            answer.finish().unwrap();
        }
        octets.extend(bench.drain(&mut client));
        let mut rest = &octets[..];
        for count in counts {
            assert_eq!(take(&mut rest, "GET").unwrap().content.len(), count, "seed {seed}");
        }
        assert_alive(&mut bench);
    }
}

/// A stop cuts what is not finished in time, and frees the thread that waits.
#[test]
fn a_stop_frees_the_writer() {
    let (mut bench, deferred) = defers(Network::calm(), narrow());
    let mut client = bench.connect();
    let _ = ask(&mut bench, &mut client, &get("/"));
    let mut answer = deferred.try_recv().unwrap().start(chunked()).unwrap();
    answer.write("abc").unwrap();
    bench.stop(Duration::from_secs(1));
    bench.settle();
    bench.advance(Duration::from_secs(2));
    assert_eq!(client.state(), ClientState::Reset);
    assert_eq!(answer.write("def"), Err(Lost));
}
