//! Work that blocks, on threads of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use nova_http::{Answered, Buffered, Call, OwnedAnswer, Request, Response, Status, WorkError};

use super::*;

/// A server, whatever its handler is: what both doors have in common.
trait Door {
    fn connect(&mut self) -> Client;
    fn settle(&mut self);
    fn counters(&self) -> &Counters;

    /// Settles until `client` has got something.
    fn answer(&mut self, client: &mut Client) -> String {
        loop {
            self.settle();
            let answer = text(client);
            if !answer.is_empty() {
                return answer;
            }
            std::thread::yield_now();
        }
    }
}

impl<A: nova_http::Application> Door for Bench<PlainHttp, A> {
    fn connect(&mut self) -> Client {
        Self::connect(self)
    }

    fn settle(&mut self) {
        Self::settle(self);
    }

    fn counters(&self) -> &Counters {
        Self::counters(self, 0)
    }
}

/// A sync and an async server that have `work` done elsewhere, with this limit of threads and queue.
fn doors(
    blocking_threads: usize,
    blocking_queue: usize,
    work: impl Fn(&str) -> OwnedAnswer + Clone + Send + 'static,
) -> [(&'static str, Box<dyn Door>); 2] {
    let limits = Limits { blocking_threads, blocking_queue, ..Limits::default() };
    fn path(octets: &[u8]) -> String {
        String::from_utf8(octets.to_vec()).unwrap()
    }
    let theirs = work.clone();
    let sync: Bench<PlainHttp, Buffered<_>> = Bench::http(
        Network::calm(),
        limits,
        move |request: &Request<'_>, response: Response<'_>| -> Answered {
            let (work, path) = (theirs.clone(), path(request.head.path()));
            response.blocking(move || work(&path))
        },
    );
    let tasks = with(
        Network::calm(),
        limits,
        sharing(&work, async |work: _, call: Call| {
            let path = path(call.head().path());
            call.blocking(move || work(&path)).await
        }),
    );
    [("sync", Box::new(sync)), ("async", Box::new(tasks))]
}

/// The worker serves others while the work is done, and the client gets its result.
#[test]
fn the_result_is_answered() {
    for (door, mut bench) in doors(2, 2, |path| OwnedAnswer::text(format!("worked for {path}"))) {
        let mut client = bench.connect();
        for _ in 0..20 {
            client.write(GET);
            assert_eq!(bench.answer(&mut client), ok("worked for /"), "{door}");
        }
    }
}

/// Work that panics is 500, and counted; its thread goes on.
#[test]
fn a_panic_is_500() {
    for (door, mut bench) in doors(1, 2, |path| match path {
        "/panic" => panic!("the work was asked to"),
        _ => OwnedAnswer::text("fine"),
    }) {
        let mut client = bench.connect();
        client.write(b"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(status(&bench.answer(&mut client)), "500", "{door}");
        assert_eq!(failures(bench.counters()), ["1 panicked in handler"], "{door}");
        let mut client = bench.connect();
        client.write(GET);
        assert_eq!(bench.answer(&mut client), ok("fine"), "{door}");
    }
}

/// Two threads and a queue of three take five; the sixth gets 503 at once. When there is room again,
/// the next one is taken.
#[test]
fn a_full_queue_is_503() {
    let (begin, end) = (Arc::new(Barrier::new(3)), Arc::new(Barrier::new(3)));
    let (begins, ends) = (begin.clone(), end.clone());
    for (door, mut bench) in doors(2, 3, move |path| {
        if path == "/long" {
            begins.wait();
            ends.wait();
        }
        OwnedAnswer::text("done")
    }) {
        let mut clients: Vec<_> = (0..6).map(|_| bench.connect()).collect();
        for client in &mut clients[..2] {
            client.write(b"GET /long HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        bench.settle();
        begin.wait();
        for client in &mut clients[2..] {
            client.write(GET);
            bench.settle();
        }
        assert_eq!(status(&text(&mut clients[5])), "503", "{door}");
        end.wait();
        for client in &mut clients[..5] {
            assert_eq!(bench.answer(client), ok("done"), "{door}");
        }
        clients[5].write(GET);
        assert_eq!(bench.answer(&mut clients[5]), ok("done"), "{door}");
    }
}

/// Many at once are all taken, though no thread has begun when the last one comes.
#[test]
fn threads_that_are_starting_count() {
    let (begin, end) = (Arc::new(Barrier::new(4)), Arc::new(Barrier::new(4)));
    let (begins, ends) = (begin.clone(), end.clone());
    for (door, mut bench) in doors(3, 0, move |_| {
        begins.wait();
        ends.wait();
        OwnedAnswer::text("done")
    }) {
        let mut clients: Vec<_> = (0..3).map(|_| bench.connect()).collect();
        clients.iter_mut().for_each(|client| client.write(GET));
        bench.settle();
        begin.wait();
        end.wait();
        for client in &mut clients {
            assert_eq!(bench.answer(client), ok("done"), "{door}");
        }
    }
}

/// Work whose client has gone before a thread has taken it up is not done.
#[test]
fn work_for_nobody_is_not_done() {
    let done = Arc::new(AtomicUsize::new(0));
    let counts = done.clone();
    let (free, wait) = mpsc::channel::<()>();
    let wait = Arc::new(std::sync::Mutex::new(wait));
    for (door, mut bench) in doors(1, 10, move |path| {
        counts.fetch_add(1, Ordering::Relaxed);
        if path == "/long" {
            wait.lock().unwrap().recv().unwrap();
        }
        OwnedAnswer::text("done")
    }) {
        done.store(0, Ordering::Relaxed);
        let (mut long, mut leaves) = (bench.connect(), bench.connect());
        long.write(b"GET /long HTTP/1.1\r\nHost: h\r\n\r\n");
        bench.settle();
        while done.load(Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        leaves.write(GET);
        bench.settle();
        leaves.reset();
        bench.settle();
        free.send(()).unwrap();
        assert_eq!(bench.answer(&mut long), ok("done"), "{door}");
        // The one thread has been through the queue when it has done what comes behind.
        long.write(GET);
        assert_eq!(bench.answer(&mut long), ok("done"), "{door}");
        assert_eq!(done.load(Ordering::Relaxed), 2, "{door}");
    }
}

/// A result is for whoever awaits it: others may be begun, forgotten and had later.
#[test]
fn work_is_a_future_like_others() {
    let mut bench = server(async |call: Call| {
        let one = call.blocking(|| 1);
        drop(call.blocking(|| 100));
        let two = call.blocking(|| 2);
        let bad = call.blocking(|| -> u32 { panic!("asked to") });
        assert_eq!(bad.await, Err(WorkError::Panicked));
        Ok::<_, WorkError>((two.await? + one.await?).to_string())
    });
    let mut client = Door::connect(&mut bench);
    client.write(GET);
    assert_eq!(Door::answer(&mut bench, &mut client), ok("3"));
}

/// A handler that holds its worker for more than a tenth of a second is counted. (Over a real socket:
/// simulated time stands still in a turn.)
#[test]
fn a_slow_turn_is_counted() {
    use std::io::{Read, Write};

    let server = nova_http::Server::bind("127.0.0.1:0").unwrap();
    let running = server
        .start_async(async |call: Call| {
            if call.head().path() == b"/slow" {
                std::thread::sleep(Duration::from_millis(150));
            }
            Status::NO_CONTENT
        })
        .unwrap();
    let handle = running.handle();
    let mut client = std::net::TcpStream::connect(handle.local_addr()).unwrap();
    let mut ask = |path: &str| {
        write!(client, "GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        let mut octets = [0; 1024];
        assert!(client.read(&mut octets).unwrap() > 0);
    };
    ask("/");
    let before = handle.counters()[0].slow_turns.get();
    ask("/slow");
    // It is counted when the turn is over, which the answer may overtake.
    ask("/");
    assert!(handle.counters()[0].slow_turns.get() > before);
    handle.stop(Duration::ZERO);
    running.join().unwrap();
}
