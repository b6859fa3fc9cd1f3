//! The few Linux calls that the instrument and its raw peer need.
//!
//! All `unsafe` of the bench workspace is in this crate; everything else forbids it. The wrappers are
//! thin and inlined, so that the raw epoll peer pays for its system calls and for nothing else.

pub mod epoll;
pub mod process;
pub mod socket;

use std::io;

/// Turns the `-1` of a system call into the error that `errno` names.
#[inline]
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
