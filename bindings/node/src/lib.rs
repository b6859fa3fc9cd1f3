//! The engine below Node's own `http.Server`.
//!
//! ```text
//! libuv ─▶ engine.rs  Worker::turn ─▶ protocol.rs ─▶ queue.rs ─▶ deliver.rs ─▶ lib/*.js ─▶ Node's own code
//!                                        ▲                                                   │
//!                                        └──────────── exports/ ◀─── the socket ◀────────────┘
//! ```
//!
//! `napi.rs` and `uv.rs` are the only rooms that speak C; `heads.rs` knows heads again.

#![deny(unsafe_code)]

mod deliver;
mod engine;
mod exports;
mod heads;
mod limits;
mod made;
mod napi;
mod protocol;
mod queue;
mod uv;
