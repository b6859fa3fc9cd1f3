//! The budget of a worker's buffers: the worst consumer goes first, and nobody else loses anything.

use nova_http::{Limits, Phase, Reason};
use nova_io::sim::ClientState;

use crate::rig::{ask, closes, get, got, post, server, servers, status, statuses};

const BUDGET: usize = 100_000;

fn limits() -> Limits {
    Limits { buffer_bytes: BUDGET, ..Limits::default() }
}

/// Of several uploads the largest is given up, with an answer; the others are answered whole.
#[test]
fn the_largest_upload_goes_first() {
    let mut bench = server(limits());
    let mut clients: Vec<_> = (0..4).map(|_| bench.connect()).collect();
    let sizes = [10_000, 20_000, 40_000, 30_000];
    for (client, size) in clients.iter_mut().zip(sizes) {
        client.write((post("/", size + 1_000) + &"x".repeat(size)).as_bytes());
        bench.settle();
        assert!(bench.worker(0).spilled_bytes() <= BUDGET);
    }
    assert_eq!(bench.total().failures.all().count(), 0, "exactly the budget is within it");
    clients[0].write(&[b'x'; 500]);
    bench.settle();
    let refused = got(&mut clients[2]);
    assert_eq!((status(&refused), closes(&refused)), ("503", true));
    assert!(bench.worker(0).spilled_bytes() <= BUDGET);
    for (client, rest) in clients.iter_mut().zip([500, 1_000, 0, 1_000]) {
        if rest > 0 {
            assert_eq!(status(&ask(&mut bench, client, vec![b'x'; rest])), "200");
        }
    }
    assert_eq!(
        bench.total().failures.all().collect::<Vec<_>>(),
        [(Reason::Shed, Phase::Content, 1)]
    );
}

/// An answer that is not taken cannot be replaced by another one: its client is reset.
#[test]
fn who_does_not_take_its_answer_is_reset() {
    let mut bench = server(limits());
    let (mut slow, mut other) = (bench.connect(), bench.connect());
    slow.set_window(100);
    other.write((post("/", 50_000) + &"x".repeat(10_000)).as_bytes());
    bench.settle();
    slow.write(get("/large").as_bytes());
    bench.settle();
    assert_eq!(slow.state(), ClientState::Reset);
    assert_eq!(bench.total().failures.get(Reason::Shed, Phase::Answer), 1);
    assert_eq!(status(&ask(&mut bench, &mut other, vec![b'x'; 40_000])), "200");
    assert_eq!(bench.worker(0).spilled_bytes(), 0);
}

/// However many send and do not read, what they hold stays within the budget after every turn, and
/// those who behave get all of their answers.
#[test]
fn the_budget_holds_in_every_turn() {
    let (mut bench, deferred) = servers(limits(), 1);
    let mut good: Vec<_> = (0..4).map(|_| bench.connect()).collect();
    let mut bad = Vec::new();
    let mut answers = 0;
    for round in 0..200 {
        let mut client = bench.connect();
        match round % 4 {
            0 => client.write((post("/", 90_000) + &"x".repeat(60_000)).as_bytes()),
            1 => client.write(b"GET /"),
            2 => {
                client.set_window(0);
                client.write(get("/").repeat(100).as_bytes());
            }
            _ => client.write((get("/never") + &get("/").repeat(20)).as_bytes()),
        }
        bad.push(client);
        good.iter_mut().for_each(|client| client.write(get("/").repeat(3).as_bytes()));
        for _ in 0..3 {
            bench.turn();
            let held = bench.worker(0).spilled_bytes();
            assert!(held <= BUDGET, "round {round}: {held} octets are held");
        }
        answers += good.iter_mut().map(|client| statuses(&got(client)).len()).sum::<usize>();
    }
    assert_eq!(answers, 200 * 4 * 3);
    assert!(good.iter().all(|client| client.state() == ClientState::Open));
    let shed = bench.total().failures.by_reason(Reason::Shed);
    assert!(shed > 10, "only {shed} were given up");
    assert_eq!(bench.total().failures.all().map(|it| it.2).sum::<u64>(), shed);
    drop((bad, good));
    // Handlers that still run are waited for: their clients might be reading.
    deferred.borrow_mut().clear();
    bench.settle();
    assert_eq!((bench.worker(0).connections(), bench.worker(0).spilled_bytes()), (0, 0));
}
