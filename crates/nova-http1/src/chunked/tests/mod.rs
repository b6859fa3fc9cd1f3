//! Chunked bodies, in every delivery: whole, octet by octet, cut in two anywhere, and with the next
//! message behind.

mod bounds;
mod encode;
mod malformed;
mod trailer;

use super::encode::{chunk, last_chunk};
use super::*;
use crate::{Fault, Limits, Span};

const LIMITS: Limits = Limits {
    head_bytes: 16 * 1024,
    fields: 128,
    content_bytes: 2 * 1024 * 1024,
    chunk_extension_bytes: 16 * 1024,
    chunk_extension_bytes_each: 16 * 1024,
    trailer_bytes: 16 * 1024,
    leaves_to_program: false,
};

/// A complete chunked body as it was read.
#[derive(Debug, PartialEq, Eq, Clone, Default)]
struct Body {
    content: Vec<u8>,
    trailers: Vec<(String, String)>,
    /// Octets of the body on the wire.
    len: usize,
}

/// Reads a body that arrives in `pieces`; `Ok(None)` if it is not complete after the last one.
fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    limits: &Limits,
) -> Result<Option<Body>, Fault> {
    let (mut decoder, mut trailer) = (Decoder::new(), None);
    let (mut body, mut kept, mut spans) = (Body::default(), Vec::new(), Vec::<Span>::new());
    for piece in pieces {
        kept.extend_from_slice(piece);
        while trailer.is_none() {
            let decoded = decoder.decode(&kept, limits)?;
            body.len += decoded.consumed;
            match decoded.piece {
                Some(Piece::Content(content)) => body.content.extend_from_slice(content),
                Some(Piece::LastChunk) => trailer = Some(TrailerReader::new()),
                None => assert_eq!(decoded.consumed, kept.len(), "nothing is left in the buffer"),
            }
            let (consumed, waits) = (decoded.consumed, decoded.piece.is_none());
            kept.drain(..consumed);
            if waits {
                break;
            }
        }
        if let Some(trailer) = &mut trailer
            && let Some((len, fields)) = trailer.read(&kept, &mut spans, limits)?
        {
            body.len += len;
            body.trailers = fields
                .iter()
                .map(|field| {
                    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
                    (text(field.name), text(field.value))
                })
                .collect();
            return Ok(Some(body));
        }
    }
    Ok(None)
}

/// Reads a body in every delivery, which must not make a difference, and says what it is.
fn verdict_within(octets: &[u8], limits: &Limits) -> Result<Option<Body>, Fault> {
    let whole = read([octets], limits);
    let told = String::from_utf8_lossy(&octets[..octets.len().min(200)]).into_owned();
    assert_eq!(read(octets.chunks(1), limits), whole, "octet by octet: {told:?}");
    // Long inputs are of one kind in the middle: their ends and every 97th place will do.
    let step = if octets.len() > 2_000 { 97 } else { 1 };
    for at in (0..octets.len()).step_by(step) {
        let (front, back) = octets.split_at(at);
        assert_eq!(read([front, back], limits), whole, "cut at {at}: {told:?}");
    }
    if !matches!(whole, Ok(None)) {
        for behind in
            [&b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"[..], b"0\r\n\r\n", b"\r\n", b"\0", b"5\r\nhello"]
        {
            let longer = [octets, behind].concat();
            assert_eq!(read([&longer[..]], limits), whole, "with {behind:?} behind: {told:?}");
            assert_eq!(read(longer.chunks(7), limits), whole, "in sevens: {told:?}");
        }
    }
    whole
}

fn verdict(octets: &[u8]) -> Result<Option<Body>, Fault> {
    verdict_within(octets, &LIMITS)
}

fn content(octets: &[u8]) -> Vec<u8> {
    let body = verdict(octets).expect("no fault").expect("complete");
    assert_eq!(body.trailers, []);
    body.content
}

/// Rows 140, 170 to 172.
/// Shows [9112-7.1-a].
#[test]
fn chunks_are_joined_without_their_sizes() {
    assert_eq!(content(b"0\r\n\r\n"), b"");
    assert_eq!(content(b"5\r\nhello\r\n0\r\n\r\n"), b"hello");
    assert_eq!(content(b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"), b"abcd");
    assert_eq!(
        content(b"A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n"),
        b"01234567890123456789a"
    );
    assert_eq!(content(b"0005\r\nhello\r\n000\r\n\r\n"), b"hello");
    assert_eq!(content(b"0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n"), b"hello");
    assert_eq!(content(b"4\r\n\r\n\r\n\r\n0\r\n\r\n"), b"\r\n\r\n");
    assert_eq!(content(b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"), b"0\r\n\r\n");
}

/// Rows 173 and 174.
/// Shows [9112-7.1.1-a].
#[test]
fn well_formed_extensions_are_ignored() {
    for body in [
        "5;a\r\nhello\r\n0\r\n\r\n",
        "5;a=b\r\nhello\r\n0;c\r\n\r\n",
        "5;a=b;c;d=e\r\nhello\r\n0;c=\"\"\r\n\r\n",
        "5;a=\"b;c \\\" d\"\r\nhello\r\n0\r\n\r\n",
        "5;a=\"b\\\\\"\r\nhello\r\n0\r\n\r\n",
        "5;a=\"\t \u{e4}\";b\r\nhello\r\n0\r\n\r\n",
        "5;!#$%&'*+-.^_`|~=!#$%&'*+-.^_`|~\r\nhello\r\n0\r\n\r\n",
        "5;0=5\r\nhello\r\n0\r\n\r\n",
    ] {
        assert_eq!(content(body.as_bytes()), b"hello", "{body:?}");
    }
}

/// Rows 194 and 209, 300: every proper prefix of a good body waits for more.
#[test]
fn a_body_without_its_end_waits() {
    let body = b"5;x=\"y\\\"\"\r\nhello\r\n0;z\r\nA: b\r\nC:\r\n\r\n";
    for len in 0..body.len() {
        assert_eq!(verdict(&body[..len]), Ok(None), "{len} octets");
    }
    assert!(matches!(verdict(body), Ok(Some(_))));
    assert_eq!(verdict(b"7\r\nhello"), Ok(None));
}

/// Rows 206 and 214: many small chunks and few large ones.
#[test]
fn chunks_of_any_size_are_read() {
    let small = "1\r\nx\r\n".repeat(10_000) + "0\r\n\r\n";
    let body = read(small.as_bytes().chunks(1_000), &LIMITS).expect("no fault").expect("complete");
    assert_eq!(body.content, vec![b'x'; 10_000]);
    let mut large = Vec::new();
    for _ in 0..16 {
        chunk(&mut large, &[b'q'; 65_536]);
    }
    last_chunk(&mut large);
    for size in [1_448, 16_384, 65_536, usize::MAX] {
        let body = read(large.chunks(size), &LIMITS).expect("no fault").expect("complete");
        assert_eq!(body.content, vec![b'q'; 1024 * 1024]);
        assert_eq!(body.len, large.len());
    }
}

#[test]
fn the_decoder_is_small_and_hands_content_out_where_it_lies() {
    assert!(size_of::<Decoder>() <= 32, "{}", size_of::<Decoder>());
    let octets = b"5\r\nhello\r\n0\r\n\r\n";
    let decoded = Decoder::new().decode(octets, &LIMITS).expect("a chunk");
    assert_eq!(decoded, Decoded { consumed: 8, piece: Some(Piece::Content(b"hello")) });
    let Some(Piece::Content(content)) = decoded.piece else { unreachable!() };
    assert!(std::ptr::eq(content, &octets[3..8]));
}
