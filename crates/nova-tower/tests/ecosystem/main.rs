//! axum and its ecosystem over sockets, as programs use them: nothing here knows who serves it.

mod extractors;
mod layers;
mod ledgers;
mod served;
mod serving;
#[cfg(feature = "upgrade")]
mod websocket;
