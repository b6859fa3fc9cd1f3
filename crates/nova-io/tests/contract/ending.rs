//! Connections end: in order, half-way, with a reset in every state; and then they are silent.

use nova_io::{Close, Driver, Failure, Key};

use crate::bench::{Bench, Seen, pattern};
use crate::rig::{Client, Fate, Rig};

pub fn octets_come_before_the_end(rig: impl Rig) {
    // Octets and end, written at once, come in this order; then the server can still answer.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.clients[client].write(b"first and ");
    bench.until("the first came", |bench| bench.record(key).octets == b"first and ");
    bench.clients[client].write(b"last words");
    bench.clients[client].shutdown();
    bench.until("the end came", |bench| bench.record(key).ended);
    assert_eq!(bench.record(key).octets, b"first and last words");
    bench.send_all(key, b"farewell");
    let mut read = Vec::new();
    bench.until("the client reads the answer", |bench| {
        read.append(&mut bench.clients[client].take());
        read == b"farewell"
    });
    assert_eq!(bench.clients[client].fate(), Fate::Open);
}

pub fn an_end_after_a_short_read(rig: impl Rig) {
    // A buffer that was not filled does not hide the end that follows later.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.clients[client].write(b"short");
    bench.until("the octets came", |bench| bench.record(key).octets == b"short");
    bench.clients[client].shutdown();
    bench.until("the end came", |bench| bench.record(key).ended);
}

pub fn an_end_after_a_full_buffer(rig: impl Rig) {
    // Nor does one that was filled to the last octet.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let all = pattern(bench.rig.receive_buffer());
    bench.clients[client].write(&all);
    bench.clients[client].shutdown();
    bench.until("the end came", |bench| bench.record(key).ended);
    assert_eq!(bench.record(key).octets, all);
}

pub fn an_end_while_paused(rig: impl Rig) {
    // An end that came while nothing was wanted is told after the octets before it.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.pause(key);
    let all = pattern(bench.rig.receive_buffer() * 2 + 1);
    bench.clients[client].write(&all);
    bench.clients[client].shutdown();
    bench.settle();
    assert!(!bench.record(key).ended, "octets are left");
    bench.resume(key);
    bench.until("the end came", |bench| bench.record(key).ended);
    assert_eq!(bench.record(key).octets, all);
}

pub fn our_end_leaves_their_direction_open(rig: impl Rig) {
    // After our FIN the client reads an end, and what it still sends is received.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.send_all(key, b"that is all");
    bench.driver.shutdown(key);
    let mut read = Vec::new();
    bench.until("the client saw our end", |bench| {
        read.append(&mut bench.clients[client].take());
        bench.clients[client].fate() == Fate::Ended
    });
    read.append(&mut bench.clients[client].take());
    assert_eq!(read, b"that is all");
    bench.clients[client].write(b"one more thing");
    bench.clients[client].shutdown();
    bench.until("their end came", |bench| bench.record(key).ended);
    assert_eq!(bench.record(key).octets, b"one more thing");
}

pub fn an_orderly_close_delivers_what_was_sent(rig: impl Rig) {
    // Octets that a send took arrive although the connection was closed right after it.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.send_all(key, b"goodbye");
    bench.close(key, Close::Orderly);
    let mut read = Vec::new();
    bench.until("the client saw the end", |bench| {
        read.append(&mut bench.clients[client].take());
        bench.clients[client].fate() != Fate::Open
    });
    read.append(&mut bench.clients[client].take());
    assert_eq!(read, b"goodbye");
    assert_eq!(bench.clients[client].fate(), Fate::Ended);
}

pub fn a_reset_close_is_seen_as_one(rig: impl Rig) {
    // An answer cut short must not look complete.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.send_all(key, b"half an ans");
    bench.close(key, Close::Reset);
    bench.until("the client saw the end", |bench| bench.clients[client].fate() != Fate::Open);
    assert_eq!(bench.clients[client].fate(), Fate::Reset);
}

