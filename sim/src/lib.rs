//! Whole servers in a simulated network.
//!
//! One seed gives one [`Story`](story::Story): plain data that says what the server allows, what the
//! network is like, who comes and what everybody does. It is [played](play::play) over workers, timers,
//! mailboxes and handlers of all kinds, one step after the other, in an order that the same seed decides;
//! oracles judge what they see ([`oracle`]). The same seed is the same history, octet by octet.
//!
//! ```
//! let story = sim::story::tell(7);
//! let outcome = sim::play::play(&story, true);
//! assert_eq!(outcome.wrongs, []);
//! assert_eq!(outcome.history, sim::play::play(&story, true).history);
//! ```
//!
//! A server's handlers are the engine's own, or a tower service behind `nova-tower` that does what they do
//! ([`story::Handlers`]); the same oracles judge it.
//!
//! `check.rs` plays many seeds, `shrink.rs` makes the story of a failure short, `record.rs` adds up what
//! has been played.

#![forbid(unsafe_code)]

pub mod check;
mod dice;
pub mod oracle;
pub mod play;
pub mod record;
pub mod shrink;
pub mod story;
