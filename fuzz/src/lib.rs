//! Fuzzing: what `nova-http1` says of any octets, against slower readers of the same RFCs; and what
//! `nova-tower` makes of them, against an application of the engine's own.
//!
//! - [`checks`]: pure functions of an input, each of which can find a disagreement;
//! - [`mod@reference`]: the slow readers, written from the ABNF;
//! - [`generate`]: inputs, as many as one wants, each of which can be made again by its number;
//! - [`run`]: very many inputs, watched and recorded; [`shrink`]: a small input from a large one;
//! - `targets/` is a package of its own: the same checks, guided by coverage (libFuzzer);
//!   [`coverage`] runs its targets and adds up.
//!
//! There is no I/O in the checks: where one needs a server, that is one over the simulated network.

#![forbid(unsafe_code)]

pub mod checks;
pub mod coverage;
pub mod generate;
pub mod reference;
pub mod run;
pub mod shrink;
