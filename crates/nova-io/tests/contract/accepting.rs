//! Clients come in: all of them, when they are wanted, and failures pause the listener.

use nova_io::Driver;

use crate::bench::{Bench, Seen};
use crate::rig::{Client, Fate, Rig};

pub fn everybody_is_accepted(rig: impl Rig) {
    // More clients than one turn accepts, taken in by a guest, who sleeps when told to.
    let mut bench = Bench::new(rig);
    for _ in 0..150 {
        bench.knock();
    }
    bench.as_guest_until("all were accepted", |bench| bench.accepted.len() == 150);
    bench.settle();
    assert_eq!(bench.accepted.len(), 150);
}

pub fn a_paused_listener_keeps_its_clients(rig: impl Rig) {
    // Clients that knock while accepting is paused wait, and come in afterwards.
    let mut bench = Bench::new(rig);
    bench.driver.accept(0, false);
    for _ in 0..3 {
        bench.knock();
    }
    assert_eq!(bench.settle(), []);
    bench.driver.accept(0, true);
    bench.as_guest_until("all were accepted", |bench| bench.accepted.len() == 3);
}

pub fn a_closed_listener_accepts_nobody(rig: impl Rig) {
    // Who comes after `unlisten` is turned away; who was in already stays; other listeners go on.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let (listener, elsewhere) = bench.rig.listener();
    assert_eq!(bench.driver.listen(listener).unwrap(), 1);
    bench.driver.unlisten(0);
    let late = bench.knock();
    bench.address = elsewhere;
    bench.knock();
    bench.until("the other listener accepted", |bench| !bench.accepted.is_empty());
    bench.until("the late one was refused", |bench| bench.clients[late].fate() == Fate::Reset);
    assert_eq!(bench.accepted.len(), 1);
    bench.clients[client].write(b"still here");
    bench.until("the first is heard", |bench| bench.record(key).octets == b"still here");
    bench.driver.unlisten(0);
    bench.driver.accept(0, true);
    bench.driver.accept(99, true);
}

pub fn a_dropped_socket_is_closed(rig: impl Rig) {
    // Not adopting a connection ends it.
    let mut bench = Bench::new(rig);
    let client = bench.knock();
    drop(bench.arrival());
    bench.until("the client saw it", |bench| bench.clients[client].fate() != Fate::Open);
}

/// `exhaust` makes the next accept fail for want of descriptors, `relieve` ends that.
pub fn a_failed_accept_pauses_the_listener(
    rig: impl Rig,
    exhaust: impl FnOnce(),
    relieve: impl FnOnce(),
) {
    // The failure is told once and does not spin; the connections that are in go on; after
    // `accept(on)` the clients that waited come in.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.knock();
    bench.knock();
    exhaust();
    let mut failures = 0;
    bench.until_seen("the failure was told", |_, seen| {
        failures += usize::from(matches!(seen, Seen::AcceptFailed(0, _)));
        failures > 0
    });
    assert_eq!(failures, 1);
    let accepted = bench.accepted.len();
    bench.clients[client].write(b"still here");
    bench.until("the first is heard", |bench| bench.record(key).octets == b"still here");
    assert!(!bench.settle().iter().any(|seen| matches!(seen, Seen::AcceptFailed(..))));
    assert_eq!(bench.accepted.len(), accepted, "the listener is paused");
    relieve();
    bench.driver.accept(0, true);
    bench.as_guest_until("both came in", |bench| bench.accepted.len() == 2);
}
