//! Chores of the repository: what is written is held against what is there.
//!
//! | | |
//! |---|---|
//! | [`compliance`] | what the RFCs ask for, where it is obeyed, and which tests show that |
//! | [`packages`] | whether what is published can be, and names its features |
//! | [`security`] | whether the tests that the security model relies on exist |

#![forbid(unsafe_code)]

pub mod compliance;
pub mod packages;
pub mod security;

mod citation;
mod place;
mod report;
mod requirement;
mod tree;

pub use tree::Tree;
