//! The built command, talked to over sockets and signals.
//!
//! `nova.rs` starts it; `ending.rs` has signals and how it ends, `starting.rs` what it says when it
//! cannot, `watching.rs` the access log and the counters.

#![cfg(unix)]

mod ending;
mod nova;
mod starting;
mod watching;
