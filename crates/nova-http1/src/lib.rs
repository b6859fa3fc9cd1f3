//! HTTP/1.1 as a pure state machine: octets in, events and octets out.
//!
//! There are no sockets here, no clock, no thread and, per message, no allocation. The caller owns
//! every buffer: it hands [`Connection::receive`] the octets that have arrived, acts on the event,
//! drops what was consumed and calls again until more octets are needed.
//!
//! | RFC 9110/9112 | here |
//! |---|---|
//! | request line, request-target (9112 §3) | [`Head`], [`Method`], [`Target`] |
//! | field line, field section (9112 §5, 9110 §5) | [`Fields`], [`Field`] |
//! | message body length (9112 §6.3) | [`framing`] |
//! | chunked transfer coding, trailer section (9112 §7.1) | [`chunked`] |
//! | persistence, pipelining, tear-down (9112 §9) | [`Persistence`], [`Connection`] |
//! | status line, interim and final responses (9112 §4, 9110 §15) | [`response`] |
//!
//! What this crate leaves to others: deadlines and buffers (the runtime), URI decoding and routing
//! (applications: a path is never decoded or normalised here), the client role.

#![deny(unsafe_code)]

pub mod chunked;
pub mod connection;
mod error;
mod field;
pub mod framing;
mod grammar;
mod head;
mod host;
mod limits;
mod memo;
mod method;
mod parse;
mod persistence;
pub mod response;
#[allow(unsafe_code)]
pub mod scan;
mod semantics;
mod target;

pub use connection::{Connection, Event, Place, Step};
pub use error::{Fault, PeerError};
pub use field::{Field, Fields, Span};
pub use framing::{BodyLength, Said};
pub use head::{Head, HeadReader, Version};
pub use limits::Limits;
pub use method::Method;
pub use persistence::{ConnectionOptions, Persistence};
pub use target::{Target, TargetForm};

/// The programs of the package's own page are compiled, and run where they need no port.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
