//! The chunked transfer coding (RFC 9112 §7.1): octets to content, content to octets, and the
//! trailer section at its end.

mod decode;
pub mod encode;
mod trailer;

pub use decode::{ChunkPlace, Decoded, Decoder, Piece};
pub(crate) use trailer::TrailerReader;
pub use trailer::is_forbidden;

#[cfg(test)]
mod tests;
