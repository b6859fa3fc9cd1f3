//! Deadlines hold, and everybody gets a turn, while some keep the worker busy: its driver has something
//! pending in every single turn.

use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{Limits, Phase, PlainHttp, Reason};
use nova_io::sim::{Client, ClientState, Habits, Network};

use crate::rig::{Server, get, got, post, server, status};

const SECOND: Duration = Duration::from_secs(1);

/// Clients that keep everything full: their requests lie in the network before every turn, and more
/// than one buffer of them.
struct Flood {
    network: Network,
    bench: Server,
    clients: Vec<Client>,
    elapsed: Duration,
}

const TICK: Duration = Duration::from_millis(50);

impl Flood {
    fn new(limits: Limits) -> Self {
        let habits = Habits { receive_buffer: 1_000, ..Habits::calm() };
        let network = Network::with(habits, 0);
        let mut bench = Bench::new(network.clone(), limits, 1, |_| {
            (PlainHttp, nova_http::Buffered::new(crate::rig::App::default()))
        });
        let mut clients: Vec<_> = (0..3).map(|_| bench.connect()).collect();
        // One of them floods the last seconds of its connection.
        clients[2].write(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let elapsed = Duration::ZERO;
        let mut flood = Self { network, bench, clients, elapsed };
        flood.turn();
        flood
    }

    /// Fills everything and turns once.
    fn turn(&mut self) {
        for client in &mut self.clients {
            if client.unreceived() < 5_000 && client.state() != ClientState::Reset {
                client.write(get("/").repeat(200).as_bytes());
            }
            client.drain();
        }
        self.bench.turn();
    }

    /// Turns until `done`, or until this much more time than `span` has passed.
    fn until(&mut self, span: Duration, mut done: impl FnMut(&mut Server) -> bool) {
        while !done(&mut self.bench) {
            assert!(self.elapsed < span + 3 * SECOND / 2, "a deadline of {span:?} does not hold");
            self.network.advance(TICK);
            self.elapsed += TICK;
            self.turn();
        }
        assert!(self.elapsed + TICK >= span, "{:?} is before {span:?}", self.elapsed);
    }
}

fn limits() -> Limits {
    Limits {
        idle: 4 * SECOND,
        head: 6 * SECOND,
        content_silence: 8 * SECOND,
        handler: 10 * SECOND,
        write_stall: 12 * SECOND,
        linger: 2 * SECOND,
        ..Limits::default()
    }
}

/// Each deadline of those who wait comes when it should, in the order of their spans.
#[test]
fn deadlines_hold_while_others_keep_every_buffer_full() {
    let mut flood = Flood::new(limits());
    let mut others: Vec<_> = (0..5).map(|_| flood.bench.connect()).collect();
    others[1].write(b"GET");
    others[2].write(post("/", 1_000).as_bytes());
    others[3].write(get("/never").as_bytes());
    others[4].set_window(100);
    others[4].write(get("/large").as_bytes());
    flood.turn();
    let total = |bench: &mut Server| bench.total();
    flood.until(limits().linger, |bench| total(bench).closed.get() == 1);
    flood.until(limits().idle, |bench| total(bench).idle_expired.get() == 1);
    let cells = [
        (limits().head, Reason::TimedOut, Phase::Head),
        (limits().content_silence, Reason::TimedOut, Phase::Content),
        (limits().handler, Reason::TimedOut, Phase::Handler),
        (limits().write_stall, Reason::Stalled, Phase::Answer),
    ];
    for (span, reason, phase) in cells {
        flood.until(span, |bench| total(bench).failures.get(reason, phase) == 1);
    }
    assert_eq!(total(&mut flood.bench).failures.all().count(), 4);
    let answers: Vec<_> = others[1..4].iter_mut().map(got).collect();
    let statuses: Vec<_> = answers.iter().map(|answer| status(answer)).collect();
    assert_eq!(statuses, ["408", "408", "503"]);
    assert!(total(&mut flood.bench).requests.get() > 10_000, "the others were served meanwhile");
}

/// The stop's own deadline, too: nobody holds a server by talking on.
#[test]
fn a_stop_ends_while_others_keep_every_buffer_full() {
    let mut flood = Flood::new(Limits { linger: 60 * SECOND, ..limits() });
    let mut waits = flood.bench.connect();
    waits.write(get("/never").as_bytes());
    flood.turn();
    flood.bench.stop(3 * SECOND);
    flood.turn();
    flood.until(3 * SECOND, |bench| bench.worker(0).connections() == 0);
    assert_eq!(waits.state(), ClientState::Reset);
    assert_eq!(flood.bench.total().failures.get(Reason::Stopped, Phase::Handler), 1);
}

/// A pipeline that has no end gets its share of each turn: the others are answered in the same turn
/// in which they ask.
#[test]
fn requests_per_turn() {
    let mut bench = server(Limits { requests_per_turn: 4, ..Limits::default() });
    let (mut flood, mut other) = (bench.connect(), bench.connect());
    bench.turn();
    flood.write(get("/").repeat(400).as_bytes());
    let mut answered = 0;
    for turn in 1..=50 {
        other.write(get("/").as_bytes());
        bench.turn();
        answered += got(&mut flood).matches("200 OK").count();
        assert_eq!(status(&got(&mut other)), "200", "turn {turn}");
        // What lies in the driver and what is left from the last turn are both served.
        assert!(answered <= 8 * turn, "turn {turn}: {answered} of the flood");
    }
    assert!(answered >= 4 * 50);
    bench.settle();
    answered += got(&mut flood).matches("200 OK").count();
    assert_eq!(answered, 400);
}
