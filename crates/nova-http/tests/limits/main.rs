//! Every bound of `Limits`, crossed and just not crossed, over the simulated network.
//!
//! `rig.rs` is the server under test; `time.rs` has the deadlines, `load.rs` shows that they hold while
//! others keep the worker busy, `sizes.rs` has what is counted in octets and requests,
//! `connections.rs` who is let in, and `memory.rs` the budget of a worker's buffers.

mod connections;
mod load;
mod log;
mod memory;
mod rig;
mod sizes;
mod time;
