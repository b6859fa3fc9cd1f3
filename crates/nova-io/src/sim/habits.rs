//! What a network is like: the unpleasant habits, and the dice that decide when they show.

/// How often a habit shows, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Percent(pub u8);

impl Percent {
    /// Not once.
    pub const NEVER: Self = Self(0);
}

/// The habits of a [`Network`](super::Network), for all its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// How many octets a client lets lie unread before the server's sends come up short.
    pub window: usize,
    /// Size of a driver's receive buffer in octets; at least one.
    pub receive_buffer: usize,
    /// What is under way stays so for another turn.
    pub delay: Percent,
    /// Only a part of what is under way arrives; one octet as often as not.
    pub fragment: Percent,
    /// An end comes in a later turn than the octets before it.
    pub end_apart: Percent,
    /// Octets that had not arrived are lost when the client resets.
    pub reset_overtakes: Percent,
    /// A send takes a part although there is room for all.
    pub short_send: Percent,
    /// A send takes nothing although there is room.
    pub no_send: Percent,
    /// `Sent` comes late although there is room.
    pub late_room: Percent,
    /// A connection gets a `Sent` in a turn although nothing waits.
    pub spurious_room: Percent,
    /// A turn tells nothing although there is something.
    pub empty_turn: Percent,
    /// A connection, or a listener, is passed over in a turn.
    pub passed_over: Percent,
    /// One more buffer comes after `want_receive(false)`, as from io_uring.
    pub extra_receive: Percent,
    /// A client's `read` takes a part of what it could.
    pub short_read: Percent,
    /// An accept fails for want of descriptors or memory, and the listener pauses.
    pub accept_fails: Percent,
    /// A socket cannot be adopted, and is closed.
    pub adopt_fails: Percent,
    /// Events of different connections come in random order.
    pub shuffled: bool,
}

impl Habits {
    /// A network as one draws it: everything arrives at once and in order. For unit tests and for
    /// counting instructions.
    pub const fn calm() -> Self {
        Self {
            window: 1 << 20,
            receive_buffer: 1 << 16,
            delay: Percent::NEVER,
            fragment: Percent::NEVER,
            end_apart: Percent::NEVER,
            reset_overtakes: Percent::NEVER,
            short_send: Percent::NEVER,
            no_send: Percent::NEVER,
            late_room: Percent::NEVER,
            spurious_room: Percent::NEVER,
            empty_turn: Percent::NEVER,
            passed_over: Percent::NEVER,
            extra_receive: Percent::NEVER,
            short_read: Percent::NEVER,
            accept_fails: Percent::NEVER,
            adopt_fails: Percent::NEVER,
            shuffled: false,
        }
    }

    /// A network in a foul mood; each seed has moods of its own, from now and then to nearly
    /// always, so that rare and frequent trouble are both met. Accepting and adopting do not fail: that
    /// costs clients their connections, whatever the server does.
    pub fn rough(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x6861_6269_7473);
        let mut mood = |highest| Percent(dice.up_to(highest) as u8);
        let mut habits = Self {
            delay: mood(60),
            fragment: mood(90),
            end_apart: mood(80),
            reset_overtakes: mood(60),
            short_send: mood(80),
            no_send: mood(60),
            late_room: mood(60),
            spurious_room: mood(30),
            empty_turn: mood(40),
            passed_over: mood(50),
            // DESIGN: the caller must put up with it, so it happens often.
            extra_receive: Percent(50 + mood(50).0),
            short_read: mood(80),
            shuffled: true,
            ..Self::calm()
        };
        habits.window = dice.scaled(1 << 18);
        habits.receive_buffer = dice.scaled(1 << 16);
        habits
    }

    /// Whether what is written has arrived at the same moment.
    pub(super) fn at_once(&self) -> bool {
        let Self { delay, fragment, end_apart, .. } = *self;
        [delay, fragment, end_apart] == [Percent::NEVER; 3]
    }

    /// Whether every turn tells everything there is, in order.
    pub(super) fn orderly(&self) -> bool {
        let Self { empty_turn, passed_over, spurious_room, .. } = *self;
        !self.shuffled && [empty_turn, passed_over, spurious_room] == [Percent::NEVER; 3]
    }
}

/// Numbers that look random and are the same for the same seed, on every machine and for ever:
/// a seed in a bug report must still play the same game years later, which the generators of
/// libraries do not promise. SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators", OOPSLA 2014.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from zero to `highest`, both included.
    pub(super) fn up_to(&mut self, highest: usize) -> usize {
        (self.roll() % (highest as u64 + 1)) as usize
    }

    /// A number from one to `highest` (which is at least one), small ones as often as large ones.
    pub(super) fn scaled(&mut self, highest: usize) -> usize {
        let bits = self.up_to(highest.ilog2() as usize);
        (1 + self.up_to((1 << (bits + 1)) - 2)).min(highest)
    }

    /// A part of `whole` (which is at least one): one octet as often as not.
    pub(super) fn part(&mut self, whole: usize) -> usize {
        if self.up_to(1) == 0 { 1 } else { 1 + self.up_to(whole - 1) }
    }

    /// Whether a habit shows this time. Habits that never show cost no roll.
    pub(super) fn shows(&mut self, habit: Percent) -> bool {
        habit != Percent::NEVER && self.up_to(99) < usize::from(habit.0)
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.up_to(last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_plays_the_same_game_for_ever() {
        // The published algorithm gives these numbers for seed 0.
        let mut dice = Dice::new(0);
        assert_eq!(dice.roll(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(dice.roll(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn rough_habits_leave_a_way_forward() {
        // No habit shows every time, or an exchange would never end.
        for seed in 0..1000 {
            let habits = Habits::rough(seed);
            let Habits { delay, no_send, late_room, empty_turn, passed_over, .. } = habits;
            for habit in [delay, no_send, late_room, empty_turn, passed_over] {
                assert!(habit.0 <= 60);
            }
            assert!(habits.window >= 1 && habits.receive_buffer >= 1);
        }
    }
}
