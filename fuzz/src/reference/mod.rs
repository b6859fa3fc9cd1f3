//! A second reading of the RFCs: slow, octet by octet, one function for one production.
//!
//! It was written from the ABNF of RFC 9110, 9112 and 3986, and from what `nova-http1` says of itself
//! where it is stricter: no bare LF, no line folding, no fragments, no list of lengths, `chunked`
//! alone, exactly one Host. It shares no code with the engine, only the names of its faults.
//!
//! Where several rules are broken at once, which one is named is no part of the contract: the
//! reference answers with a set, and the engine must name a member of it.
//!
//! - [`faults`]: such sets; [`cursor`]: a walk that ends early;
//! - [`grammar`], [`host`]: productions; [`head`]: a request head;
//! - [`framing`]: the message body length; [`chunked`]: the transfer coding with its trailer section;
//! - [`stream`]: all of it, message after message; [`response`]: answers, as a client reads them.

pub mod chunked;
pub mod cursor;
pub mod faults;
pub mod framing;
pub mod grammar;
pub mod head;
pub mod host;
pub mod response;
pub mod stream;

pub use cursor::{Cursor, Stop};
pub use faults::Faults;
