//! Content in pieces, in both directions, over the simulated network: what clients see, what it
//! costs, and what is counted.

mod answers;
mod common;
mod credit;
mod files;
mod panics;
mod pipelines;
mod promises;
mod remote;
mod uploads;
