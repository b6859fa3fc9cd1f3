//! The Driver contract, written once and demanded of every driver: the portable one over real
//! sockets (TCP and Unix), the simulated one in a calm network and in many rough ones.
//!
//! `rig.rs` says what a test needs of a network and its far end; `bench.rs` drives a driver and
//! watches the rules that hold everywhere (no event for a closed key, one buffer in a turn, an end
//! at most once …); the other rooms are the tests.

#![allow(unreachable_pub, reason = "these rooms are a program, not a library")]

mod accepting;
mod bench;
mod ending;
mod moving;
mod receiving;
mod rig;
mod sending;
mod waking;

use rig::{Real, Simulated};

/// How many rough networks every test meets.
const SEEDS: u64 = 200;

macro_rules! tests {
    ($rig:expr, $($room:ident :: $test:ident,)*) => {
        $(#[test] fn $test() { $room::$test($rig); })*
    };
}

macro_rules! contract {
    (
        everywhere { $($room:ident :: $test:ident,)* }
        not_of_unix_sockets { $($tcp_room:ident :: $tcp_test:ident,)* }
    ) => {
        mod portable {
            use super::*;
            tests!(Real::default(), $($room::$test,)* $($tcp_room::$tcp_test,)*);
        }
        #[cfg(unix)]
        mod unix {
            use super::*;
            tests!(Real::unix(), $($room::$test,)*);
        }
        mod calm {
            use super::*;
            tests!(Simulated::calm(), $($room::$test,)* $($tcp_room::$tcp_test,)*);
        }
        mod rough {
            use super::*;
            $(#[test] fn $test() { in_rough_networks($room::$test); })*
            $(#[test] fn $tcp_test() { in_rough_networks($tcp_room::$tcp_test); })*
        }
    };
}

fn in_rough_networks(test: fn(Simulated)) {
    for seed in 0..SEEDS {
        test(Simulated::rough(seed));
    }
}

contract! {
    everywhere {
        receiving::octets_arrive_in_order,
        receiving::a_flood_does_not_starve_a_trickle,
        receiving::pausing_holds_octets_back,
        receiving::pausing_while_octets_are_under_way,
        receiving::resuming_finds_what_came_meanwhile,
        receiving::a_guest_hears_of_everything,
        receiving::a_guest_hears_of_what_it_resumed,
        sending::a_short_send_goes_on_after_room,
        sending::sending_goes_on_while_receiving_is_paused,
        sending::a_failed_send_is_the_last_word,
        ending::octets_come_before_the_end,
        ending::an_end_after_a_short_read,
        ending::an_end_after_a_full_buffer,
        ending::an_end_while_paused,
        ending::our_end_leaves_their_direction_open,
        ending::an_orderly_close_delivers_what_was_sent,
        ending::a_reset_while_sending,
        ending::no_event_after_close,
        ending::a_reused_slot_hears_nothing_of_its_past,
        moving::unread_octets_move_along,
        moving::an_unread_end_moves_along,
        moving::a_moved_connection_goes_on_sending,
        moving::strangers_are_ignored,
        moving::a_taken_slot_is_refused_and_the_socket_closed,
        accepting::everybody_is_accepted,
        accepting::a_paused_listener_keeps_its_clients,
        accepting::a_closed_listener_accepts_nobody,
        accepting::a_dropped_socket_is_closed,
        waking::a_thousand_wakes_are_few_events,
        waking::every_wake_is_followed_by_an_event,
        waking::time_stands_still_within_a_turn,
    }
    // A Unix socket knows no reset, only ends, unless octets were left unread.
    not_of_unix_sockets {
        ending::a_reset_close_is_seen_as_one,
        ending::a_reset_while_idle,
        ending::a_reset_after_data,
        ending::a_reset_while_paused,
        ending::a_reset_after_our_end,
        ending::a_reset_after_their_end,
    }
}

#[test]
fn a_wake_ends_a_wait() {
    // A simulated driver never waits.
    waking::a_wake_ends_a_wait(Real::default());
}

#[test]
fn a_failed_accept_pauses_the_simulated_listener() {
    // With a real kernel this takes a process of its own: see `descriptors.rs`.
    for seed in 0..SEEDS {
        let rig = Simulated::rough(seed);
        let network = rig.network.clone();
        let no_descriptor = || network.fail_next_accept(std::io::Error::from_raw_os_error(24));
        accepting::a_failed_accept_pauses_the_listener(rig, no_descriptor, || {});
    }
}
