//! The kernel side of Nova: moving the octets of sockets, and nothing else.
//!
//! This crate never sees HTTP. It offers one contract, [`Driver`], in terms of *completions*
//! ("these octets have arrived", "there is room to send again") and several drivers behind it:
//!
//! - [`portable`]: on `mio` (epoll, kqueue, IOCP): turns readiness into completions by doing the
//!   read itself, into one receive buffer per driver;
//! - [`sim`]: no kernel at all: seeded, deterministic pipes with every unpleasant habit that a
//!   network has, under a clock that only moves when it is told to.
//!
//! The seam lies *below* socket semantics, so that a new driver (io_uring) adds a room here and
//! changes nothing above.

#![deny(unsafe_code)]

mod driver;
mod key;
pub mod portable;
pub mod sim;
mod slots;
mod time;

pub use driver::{Close, Driver, Event, Failure, ListenerId, Wait, Waker};
pub use key::Key;
pub use time::Time;

/// The programs of the package's own page are compiled, and run where they need no port.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
