//! Draws the world of a story: how many workers, what they allow, what the network is like.

use nova_http::Limits;
use nova_io::sim::{Habits, Percent};

use super::{Handlers, World};
use crate::dice::Dice;

/// The world of `seed`.
pub(super) fn world(seed: u64) -> World {
    let mut dice = Dice::new(seed, 2);
    let mut habits = match dice.below(10) {
        0 | 1 => Habits::calm(),
        2 => Habits { shuffled: true, ..Habits::calm() },
        3 => Habits {
            window: dice.scaled(1 << 14),
            receive_buffer: dice.scaled(1 << 12),
            ..Habits::calm()
        },
        _ => Habits::rough(dice.any()),
    };
    if dice.shows(10) {
        habits.accept_fails = Percent(dice.between(1, 60) as u8);
        habits.adopt_fails = Percent(dice.between(0, 40) as u8);
    }
    World {
        workers: dice.weighted(&[(3, 1), (2, 2), (1, 3)]),
        limits: limits(&mut dice),
        habits,
        watched: dice.shows(40),
        idle_turns: dice.pick(&[0, 0, 1, 5, 20]),
        handlers: Handlers::default(),
    }
}

/// Bounds that are small enough to matter.
fn limits(dice: &mut Dice) -> Limits {
    let mut limits = Limits {
        idle: dice.millis(500, 20_000),
        head: dice.millis(200, 10_000),
        content_silence: dice.millis(200, 10_000),
        content_rate: dice.pick(&[0, 0, 0, 240]),
        write_stall: dice.millis(200, 10_000),
        linger: dice.millis(100, 5_000),
        ..Limits::default()
    };
    if dice.shows(30) {
        limits.handler = dice.millis(200, 10_000);
    }
    if dice.shows(50) {
        limits.tunnel_silence = dice.millis(500, 10_000);
    }
    if dice.shows(30) {
        limits.message.content_bytes = dice.between(200, 8_000) as u64;
    }
    if dice.shows(30) {
        limits.message.head_bytes = dice.between(600, 3_000) as u32;
    }
    if dice.shows(50) {
        limits.drain_bytes = dice.pick(&[0, 100, 1_000]);
    }
    if dice.shows(50) {
        limits.open_exchanges = dice.between(2, 8);
    }
    if dice.shows(25) {
        limits.requests = dice.between(1, 6) as u32;
    }
    if dice.shows(20) {
        limits.age = dice.millis(200, 10_000);
    }
    if dice.shows(50) {
        limits.unsent_bytes = dice.between(128, 4_000).max(dice.scaled(32_000));
    }
    if dice.shows(40) {
        limits.requests_per_turn = dice.between(1, 4) as u32;
    }
    if dice.shows(20) {
        limits.connections = dice.between(1, 4);
    }
    if dice.shows(20) {
        limits.connections_per_address = dice.between(1, 3);
    }
    if dice.shows(15) {
        limits.buffer_bytes = dice.between(1_000, 40_000);
    }
    limits
}
