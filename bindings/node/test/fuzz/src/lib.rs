//! A differential fuzzer: what the Node door accepts, llhttp reads as the same requests.
//!
//! The door refuses more than Node's own parser does, and its README argues each case. What it must not
//! do is to accept octets that Node's parser would have read as other requests: behind a proxy, or after
//! a connection is handed over, two readings of one stream are a way in.
//!
//! - `addon`: the door's own files, compiled into a program without Node;
//! - [`door`]: what they read, over the simulated network, cut in any way;
//! - [`llhttp`]: what the llhttp of a Node reads, asked by pipes (`llhttp.js`);
//! - [`reading`]: either, in the same words; [`mod@compare`]: is the first a part of the second?
//! - [`inputs`]: octets as `fuzz` makes them, and how they are cut; [`run`]: very many of them.

#![forbid(unsafe_code)]

#[path = "../../../src/heads.rs"]
mod heads;
#[path = "../../../src/limits.rs"]
mod limits;
#[allow(dead_code, reason = "what only JavaScript asks for")]
#[path = "../../../src/protocol.rs"]
mod protocol;
#[allow(dead_code, reason = "what only JavaScript asks for")]
#[path = "../../../src/queue.rs"]
mod queue;

/// What the door shares with JavaScript, where there is none.
mod napi {
    use std::cell::Cell;

    /// Words that both sides read and write.
    #[derive(Debug)]
    pub(crate) struct Words(Vec<Cell<u32>>);

    impl Words {
        pub(crate) fn new(length: usize) -> Self {
            Self(vec![Cell::new(0); length])
        }

        pub(crate) fn get(&self, index: usize) -> u32 {
            self.0.get(index).map_or(0, Cell::get)
        }

        pub(crate) fn set(&self, index: usize, word: u32) {
            if let Some(place) = self.0.get(index) {
                place.set(word);
            }
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }
    }
}

pub mod argued;
pub mod compare;
pub mod door;
pub mod inputs;
pub mod llhttp;
pub mod reading;
pub mod run;

pub use compare::compare;
pub use door::Door;
pub use llhttp::Llhttp;
pub use reading::{Ending, Head, Reading, Saw};
