//! Chunked bodies, in every delivery: whole, octet by octet, cut in two anywhere, and with the next
//! message behind.

use super::encode::{chunk, chunk_head, last_chunk, trailers};
use super::*;
use crate::response::AnswerError;
use crate::{Fault, Fields, Limits, Span};

const LIMITS: Limits = Limits {
    head_bytes: 16 * 1024,
    fields: 128,
    content_bytes: 2 * 1024 * 1024,
    chunk_extension_bytes: 16 * 1024,
    trailer_bytes: 16 * 1024,
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

/// Rows 175 and 183 to 189, 182 (CVE-2025-55315).
#[test]
fn malformed_extensions_are_refused() {
    for extension in [
        &b" "[..],
        b"\t",
        b" ;a",
        b"; a",
        b";a ",
        b";a =b",
        b";a= b",
        b" ; a = b",
        b";a=b ", // no BWS
        b";",
        b";;",
        b";;a",
        b";a;",
        b";=",
        b";=b",
        b";a=",
        b";a=;b",
        b";a==b",
        b";a=b=c",
        b";[]=x",
        b";a,b",
        b";a/b",
        b";a:b",
        b";(a)",
        b";a=(b)",
        b";a=b,c",
        b";a=b c",
        b",a",
        b"a=b;",
        b";\"a\"",
        b";a=\"",
        b";a=\"b",
        b";a=\"b\\",
        b";a=\"b\"c",
        b";a=\"b\" ",
        b";a=b\"c\"",
        b";a=\"b\"=c",
        b";a\0b",
        b";\0",
        b";a=\0",
        b";a=\"\0\"",
        b";a=\"\\\0\"",
        b";a\x7f",
        b";a=\"\x7f\"",
        b";a=\"\x1f\"",
        b";a\rb",
        b"\r;ABCD",
        b";a\r",
        b";a=\"\r",
        b";a=\"\r\n\"",
        b";a=\"\\\r\n\"",
        b";\r",
        b";a=\r",
        b";a\n",
        b";a=b\n",
        b";a=\"b\"\n",
        b";\n",
        b";a=\"\n\"",
        b";a=\n",
        b"\n",
        b"\n\r",
        b";a\xff",
        b";\xe4",
        b";a=\xe4",
    ] {
        let body = [b"5", extension, b"\r\nhello\r\n0\r\n\r\n"].concat();
        assert_eq!(verdict(&body), Err(Fault::Chunk), "{:?}", String::from_utf8_lossy(&body));
        let last = [b"5\r\nhello\r\n0", extension, b"\r\n\r\n"].concat();
        assert_eq!(verdict(&last), Err(Fault::Chunk), "{:?}", String::from_utf8_lossy(&last));
    }
}

/// Rows 178 to 181, 213.
#[test]
fn a_chunk_size_is_hexadecimal_digits_and_nothing_else() {
    for size in [
        &b""[..],
        b"0x5",
        b"0X5",
        b"x5",
        b"+5",
        b"-5",
        b"-0",
        b" 5",
        b"5 ",
        b"\t5",
        b"5\t",
        b"5 5",
        b"g",
        b"5g",
        b"5h",
        b"h5",
        b"5_0",
        b"_5",
        b"5,",
        b"5,5",
        b"5.0",
        b".5",
        b"5'",
        b"#5",
        b"%35",
        b"\"5\"",
        b"'5'",
        b"(5)",
        b"5\0",
        b"\x005",
        b"\x0b5",
        b"5\x0b",
        b"\x0c5",
        b"5\x0c",
        b"\r\n5",
        b"\n5",
        b"\r5",
        b"5\r",
        b"5\n",
        b"5\r\r",
        b"5\x7f",
        b"5\xa0",
        b"\xef\xbc\x95",
        b"\xd9\xa5",
        b"5/",
        b"5:",
        b"5@",
        b"5`",
        b"5G",
        b"`5",
        b"/",
        b":",
        b"@",
        b"G",
        b"5=",
        b"5L",
        b"5u",
    ] {
        let body = [size, b"\r\nhello\r\n0\r\n\r\n"].concat();
        assert_eq!(verdict(&body), Err(Fault::Chunk), "{:?}", String::from_utf8_lossy(&body));
    }
    let zeros = [&[b'0'; 8_050][..], b"\r\n\r\n"].concat();
    assert_eq!(verdict(&zeros), Err(Fault::Chunk));
}

/// Rows 202 and 203: arithmetic is checked, and nothing near an edge becomes small.
#[test]
fn a_chunk_size_never_overflows() {
    for size in [
        "10000000000000005",
        "ffffffffffffffff5",
        "fffffffffffffffff",
        "00000000000000005",
        "100000000000000000000000000000005",
        "00000000000000000",
        "ffffffffffffffff",
        "8000000000000000",
        "FFFFFFFFFFFFFFFB",
        "8000000000000005",
    ] {
        let body = format!("{size}\r\nhello\r\n0\r\n\r\n");
        assert_eq!(verdict(body.as_bytes()), Err(Fault::Chunk), "{size}");
    }
    for size in [
        "7fffffffffffffff",
        "0fffffffffffffff",
        "ffffffff",
        "80000000",
        "100000000",
        "100000005",
        "200001",
    ] {
        let body = format!("{size}\r\nhello\r\n0\r\n\r\n");
        assert_eq!(verdict(body.as_bytes()), Err(Fault::ContentTooLarge), "{size}");
        let unlimited = Limits { content_bytes: u64::MAX, ..LIMITS };
        assert_eq!(verdict_within(body.as_bytes(), &unlimited), Ok(None), "{size}: wait");
    }
    // Two of the longest chunks are longer than any content may be; their sum does not wrap.
    let mut decoder = Decoder::new();
    let almost = Limits { content_bytes: u64::MAX - 1, ..LIMITS };
    let first = decoder.decode(b"1\r\nx\r\n", &almost).expect("a chunk");
    assert_eq!(first.piece, Some(Piece::Content(b"x")));
    assert!(decoder.decode(b"\r\n7fffffffffffffff\r\n", &almost).is_ok());
}

/// Rows 190 to 194, CVE-2025-43859: both octets after the data are looked at.
#[test]
fn chunk_data_end_where_their_size_says_and_with_crlf() {
    for body in [
        &b"5\r\nhello0\r\n\r\n"[..],
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello!!\r\n0\r\n\r\n",
        b"5\r\nhello\rX0\r\n\r\n",
        b"5\r\nhelloX\n0\r\n\r\n",
        b"5\r\nhello\r\r\n0\r\n\r\n",
        b"5\r\nhello \r\n0\r\n\r\n",
        b"5\r\nhello\r\n\r\n0\r\n\r\n",
        b"5\r\nhello\r0\r\n\r\n",
        b"5\r\nhello\n\r0\r\n\r\n",
        b"5\r\nhello\0\x000\r\n\r\n",
        b"7\r\nhello\r\n0\r\n\r\n",
        b"4\r\nhello\r\n0\r\n\r\n",
    ] {
        assert_eq!(verdict(body), Err(Fault::Chunk), "{:?}", String::from_utf8_lossy(body));
    }
}

/// Rows 195 to 198.
#[test]
fn the_end_is_the_last_chunk_and_an_empty_line() {
    assert_eq!(verdict(b"5\r\nhello\r\n0\n\r\n"), Err(Fault::Chunk));
    assert_eq!(verdict(b"5\r\nhello\r\n0\r\n\n"), Err(Fault::LineEnd));
    assert_eq!(verdict(b"0\r\n\r\r\n"), Err(Fault::LineEnd));
    assert_eq!(verdict(b"0\r\n\rX"), Err(Fault::LineEnd));
    assert_eq!(verdict(b"0\r\nGET /pair HTTP/1.1\r\nHost: h\r\n\r\n"), Err(Fault::FieldName));
    assert_eq!(verdict(b"0\r\nXXGET /pair HTTP/1.1\r\nHost: h\r\n\r\n"), Err(Fault::FieldName));
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

/// Rows 176 and 225.
#[test]
fn trailer_fields_are_kept_as_they_were_sent() {
    let body = b"5\r\nhello\r\n0\r\nX-T: v\r\nx-t:\t w x \t\r\nEmpty:\r\nOb: \xff\r\n\r\n";
    let body = verdict(body).expect("no fault").expect("complete");
    assert_eq!(body.content, b"hello");
    let lines: Vec<_> = body.trailers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(lines, [("X-T", "v"), ("x-t", "w x"), ("Empty", ""), ("Ob", "\u{fffd}")]);
}

/// Rows 199 to 201, and what a head's fields are refused for.
#[test]
fn malformed_trailers_are_refused() {
    for (lines, fault) in [
        (&b"bad trailer\r\n"[..], Fault::FieldName),
        (b"bad\r\n", Fault::FieldName),
        (b": v\r\n", Fault::FieldName),
        (b"X : y\r\n", Fault::FieldName),
        (b"X\t: y\r\n", Fault::FieldName),
        (b" X: y\r\n", Fault::FieldName),
        (b"X\0: y\r\n", Fault::FieldName),
        (b"X\rY: y\r\n", Fault::FieldName),
        (b"X\nY: y\r\n", Fault::FieldName),
        (b"X[]: y\r\n", Fault::FieldName),
        (b"\xe4: y\r\n", Fault::FieldName),
        (b"A: b\r\n: v\r\n", Fault::FieldName),
        (b"X: y\n", Fault::LineEnd),
        (b"X: y\rz\r\n", Fault::LineEnd),
        (b"X: y\r\r\n", Fault::LineEnd),
        (b"\n", Fault::LineEnd),
        (b"X: y\r\n\n", Fault::LineEnd),
        (b"X: y\r\n\rZ", Fault::LineEnd),
        (b"X: y\0\r\n", Fault::FieldValue),
        (b"X: \x7f\r\n", Fault::FieldValue),
        (b"X: a\x0bb\r\n", Fault::FieldValue),
        (b"X: y\r\n z\r\n", Fault::LineFolding),
        (b"X: y\r\n\tz\r\n", Fault::LineFolding),
    ] {
        let body = [b"0\r\n", lines, b"\r\n"].concat();
        assert_eq!(verdict(&body), Err(fault), "{:?}", String::from_utf8_lossy(lines));
    }
}

/// Row 177.
#[test]
fn trailers_cannot_say_what_a_head_should_have_said() {
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Host",
        "Connection",
        "Trailer",
        "TE",
        "Content-Encoding",
        "Content-Type",
        "Content-Range",
        "Authorization",
        "Set-Cookie",
        "Expect",
        "Range",
        "Cache-Control",
        "Max-Forwards",
        "Upgrade",
        "If-Match",
        "Cookie",
        "content-length",
        "HOST",
        "tRANSFER-eNCODING",
    ] {
        let body = format!("0\r\nA: b\r\n{name}: 50\r\n\r\n");
        assert_eq!(verdict(body.as_bytes()), Err(Fault::Trailer), "{name}");
    }
    for name in [
        "Content-Digest",
        "Content-Lengths",
        "X-Host",
        "ETag",
        "Server-Timing",
        "Digest",
        "Grpc-Status",
    ] {
        assert!(!is_forbidden(name.as_bytes()), "{name}");
        let body = format!("0\r\n{name}: 50\r\n\r\n");
        assert!(matches!(verdict(body.as_bytes()), Ok(Some(_))), "{name}");
    }
}

/// Rows 204 and 205 (CVE-2024-22019, CVE-2023-39326).
#[test]
fn extensions_are_bounded_in_sum_over_the_body() {
    let long = format!("5;a={}\r\nhello\r\n0\r\n\r\n", "x".repeat(64 * 1024));
    assert_eq!(verdict(long.as_bytes()), Err(Fault::ContentTooLarge));
    let many = "1;aaaaaaaaaaa\r\nx\r\n".repeat(3_000) + "0\r\n\r\n";
    assert_eq!(verdict(many.as_bytes()), Err(Fault::ContentTooLarge));
    // `;aaa` twice is eight octets: exactly eight are allowed, not one less.
    let body = b"1;aaa\r\nx\r\n0;aaa\r\n\r\n";
    let limits = Limits { chunk_extension_bytes: 8, ..LIMITS };
    assert!(matches!(verdict_within(body, &limits), Ok(Some(_))));
    let limits = Limits { chunk_extension_bytes: 7, ..LIMITS };
    assert_eq!(verdict_within(body, &limits), Err(Fault::ContentTooLarge));
}

#[test]
fn content_is_bounded_in_sum_over_the_body() {
    let body = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let limits = Limits { content_bytes: 5, ..LIMITS };
    assert!(matches!(verdict_within(body, &limits), Ok(Some(_))));
    let limits = Limits { content_bytes: 4, ..LIMITS };
    assert_eq!(verdict_within(body, &limits), Err(Fault::ContentTooLarge));
    // The chunk that crosses the limit is refused by its size: none of it is handed out.
    let mut decoder = Decoder::new();
    assert_eq!(decoder.decode(b"5\r\nhello", &limits), Err(Fault::ContentTooLarge));
}

/// Rows 207 and 208.
#[test]
fn trailer_sections_are_bounded_in_octets_and_lines() {
    let long = format!("0\r\nX: {}\r\n\r\n", "y".repeat(100_000));
    assert_eq!(verdict(long.as_bytes()), Err(Fault::FieldsTooLarge));
    let many: String = (0..10_000).map(|number| format!("X{number}: y\r\n")).collect();
    assert_eq!(verdict(format!("0\r\n{many}\r\n").as_bytes()), Err(Fault::FieldsTooLarge));
    // `A: b` with its CRLF is six octets; the empty line is not part of the section.
    let body = b"0\r\nA: b\r\nC: d\r\n\r\n";
    for (trailer_bytes, fields, good) in [(12, 2, true), (11, 2, false), (12, 1, false)] {
        let limits = Limits { trailer_bytes, fields, ..LIMITS };
        match verdict_within(body, &limits) {
            Ok(Some(_)) => assert!(good),
            other => assert_eq!((other, good), (Err(Fault::FieldsTooLarge), false)),
        }
    }
    let nothing = Limits { trailer_bytes: 0, fields: 0, ..LIMITS };
    assert!(matches!(verdict_within(b"0\r\n\r\n", &nothing), Ok(Some(_))));
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
