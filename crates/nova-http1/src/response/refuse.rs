//! The answer to what cannot be served.

use super::delimit::Delimited;
use super::{Asked, DateField, Status, append_connection, append_start};
use crate::Persistence;

/// Appends a small complete answer to `out`: the status, one sentence as text, and the end of the
/// connection. No sentence to HEAD; [`Asked::UNKNOWN`] where the head could not be read.
///
/// RFC 9112 §9.6: "The server SHOULD send a 'close' connection option in its final response on that
/// connection."
pub fn refuse(out: &mut Vec<u8>, status: Status, sentence: &str, asked: Asked, date: &DateField) {
    append_start(out, status, date);
    out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\n");
    append_connection(out, Persistence::Close, true, false);
    Delimited::Length(sentence.len() as u64 + 1).append(out);
    if !asked.head {
        out.extend_from_slice(sentence.as_bytes());
        out.push(b'\n');
    }
}
