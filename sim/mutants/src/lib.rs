//! Shows that the simulator's oracles can fail.
//!
//! A *mutant* is the engine with one fault that somebody could have made: it compiles, and it is subtle. The
//! list of them lies in `list/`, as text before and after. [`hunt::hunt`] puts one after the other into a copy
//! of the tree, builds the simulator there, and lets it play seeds until an oracle fails; one that no oracle
//! finds says that an oracle, or a scenario, is missing. The tree as it is must be clean over the same seeds.
//!
//! `list.rs` reads the list, `tree.rs` is the copy, `hunt.rs` lets the simulator play, `verdict.rs` says what
//! came of it, `table.rs` and `record.rs` tell it.

#![forbid(unsafe_code)]

pub mod hunt;
pub mod list;
pub mod record;
pub mod table;
pub mod tree;
pub mod verdict;
