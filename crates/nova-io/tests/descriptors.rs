//! What happens when the process really has no descriptor left. A program of its own, with one
//! test, because everything else in the process would fail, too.

#![cfg(unix)]
#![allow(unreachable_pub, dead_code, reason = "rooms of the contract's program, used in part")]

#[path = "contract/accepting.rs"]
mod accepting;
#[path = "contract/bench.rs"]
mod bench;
#[path = "contract/rig.rs"]
mod rig;

use rlimit::Resource;

#[test]
fn a_failed_accept_pauses_the_real_listener() {
    // EMFILE from the kernel: told once, no spinning, and the listener comes back.
    let (soft, hard) = Resource::NOFILE.get().unwrap();
    accepting::a_failed_accept_pauses_the_listener(
        rig::Real::default(),
        || Resource::NOFILE.set(lowest_free_descriptor(), hard).unwrap(),
        || Resource::NOFILE.set(soft, hard).unwrap(),
    );
}

/// With this as the limit, no descriptor can be opened.
fn lowest_free_descriptor() -> u64 {
    use std::os::fd::AsRawFd;
    let file = std::fs::File::open("/dev/null").unwrap();
    u64::try_from(file.as_raw_fd()).unwrap()
}
