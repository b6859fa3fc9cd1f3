//! Octets go: as many as there is room for, and the rest after `Sent`.

use nova_io::{Driver, Failure};

use crate::bench::{Bench, pattern};
use crate::rig::{Client, Fate, Rig};

pub fn a_short_send_goes_on_after_room(rig: impl Rig) {
    // A client that does not read makes sends come up short; when it reads, `Sent` comes, and
    // nothing is lost or doubled.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.clients[client].set_reading(false);
    let sent = bench.send_until_short(key);
    let all = pattern(sent + bench.rig.ample() / 8 + 1);
    bench.clients[client].set_reading(true);
    bench.until("there is room", |bench| bench.record(key).rooms > 0);
    bench.send_all(key, &all[sent..]);
    let mut read = Vec::new();
    bench.until("the client has read it all", |bench| {
        read.append(&mut bench.clients[client].take());
        read.len() >= all.len()
    });
    assert!(read == all, "the client read other octets than were sent");
    bench.settle();
    assert_eq!(bench.clients[client].take(), []);
}

pub fn sending_goes_on_while_receiving_is_paused(rig: impl Rig) {
    // The two directions do not wait for each other.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.pause(key);
    bench.clients[client].write(b"not now");
    bench.clients[client].set_reading(false);
    let sent = bench.send_until_short(key);
    bench.settle();
    bench.clients[client].set_reading(true);
    bench.until("there is room", |bench| bench.record(key).rooms > 0);
    bench.send_all(key, b"the rest");
    bench.resume(key);
    bench.until("the octets came", |bench| bench.record(key).octets == b"not now");
    let mut read = 0;
    bench.until("the client has read it all", |bench| {
        read += bench.clients[client].take().len();
        read == sent + 8
    });
}

pub fn a_failed_send_is_the_last_word(rig: impl Rig) {
    // Who learns of the death from `send` hears no event of it.
    let mut bench = Bench::new(rig);
    let (key, client) = bench.join();
    bench.clients[client].reset();
    // Sends do not show whether the reset has arrived, so send until it has. The driver's turns in
    // between are not taken: its events would tell first.
    let mut outcome = Ok(0);
    for _ in 0..100_000 {
        outcome = bench.driver.send(key, b"anybody there?");
        if outcome.is_err() {
            break;
        }
    }
    assert_eq!(outcome, Err(Failure::Reset));
    bench.settle();
    assert_eq!(bench.record(key).failed, None);
    assert!(!bench.record(key).ended);
    assert_eq!(bench.clients[client].fate(), Fate::Reset);
}
