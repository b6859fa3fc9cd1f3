//! Encoding the chunked transfer coding (RFC 9112 §7.1): what [`MaySend::Chunked`] asks for.
//!
//! [`MaySend::Chunked`]: crate::response::MaySend::Chunked

use super::is_forbidden;
use crate::Fields;
use crate::response::{AnswerError, append_line, check};

/// What follows the data of every chunk.
pub const CHUNK_END: &[u8; 2] = b"\r\n";

/// Appends the size line of a chunk with `size` octets of data. The data follow, then
/// [`CHUNK_END`]. A size of zero appends nothing: that chunk would be the last one.
#[inline]
pub fn chunk_head(out: &mut Vec<u8>, size: u64) {
    if size == 0 {
        return;
    }
    // [9110-5.6.3-a]
    let digits = 16 - size.leading_zeros() / 4;
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(size >> (4 * digit)) as usize & 15]);
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends one chunk with all of its data; nothing if there are none.
#[inline]
pub fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        out.reserve(data.len() + 20);
        chunk_head(out, data.len() as u64);
        out.extend_from_slice(data);
        out.extend_from_slice(CHUNK_END);
    }
}

/// Appends the last chunk and an empty trailer section: the end of the content.
#[inline]
pub fn last_chunk(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n\r\n");
}

/// Appends the last chunk with a trailer section: the end of the content.
///
/// RFC 9110 §6.5.1: a field may come as a trailer only if its definition permits that. What the
/// application's own fields permit, it must know; the names of [`is_forbidden`] never do.
///
/// # Errors
/// What the application must change; `out` is then as it was.
pub fn trailers(out: &mut Vec<u8>, fields: Fields<'_>) -> Result<(), AnswerError> {
    for field in fields.iter() {
        check(field)?;
        // [9110-6.5.1-a]
        if is_forbidden(field.name) {
            return Err(AnswerError::Trailer);
        }
    }
    out.extend_from_slice(b"0\r\n");
    for field in fields.iter() {
        append_line(out, field);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}
