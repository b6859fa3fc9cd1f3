//! The rungs of the ladder: small servers that answer Hello World, each with one idea more than the one
//! before. What a rung does not change, it has in common with the others, to the line.
//!
//! | rung | receives | memory | heads |
//! |---|---|---|---|
//! | 0 | [`blocking`], one request for each connection | [`memory::Fresh`] | [`copies`] |
//! | 1 | [`blocking`], persistent connections (also with a thread for each) | [`memory::Fresh`] | [`copies`] |
//! | 2 | [`event_loop`] | [`memory::Fresh`] | [`copies`] |
//! | 3 | [`event_loop`] | [`memory::Pooled`] | [`copies`] |
//! | 4 | [`event_loop`] | [`memory::Pooled`] | [`views`] |
//!
//! All of them understand requests with `Content-Length`, wait for all of the content, follow
//! `Connection`, handle short writes, send a `Date` that is right to the second, and bound what they keep
//! of a request. None of them sleeps. What they lack beside a server, all of them lack: transfer codings,
//! deadlines, counters, strictness.
#![forbid(unsafe_code)]

pub mod answer;
pub mod app;
pub mod blocking;
pub mod clock;
pub mod copies;
pub mod event_loop;
pub mod fields;
pub mod leaking;
pub mod listen;
pub mod memory;
pub mod request;
pub mod service;
pub mod views;
