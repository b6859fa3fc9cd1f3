//! Two clocks, read once in a turn: one that never goes back, and the wall's.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Time;

/// How long the wall's clock is extrapolated before it is read again, in nanoseconds. A step of
/// the system's clock is noticed after this time at the latest.
const TRUST: u64 = 1_000_000_000;

#[derive(Debug)]
pub(super) struct Clock {
    birth: Instant,
    now: Time,
    /// The last reading of the wall's clock, since 1970, and when it was taken.
    wall: Duration,
    read_at: Time,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { birth: Instant::now(), now: Time::ZERO, wall: wall(), read_at: Time::ZERO }
    }

    /// Reads the monotonic clock, and the wall's when the last reading is old.
    pub(super) fn tick(&mut self) {
        self.now = Time::ZERO + self.birth.elapsed();
        if self.now.as_nanos() - self.read_at.as_nanos() >= TRUST {
            self.wall = wall();
            self.read_at = self.now;
        }
    }

    /// The moment right now, without noting it.
    pub(super) fn read(&self) -> Time {
        Time::ZERO + self.birth.elapsed()
    }

    pub(super) const fn now(&self) -> Time {
        self.now
    }

    pub(super) fn unix_seconds(&self) -> u64 {
        (self.wall + self.now.since(self.read_at)).as_secs()
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_follows_the_monotonic_one() {
        // Between two readings the second changes when it should, within the time of this test.
        let mut clock = Clock::new();
        for _ in 0..1000 {
            let before = wall().as_secs();
            clock.tick();
            let after = wall().as_secs();
            // The wall is read a moment after the birth is, so it may run ahead by that moment.
            assert!((before..=after + 1).contains(&clock.unix_seconds()));
        }
    }
}
