//! The other direction: what is encoded, and that it is decoded again.

use super::super::encode::{chunk_head, trailers};
use super::*;
use crate::Fields;
use crate::response::AnswerError;

#[test]
fn what_is_encoded_is_decoded_again() {
    let mut seed = 42_u64;
    let mut next = move |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % bound
    };
    for round in 0..200 {
        let mut wire = Vec::new();
        let mut sent = Vec::new();
        for _ in 0..next(6) {
            let data: Vec<u8> =
                (0..next([2, 20, 300, 5_000][round % 4])).map(|_| next(256) as u8).collect();
            chunk(&mut wire, &data);
            sent.extend_from_slice(&data);
        }
        let value = format!("{round}");
        let pairs = [("X-Round", value.as_str()), ("Digest", "a=b")];
        let pairs = &pairs[..next(3)];
        match pairs {
            [] => last_chunk(&mut wire),
            pairs => trailers(&mut wire, Fields::from_pairs(pairs)).expect("valid trailers"),
        }
        let size = 1 + next(wire.len());
        let body = read(wire.chunks(size), &LIMITS).expect("no fault").expect("complete");
        assert_eq!(body.content, sent);
        assert_eq!(body.len, wire.len());
        let lines: Vec<_> = body.trailers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(lines, pairs);
    }
}

/// Shows [9110-5.6.3-a].
#[test]
fn sizes_are_written_in_hexadecimal_without_leading_zeros() {
    for (size, line) in [
        (0, ""), // an empty chunk would be the last one
        (1, "1\r\n"),
        (15, "f\r\n"),
        (16, "10\r\n"),
        (255, "ff\r\n"),
        (65_536, "10000\r\n"),
        (u64::MAX, "ffffffffffffffff\r\n"),
    ] {
        let mut out = Vec::new();
        chunk_head(&mut out, size);
        assert_eq!(String::from_utf8_lossy(&out), line);
    }
    let mut out = b"kept".to_vec();
    chunk(&mut out, b"");
    assert_eq!(out, b"kept");
}

/// Shows [9110-6.5.1-a].
#[test]
fn trailers_that_would_break_the_message_are_not_written() {
    for (name, value, error) in [
        ("Bad Name", "v", AnswerError::FieldName),
        ("", "v", AnswerError::FieldName),
        ("X", "a\r\nB: c", AnswerError::FieldValue),
        ("X", "a\nb", AnswerError::FieldValue),
        ("X", "\0", AnswerError::FieldValue),
        ("Content-Length", "5", AnswerError::Trailer),
        ("host", "h", AnswerError::Trailer),
    ] {
        let mut out = b"before".to_vec();
        let pairs = [("Good", "one"), (name, value)];
        assert_eq!(trailers(&mut out, Fields::from_pairs(&pairs)), Err(error), "{name}: {value:?}");
        assert_eq!(out, b"before");
    }
}
