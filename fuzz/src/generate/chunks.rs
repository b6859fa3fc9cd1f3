//! Chunked bodies by the grammar of RFC 9112 §7.1, with slips.

use super::words::*;
use super::{Writer, request};

/// A body, and sometimes what follows it, or only a part of it.
pub(super) fn body(writer: &mut Writer<'_>) -> bool {
    chunked(writer);
    match writer.dice.below(8) {
        0 => {
            let len = writer.dice.up_to(writer.out.len());
            writer.out.truncate(len);
        }
        1 => request::content(writer, 12),
        _ => {}
    }
    true
}

/// `chunked-body = *chunk last-chunk trailer-section CRLF`
pub(super) fn chunked(writer: &mut Writer<'_>) {
    let chunks = match writer.dice.below(16) {
        0 => writer.dice.below(16),
        _ => writer.dice.below(4),
    };
    for _ in 0..chunks {
        chunk(writer);
    }
    writer.piece(&[b"0", b"0", b"0", b"00", b"0000000000000000"], SIZES_OF_CHUNK_SLIPS);
    extension(writer);
    writer.line_end();
    if writer.dice.one_in(3) {
        for _ in 0..=writer.dice.below(3) {
            if writer.slips() {
                request::field(writer, b"X", VALUES, VALUE_SLIPS);
                let name = writer.dice.pick(TRAILER_SLIPS);
                request::field(writer, name, VALUES, VALUE_SLIPS);
            } else {
                trailer(writer);
            }
        }
    }
    writer.line_end();
}

/// A field line; many names of ordinary ones may not come here, so most of these are made up.
fn trailer(writer: &mut Writer<'_>) {
    match writer.dice.below(8) {
        0 => request::ordinary(writer),
        _ => request::field(writer, b"X-Checksum", VALUES, VALUE_SLIPS),
    }
}

fn chunk(writer: &mut Writer<'_>) {
    let size = match writer.dice.below(32) {
        0 => writer.dice.below(300) + 1,
        _ => writer.dice.below(20) + 1,
    };
    if writer.slips() {
        writer.one_of(SIZES_OF_CHUNK_SLIPS);
    } else {
        if writer.dice.one_in(16) {
            writer.put(b"000");
        }
        hexadecimal(writer, size);
    }
    extension(writer);
    writer.line_end();
    let size = if writer.slips() { writer.dice.up_to(size + 2) } else { size };
    request::content(writer, size);
    writer.line_end();
}

fn extension(writer: &mut Writer<'_>) {
    if writer.dice.one_in(8) || writer.slips() {
        writer.piece(EXTENSIONS, EXTENSION_SLIPS);
    }
}

fn hexadecimal(writer: &mut Writer<'_>, size: usize) {
    let digits = match writer.dice.one_in(2) {
        true => b"0123456789abcdef",
        false => b"0123456789ABCDEF",
    };
    let mut shift = (usize::BITS - size.leading_zeros()).div_ceil(4);
    while shift > 0 {
        shift -= 1;
        writer.out.push(digits[size >> (4 * shift) & 15]);
    }
}
