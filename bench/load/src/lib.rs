//! The load that wrk cannot make: a fixed rate without coordinated omission, latency in nanoseconds
//! for a single connection, long content in either direction, a new connection for each request, and
//! thousands of idle connections, many requests at one instant. Also the reading of one answer, which the instrument uses to verify
//! what it measures.
#![forbid(unsafe_code)]

pub mod answer;
pub mod burst;
mod chunked;
pub mod closed;
mod connections;
pub mod fresh;
pub mod idle;
pub mod outcome;
pub mod paced;
mod progress;
mod requests;
