//! A coarse timer wheel: one entry for each connection, filed by slot.
//!
//! A request only writes the deadline into its connection; the wheel is not touched. When an entry
//! comes due and its connection's deadline has moved on meanwhile, the worker files it anew. Only a
//! deadline that moves *forward in time to an earlier moment* than the entry's must re-file at once.
//!
//! Hashed wheel (Varghese and Lauck, 1987, scheme 6): [`TICKS`] lists of slots, doubly linked by
//! index, 12 octets for each connection, O(1) to file and to remove.

use std::time::Duration;

use nova_io::Time;

/// Nanoseconds of a tick as a power of two: 2²⁶ ns ≈ 67 ms. Deadlines are late by at most one.
const TICK_BITS: u32 = 26;
/// Lists in the wheel: 2,048 × 67 ms ≈ 137 s; a deadline beyond is looked at once on the way.
const TICKS: usize = 2048;
const NONE: u32 = u32::MAX;

/// Deadlines by slot.
#[derive(Debug)]
pub(crate) struct Timers {
    /// First slot of each tick's list.
    heads: Box<[u32; TICKS]>,
    /// Which lists are not empty, a bit each: finding the next deadline looks at 32 words.
    occupied: [u64; TICKS / 64],
    links: Vec<Link>,
    /// The first tick that has not come due.
    next: u64,
    /// No slot comes due before this tick. Exact after a search; early after a removal, which costs
    /// one search more. It spares every turn the look at the 32 words.
    soonest: u64,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
    /// Which list; `NONE`: not filed.
    list: u32,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            heads: Box::new([NONE; TICKS]),
            occupied: [0; TICKS / 64],
            links: Vec::new(),
            next: 0,
            soonest: u64::MAX,
        }
    }
}

impl Timers {
    /// Makes sure that `slot` comes due at `deadline`, or earlier.
    #[inline]
    pub(crate) fn at_most(&mut self, slot: u32, deadline: Time) {
        let tick = self.tick_of(deadline);
        if let Some(link) = self.links.get(slot as usize)
            && link.list != NONE
            && self.due(link.list) <= tick
        {
            return;
        }
        self.file(slot, tick);
    }

    /// How many slots are filed.
    pub(crate) fn filed(&self) -> usize {
        self.links.iter().filter(|link| link.list != NONE).count()
    }

