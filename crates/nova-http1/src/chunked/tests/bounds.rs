//! Everything has a bound.

use super::*;

/// Rows 204 and 205 (CVE-2024-22019, CVE-2023-39326).
/// Shows [9112-7.1.1-b].
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
fn extensions_are_bounded_chunk_by_chunk() {
    // Four octets each, twelve in sum.
    let body = b"1;aaa\r\nx\r\n1;aaa\r\ny\r\n0;aaa\r\n\r\n";
    let limits = Limits { chunk_extension_bytes_each: 4, ..LIMITS };
    assert!(matches!(verdict_within(body, &limits), Ok(Some(_))));
    let limits = Limits { chunk_extension_bytes_each: 3, ..LIMITS };
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
