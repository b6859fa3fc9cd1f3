//! What is not the grammar of RFC 9112 §7.1 is refused where it can first be seen.

use super::*;

/// Rows 175 and 183 to 189, 182 (CVE-2025-55315).
/// Shows [9110-5.6.3-b].
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
/// Shows [9112-7.1-b].
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