    /// Forgets `slot`.
    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(&link) = self.links.get(slot as usize) else { return };
        if link.list == NONE {
            return;
        }
        match link.before {
            NONE => self.heads[link.list as usize] = link.after,
            before => self.links[before as usize].after = link.after,
        }
        if link.after != NONE {
            self.links[link.after as usize].before = link.before;
        }
        if self.heads[link.list as usize] == NONE {
            self.occupied[link.list as usize / 64] &= !(1 << (link.list % 64));
        }
        self.links[slot as usize].list = NONE;
    }

    /// Takes out one slot that has come due by `now`, if there is one.
    #[inline]
    pub(crate) fn pop(&mut self, now: Time) -> Option<u32> {
        let current = now.as_nanos() >> TICK_BITS;
        if current <= self.soonest { None } else { self.search(current) }
    }

    fn search(&mut self, current: u64) -> Option<u32> {
        let Some(list) = self.next_occupied() else {
            (self.next, self.soonest) = (self.next.max(current), u64::MAX);
            return None;
        };
        self.soonest = self.due(list);
        if self.soonest >= current {
            // Nothing before `current` is left: the wheel can turn up to it.
            self.next = self.next.max(current);
            return None;
        }
        self.next = self.soonest;
        let slot = self.heads[list as usize];
        self.remove(slot);
        Some(slot)
    }

    /// How long from `now` until the next slot may come due; `None` if nothing is filed.
    #[inline]
    pub(crate) fn wait(&self, now: Time) -> Option<Duration> {
        if self.soonest == u64::MAX {
            return None;
        }
        Some(Time::from_nanos((self.soonest + 1) << TICK_BITS).since(now))
    }

    fn file(&mut self, slot: u32, tick: u64) {
        self.remove(slot);
        if self.links.len() <= slot as usize {
            let unfiled = Link { before: NONE, after: NONE, list: NONE };
            self.links.resize(slot as usize + 1, unfiled);
        }
        self.soonest = self.soonest.min(tick);
        let list = (tick % TICKS as u64) as u32;
        let after = std::mem::replace(&mut self.heads[list as usize], slot);
        if after != NONE {
            self.links[after as usize].before = slot;
        }
        self.links[slot as usize] = Link { before: NONE, after, list };
        self.occupied[list as usize / 64] |= 1 << (list % 64);
    }

    /// The tick of `deadline`, within what the wheel can tell apart from `next`.
    fn tick_of(&self, deadline: Time) -> u64 {
        (deadline.as_nanos() >> TICK_BITS).clamp(self.next, self.next + TICKS as u64 - 1)
    }

    /// The tick that `list` stands for, counted from `next`.
    fn due(&self, list: u32) -> u64 {
        let ticks = TICKS as u64;
        self.next + (u64::from(list) + ticks - self.next % ticks) % ticks
    }

    /// The first list from `next` on that is not empty.
    fn next_occupied(&self) -> Option<u32> {
        let start = (self.next % TICKS as u64) as usize;
        let words = self.occupied.len();
        for step in 0..=words {
            let word = (start / 64 + step) % words;
            let mut bits = self.occupied[word];
            if step == 0 {
                bits &= u64::MAX << (start % 64);
            } else if step == words {
                bits &= !(u64::MAX << (start % 64));
            }
            if bits != 0 {
                return Some((word * 64) as u32 + bits.trailing_zeros());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    fn all(timers: &mut Timers, now: Time) -> Vec<u32> {
        let mut due: Vec<_> = std::iter::from_fn(|| timers.pop(now)).collect();
        due.sort_unstable();
        due
    }

    /// Nothing comes due before its deadline, everything does one tick after it.
    #[test]
    fn slots_come_due_in_time() {
        let mut timers = Timers::default();
        for slot in 0..100 {
            timers.at_most(slot, seconds(u64::from(slot)));
        }
        let mut seen = Vec::new();
        for now in 0..110u64 {
            for slot in all(&mut timers, seconds(now)) {
                assert!(u64::from(slot) <= now, "slot {slot} came due at {now}");
                seen.push(slot);
            }
            let late = seen.iter().max().map_or(0, |&slot| u64::from(slot));
            assert!(now.min(99) <= late + 1, "at {now} only {late} had come due");
        }
        assert_eq!(seen.len(), 100);
        assert_eq!(timers.wait(seconds(110)), None);
    }

    /// An earlier deadline re-files, a later one does not.
    #[test]
    fn the_earliest_wish_counts() {
        let mut timers = Timers::default();
        timers.at_most(7, seconds(75));
        timers.at_most(7, seconds(30));
        timers.at_most(7, seconds(60));
        assert!(all(&mut timers, seconds(29)).is_empty());
        assert_eq!(all(&mut timers, seconds(31)), [7]);
        assert!(all(&mut timers, seconds(200)).is_empty());
    }

    /// A deadline beyond the wheel's horizon is looked at early and never forgotten.
    #[test]
    fn a_far_deadline_comes_round() {
        let mut timers = Timers::default();
        timers.at_most(1, seconds(100_000));
        assert!(all(&mut timers, seconds(100)).is_empty());
        assert_eq!(all(&mut timers, seconds(140)), [1], "looked at once on the way");
        timers.at_most(1, seconds(141));
        assert_eq!(all(&mut timers, seconds(142)), [1]);
    }

    /// Removed slots never come due, and their neighbours in the list still do.
    #[test]
    fn removal_keeps_the_list_whole() {
        let mut timers = Timers::default();
        for slot in 0..10 {
            timers.at_most(slot, seconds(5));
        }
        for slot in [0, 4, 9] {
            timers.remove(slot);
            timers.remove(slot);
        }
        assert_eq!(all(&mut timers, seconds(6)), [1, 2, 3, 5, 6, 7, 8]);
    }

    /// The wait reaches past the deadline's tick, so that a worker wakes once, not twice.
    #[test]
    fn the_wait_is_long_enough() {
        let mut timers = Timers::default();
        timers.at_most(3, seconds(2));
        let wait = timers.wait(Time::ZERO).unwrap();
        assert!(wait >= Duration::from_secs(2) && wait < Duration::from_millis(2_150), "{wait:?}");
        assert_eq!(all(&mut timers, Time::ZERO + wait), [3]);
    }
}
