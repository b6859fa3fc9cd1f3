//! Which worker a new connection should live with.
//!
//! Each worker has its own listener, and the kernel spreads connections over them by a hash. That is
//! fair for thousands and lopsided for eight. So after an accept, before anything is read, a worker
//! that is ahead of the emptiest one by more than [`slack`] hands the socket over.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many connections each worker has, seen by all.
#[derive(Debug)]
pub(crate) struct Loads {
    workers: Box<[Load]>,
}

/// A cache line of its own, so that counting does not slow the neighbours.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Load(AtomicUsize);

impl Loads {
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers: (0..workers).map(|_| Load::default()).collect() }
    }

    /// Counts one more connection and says which worker takes it.
    pub(crate) fn place(&self, me: usize) -> usize {
        let mine = self.get(me);
        let (mut emptiest, mut least, mut total) = (me, mine, 0);
        for worker in 0..self.workers.len() {
            let load = self.get(worker);
            total += self.connections(worker);
            if load < least {
                (emptiest, least) = (worker, load);
            }
        }
        let target = if mine + 1 > least + slack(total + 1) { emptiest } else { me };
        self.workers[target].0.fetch_add(1, Ordering::Relaxed);
        target
    }

    /// A connection that was to be `from`'s is `to`'s.
    pub(crate) fn moved(&self, from: usize, to: usize) {
        self.ended(from);
        self.workers[to].0.fetch_add(1, Ordering::Relaxed);
    }

    /// Nobody gives `worker` another connection.
    pub(crate) fn retire(&self, worker: usize) {
        self.workers[worker].0.store(usize::MAX / 2, Ordering::Relaxed);
    }

    /// A connection of `worker` has ended.
    pub(crate) fn ended(&self, worker: usize) {
        self.workers[worker].0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The connections that `worker` has or is about to get; none, if it is retired.
    pub(crate) fn connections(&self, worker: usize) -> usize {
        let load = self.get(worker);
        if load < usize::MAX / 4 { load } else { 0 }
    }

    /// What counts for placing the next one.
    fn get(&self, worker: usize) -> usize {
        self.workers[worker].0.load(Ordering::Relaxed)
    }
}

/// By how many connections a worker may be ahead of the emptiest one.
///
/// 2 for a handful (8 connections on 2 workers are at worst 5 and 3). A hash's own spread grows with
/// the root of the total, so following the root hands few over; from some hundreds on 1/48 of the
/// total keeps the counts of two workers within 5 % of each other.
fn slack(total: usize) -> usize {
    total.isqrt().min((total / 48).max(22)).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the kernel spreads them, eight connections on two workers are at worst 5 and 3.
    #[test]
    fn a_handful_is_spread() {
        for pattern in 0u32..256 {
            let loads = Loads::new(2);
            for n in 0..8 {
                loads.place((pattern >> n & 1) as usize);
            }
            assert!((3..=5).contains(&loads.get(0)), "{pattern:08b}: {}", loads.get(0));
        }
    }

    /// A thousand that a hash spreads end within 5 % of each other, and fewer than 5 % move.
    #[test]
    fn a_thousand_are_even_and_few_move() {
        let mut random = 0x9E37_79B9_7F4A_7C15u64;
        for round in 0..200 {
            let loads = Loads::new(2);
            let mut moved = 0;
            for _ in 0..1_000 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round * 2 + 1);
                let kernel = (random >> 63) as usize;
                moved += usize::from(loads.place(kernel) != kernel);
            }
            let (a, b) = (loads.get(0), loads.get(1));
            assert!(a.abs_diff(b) * 20 < a.max(b), "round {round}: {a} and {b}");
            assert!(moved < 50, "round {round}: {moved} moved");
        }
    }

    /// A worker whose connections have ended is filled again first.
    #[test]
    fn ended_connections_make_room() {
        let loads = Loads::new(2);
        for _ in 0..10 {
            loads.place(0);
        }
        for _ in 0..loads.get(1) {
            loads.ended(1);
        }
        assert_eq!(loads.place(0), 1);
    }
}
