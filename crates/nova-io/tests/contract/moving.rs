//! Connections move between drivers, and keys that mean nobody do nothing.

use std::io;

use nova_io::{Close, Driver, Key};

use crate::bench::{Bench, pattern};
use crate::rig::{Client, Fate, Rig};

pub fn unread_octets_move_along(rig: impl Rig) {
    // What the first driver has not lent is lent by the second, which can answer; the first says
    // nothing more of it.
    let mut here = Bench::new(rig.clone());
    let mut there = Bench::new(rig);
    let (key, client) = here.join();
    here.clients[client].write(b"for you");
    here.until("the first driver lent", |here| here.record(key).octets == b"for you");
    let all = pattern(here.rig.receive_buffer() * 3 + 1);
    here.pause(key);
    here.clients[client].write(&all);
    here.settle();
    let already = here.record(key).octets.len() - 7;
    let socket = here.release(key);
    let new_key = there.fresh_key();
    there.adopt(new_key, socket).unwrap();
    there.until("the second driver lent the rest", |there| {
        here.turn();
        there.record(new_key).octets.len() >= all.len() - already
    });
    assert_eq!(there.record(new_key).octets, all[already..]);
    assert_eq!(here.record(key).octets[7..], all[..already]);
    let mut rest = &b"thanks"[..];
    let mut read = Vec::new();
    there.until("the client read the answer", |there| {
        rest = &rest[there.driver.send(new_key, rest).unwrap()..];
        here.turn();
        read.append(&mut here.clients[client].take());
        read == b"thanks"
    });
}

pub fn an_unread_end_moves_along(rig: impl Rig) {
    // Straight from accept into another driver, with the client gone already.
    let mut here = Bench::new(rig.clone());
    let mut there = Bench::new(rig);
    let client = here.knock();
    here.clients[client].write(b"short visit");
    here.clients[client].shutdown();
    let socket = here.arrival();
    let key = there.fresh_key();
    there.adopt(key, socket).unwrap();
    there.until("the end came", |there| there.record(key).ended);
    assert_eq!(there.record(key).octets, b"short visit");
}

pub fn a_moved_connection_goes_on_sending(rig: impl Rig) {
    // A short send before the move is continued after it; what was sent comes once.
    let mut here = Bench::new(rig.clone());
    let mut there = Bench::new(rig);
    let (key, client) = here.join();
    here.clients[client].set_reading(false);
    let sent = here.send_until_short(key);
    let all = pattern(sent + 100);
    let socket = here.release(key);
    let new_key = there.fresh_key();
    there.adopt(new_key, socket).unwrap();
    here.clients[client].set_reading(true);
    let mut read = Vec::new();
    let mut rest = &all[sent..];
    there.until("the client read it all", |there| {
        rest = &rest[there.driver.send(new_key, rest).unwrap()..];
        here.turn();
        read.append(&mut here.clients[client].take());
        read.len() >= all.len()
    });
    assert!(read == all, "the client read other octets than were sent");
}

pub fn strangers_are_ignored(rig: impl Rig) {
    // Every call with a key that means nobody is harmless: never seen, of a former tenant, closed.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let former = Key::new(key.slot, key.generation - 1);
    let nobody = Key::new(10_000, 0);
    for stranger in [former, nobody] {
        assert!(bench.driver.send(stranger, b"hello").is_err());
        bench.driver.want_receive(stranger, false);
        bench.driver.shutdown(stranger);
        bench.driver.close(stranger, Close::Reset);
        assert!(bench.driver.release(stranger).is_none());
    }
    bench.clients[client].write(b"still here");
    bench.until("the tenant is heard", |bench| bench.record(key).octets == b"still here");
    bench.close(key, Close::Orderly);
    bench.driver.close(key, Close::Orderly);
    assert!(bench.driver.send(key, b"hello").is_err());
}

pub fn a_taken_slot_is_refused_and_the_socket_closed(rig: impl Rig) {
    // The tenant stays, the newcomer's client sees an end.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    let newcomer = bench.knock();
    let socket = bench.arrival();
    let same_slot = Key::new(key.slot, key.generation + 1);
    let refused = bench.driver.adopt(same_slot, socket).map_err(|error| error.kind());
    assert_eq!(refused, Err(io::ErrorKind::AlreadyExists));
    bench.until("the newcomer saw it", |bench| bench.clients[newcomer].fate() != Fate::Open);
    bench.clients[client].write(b"still here");
    bench.until("the tenant is heard", |bench| bench.record(key).octets == b"still here");
}
