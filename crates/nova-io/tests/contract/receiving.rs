//! Octets come: all, in order, fairly, and not while they are not wanted.

use crate::bench::{Bench, Seen, pattern};
use crate::rig::{Client, Rig};

pub fn octets_arrive_in_order(rig: impl Rig) {
    // Whatever the pieces in which they are written and read, the octets are those written.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let all = pattern(bench.rig.receive_buffer() * 9 + 5);
    for piece in all.chunks(bench.rig.receive_buffer() * 2 + 1) {
        bench.clients[client].write(piece);
        bench.turn();
    }
    bench.until("all has been received", |bench| bench.record(key).octets.len() >= all.len());
    assert_eq!(bench.record(key).octets, all);
    bench.settle();
    assert_eq!(bench.record(key).octets.len(), all.len());
}

pub fn a_flood_does_not_starve_a_trickle(rig: impl Rig) {
    // One octet gets through while another client has two hundred buffers to send.
    let mut bench = Bench::new(rig);
    let (flood, flooder) = bench.join();
    let (trickle, trickler) = bench.join();
    let much = pattern(bench.rig.receive_buffer() * 200);
    bench.clients[flooder].write(&much);
    bench.clients[trickler].write(b"!");
    bench.until("the trickle has come", |bench| !bench.record(trickle).octets.is_empty());
    assert!(bench.record(flood).octets.len() < much.len());
    bench.until("the flood has come", |bench| bench.record(flood).octets.len() == much.len());
    assert_eq!(bench.record(flood).octets, much);
}

pub fn pausing_holds_octets_back(rig: impl Rig) {
    // After a pause no more than one buffer comes (the bench watches); after it, everything.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let all = pattern(bench.rig.receive_buffer() * 5);
    let (before, after) = all.split_at(7.min(all.len()));
    bench.clients[client].write(before);
    bench.until("the first came", |bench| bench.record(key).octets.len() == before.len());
    bench.pause(key);
    bench.clients[client].write(after);
    bench.settle();
    let held = bench.record(key).octets.len();
    assert!(held <= before.len() + bench.rig.receive_buffer());
    bench.resume(key);
    bench.until("the rest came", |bench| bench.record(key).octets.len() == all.len());
    assert_eq!(bench.record(key).octets, all);
}

pub fn pausing_while_octets_are_under_way(rig: impl Rig) {
    // Pausing within the turn that lends, again and again, loses nothing.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let all = pattern(bench.rig.receive_buffer() * 6 + 1);
    bench.clients[client].write(&all);
    let mut pauses = 0;
    while bench.record(key).octets.len() < all.len() {
        bench.until_seen("more came", |bench, seen| {
            let came = matches!(seen, Seen::Received(..));
            if came {
                bench.pause(key);
            }
            came
        });
        pauses += 1;
        bench.settle();
        bench.resume(key);
    }
    assert!(pauses >= 3, "six buffers and at most two for each pause");
    assert_eq!(bench.record(key).octets, all);
}

pub fn resuming_finds_what_came_meanwhile(rig: impl Rig) {
    // No further octet has to come for those that came during the pause to be lent.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.pause(key);
    let all = pattern(bench.rig.receive_buffer() * 2);
    bench.clients[client].write(&all);
    bench.settle();
    bench.resume(key);
    bench.until("all came", |bench| bench.record(key).octets.len() == all.len());
    assert_eq!(bench.record(key).octets, all);
}

pub fn a_guest_hears_of_everything(rig: impl Rig) {
    // Whoever turns only when the descriptor speaks or `pending` says so misses nothing.
    let mut bench = Bench::new(rig);
    bench.knock();
    bench.as_guest_until("a client came", |bench| !bench.accepted.is_empty());
    let (key, socket) = (bench.fresh_key(), bench.accepted.pop_front().unwrap());
    bench.adopt(key, socket).unwrap();
    let all = pattern(bench.rig.receive_buffer() * 7);
    bench.clients[0].write(&all);
    bench.clients[0].shutdown();
    bench.as_guest_until("octets came", |bench| bench.record(key).octets.len() == all.len());
    bench.as_guest_until("the end came", |bench| bench.record(key).ended);
    assert_eq!(bench.record(key).octets, all);
}

pub fn a_guest_hears_of_what_it_resumed(rig: impl Rig) {
    // Resuming makes work that no descriptor tells of again: `pending` must.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.pause(key);
    let all = pattern(bench.rig.receive_buffer() * 3);
    bench.clients[client].write(&all);
    bench.settle();
    bench.resume(key);
    bench.as_guest_until("octets came", |bench| bench.record(key).octets.len() == all.len());
}
