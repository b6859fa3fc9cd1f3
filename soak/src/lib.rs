//! A running Nova under traffic over real sockets, for as long as one likes.
//!
//! `soak ledger` drives it with clients that keep books on every request (the crate `ledger`): at the
//! end each of them was answered once, with its own answer, or there is a reason why not.
//!
//! `soak fuzz` sends generated inputs (the crate `fuzz`), well-formed and not, and knows what must
//! come back.
//!
//! The responses are read by a reader of their own ([`reader`]).

#![forbid(unsafe_code)]

pub mod drive;
pub mod external;
pub mod fuzzing;
pub mod link;
pub mod reader;
pub mod record;
pub mod round;
pub mod service;
pub mod traffic;
