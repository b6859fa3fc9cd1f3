//! Trailer sections (RFC 9112 §7.1.2).

use super::*;

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
        (b"bad\r\n", Fault::LineEnd),
        (b": v\r\n", Fault::FieldName),
        (b"X : y\r\n", Fault::FieldName),
        (b"X\t: y\r\n", Fault::FieldName),
        (b" X: y\r\n", Fault::LineFolding),
        (b"X\0: y\r\n", Fault::FieldName),
        (b"X\rY: y\r\n", Fault::LineEnd),
        (b"X\nY: y\r\n", Fault::LineEnd),
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
/// Shows [9112-7.1.2-b] [9110-6.5.1-b].
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