/// The client resets: the driver says so once, as a reset, and then nothing more.
fn the_reset_is_told<R: Rig>(mut bench: Bench<R>, key: Key, client: usize) {
    bench.clients[client].reset();
    bench.until("the reset was told", |bench| bench.record(key).failed.is_some());
    assert_eq!(bench.record(key).failed, Some(Failure::Reset));
    assert_eq!(bench.settle(), []);
    assert!(bench.driver.send(key, b"too late").is_err());
    bench.close(key, Close::Orderly);
    assert_eq!(bench.settle(), []);
}

pub fn a_reset_while_idle(rig: impl Rig) {
    // Nothing had been said at all.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.settle();
    the_reset_is_told(bench, key, client);
}

pub fn a_reset_after_data(rig: impl Rig) {
    // Octets are under way: they may come or be lost, the reset comes after them.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let some = pattern(bench.rig.receive_buffer() * 2);
    bench.clients[client].write(&some);
    the_reset_is_told(bench, key, client);
}

pub fn a_reset_while_paused(rig: impl Rig) {
    // Nobody reads, and octets lie unread: whoever works for this client hears of it all the same.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.pause(key);
    let some = pattern(bench.rig.receive_buffer() * 3);
    bench.clients[client].write(&some);
    bench.settle();
    the_reset_is_told(bench, key, client);
}

pub fn a_reset_while_sending(rig: impl Rig) {
    // A send came up short; room, if it is told, is followed by the failure.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.clients[client].set_reading(false);
    bench.send_until_short(key);
    bench.settle();
    the_reset_is_told(bench, key, client);
}

pub fn a_reset_after_our_end(rig: impl Rig) {
    // We have ended our direction and still listen.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.driver.shutdown(key);
    bench.settle();
    the_reset_is_told(bench, key, client);
}

pub fn a_reset_after_their_end(rig: impl Rig) {
    // They had ended their direction and waited for our answer.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.clients[client].write(b"question");
    bench.clients[client].shutdown();
    bench.until("the end came", |bench| bench.record(key).ended);
    the_reset_is_told(bench, key, client);
}

pub fn no_event_after_close(rig: impl Rig) {
    // Everybody has something to tell in this turn. The first to speak silences all others (the
    // bench fails on an event of a closed key).
    let mut bench = Bench::new(rig);
    let guests: Vec<_> = (0..8).map(|_| bench.join()).collect();
    for &(key, client) in &guests {
        bench.pause(key);
        bench.clients[client].write(b"me!");
        bench.clients[client].shutdown();
    }
    bench.settle();
    let mut open: Vec<Key> = guests.iter().map(|(key, _)| *key).collect();
    // Those who ended in spite of the pause have said all they had to.
    open.retain(|key| !bench.record(*key).ended);
    for &key in &open {
        bench.resume(key);
    }
    while open.len() > 1 {
        bench.until_seen("somebody speaks", |bench, seen| {
            let (Seen::Received(speaker, _) | Seen::End(speaker)) = *seen else { return false };
            for key in open.drain(..).filter(|key| *key != speaker) {
                bench.close(key, Close::Orderly);
            }
            open.push(speaker);
            true
        });
    }
    bench.settle();
}

pub fn a_reused_slot_hears_nothing_of_its_past(rig: impl Rig) {
    // A slot's tenant goes within the turn in which it has octets, and another moves in at once:
    // what was under way for the former never reaches the newcomer.
    let mut bench = Bench::new(rig);
    let (first, first_client) = bench.join();
    let (second, second_client) = bench.join();
    let newcomer = bench.knock();
    let socket = bench.arrival();
    for (key, client) in [(first, first_client), (second, second_client)] {
        bench.pause(key);
        let old = vec![b'o'; bench.rig.receive_buffer() * 3];
        bench.clients[client].write(&old);
    }
    bench.settle();
    bench.resume(first);
    bench.resume(second);
    // Both have work queued now.
    bench.begin(nova_io::Wait::No);
    bench.next();
    bench.close(first, Close::Reset);
    bench.close(second, Close::Reset);
    let next = Key::new(first.slot, first.generation + 1);
    bench.adopt(next, socket).unwrap();
    while bench.next().is_some() {}
    bench.clients[newcomer].write(b"new");
    bench.until("the newcomer was heard", |bench| bench.record(next).octets.len() >= 3);
    bench.settle();
    assert_eq!(bench.record(next).octets, b"new");
    assert!(!bench.record(next).ended && bench.record(next).failed.is_none());
}
