//! Other threads wake the driver; time moves with the turns.

use std::thread;
use std::time::Duration;

use nova_io::{Driver, Wait, Waker};

use crate::bench::{Bench, Seen};
use crate::rig::Rig;

fn wakes(seen: &[Seen]) -> usize {
    seen.iter().filter(|seen| matches!(seen, Seen::Woken)).count()
}

pub fn a_thousand_wakes_are_few_events(rig: impl Rig) {
    // Wakes before a turn are one event, or a few where a driver notices some late.
    let mut bench = Bench::new(rig);
    let waker = bench.driver.waker();
    thread::spawn(move || {
        for _ in 0..1000 {
            waker.wake().unwrap();
        }
    })
    .join()
    .unwrap();
    let woken = wakes(&bench.settle());
    assert!((1..=10).contains(&woken), "{woken} events for 1,000 wakes");
}

pub fn every_wake_is_followed_by_an_event(rig: impl Rig) {
    // A wake after the last event is heard, from whichever clone.
    let mut bench = Bench::new(rig);
    let waker = bench.driver.waker();
    let wakers = [waker.clone(), waker];
    for round in 0..100 {
        wakers[round % 2].wake().unwrap();
        bench.until_seen("the wake is heard", |_, seen| *seen == Seen::Woken);
    }
}

/// For drivers that do wait.
pub fn a_wake_ends_a_wait(rig: impl Rig) {
    // A turn that would wait for a long time returns when another thread wakes it, every time.
    let mut bench = Bench::new(rig);
    for _ in 0..100 {
        let waker = bench.driver.waker();
        let other = thread::spawn(move || waker.wake().unwrap());
        assert_eq!(bench.turn_waiting(Wait::AtMost(Duration::from_secs(10))), [Seen::Woken]);
        other.join().unwrap();
    }
}

pub fn time_stands_still_within_a_turn(rig: impl Rig) {
    // A turn has one moment, which is not before the last turn's.
    let mut bench = Bench::new(rig);
    let mut last = bench.driver.now();
    for _ in 0..20 {
        bench.knock();
        let wait = bench.rig.wait();
        bench.begin(wait);
        let now = bench.driver.now();
        assert!(now >= last);
        while bench.next().is_some() {
            assert_eq!(bench.driver.now(), now);
        }
        last = now;
    }
    // 2020-01-01; a clock that counts from elsewhere would show.
    assert!(bench.driver.unix_seconds() > 1_577_836_800);
}
