use super::*;

fn decide(content_length: &[&[u8]], transfer_encoding: &[&[u8]]) -> Result<BodyLength, Fault> {
    decide_in(Version::Http11, content_length, transfer_encoding)
}

fn decide_in(
    version: Version,
    content_length: &[&[u8]],
    transfer_encoding: &[&[u8]],
) -> Result<BodyLength, Fault> {
    let (mut length, mut encoding) = (Said::Nothing, Said::Nothing);
    content_length.iter().for_each(|value| length.say(value));
    transfer_encoding.iter().for_each(|value| encoding.say(value));
    request_body_length(version, length, encoding)
}

#[test]
fn a_request_that_says_nothing_has_no_content() {
    assert_eq!(decide(&[], &[]), Ok(BodyLength::None));
    assert_eq!(decide_in(Version::Http10, &[], &[]), Ok(BodyLength::None));
}

#[test]
fn content_length_is_one_decimal_number() {
    for (value, expected) in [
        ("0", BodyLength::None),
        ("000", BodyLength::None),
        ("5", BodyLength::Length(5)),
        ("0005", BodyLength::Length(5)),
        ("1048576", BodyLength::Length(1_048_576)),
        ("4294967301", BodyLength::Length(4_294_967_301)),
        ("9223372036854775807", BodyLength::Length(LONGEST_CONTENT)),
        (
            "00000000000000000000000000000000000009223372036854775807",
            BodyLength::Length(LONGEST_CONTENT),
        ),
    ] {
        assert_eq!(decide(&[value.as_bytes()], &[]), Ok(expected), "{value}");
        assert_eq!(decide_in(Version::Http10, &[value.as_bytes()], &[]), Ok(expected), "{value}");
    }
}

/// Rows 114 to 116 and 121: signs, bases, lists, separators, control octets, digits of other
/// scripts, and what does not fit.
#[test]
fn content_length_is_nothing_else() {
    let invalid: &[&[u8]] = &[
        b"",
        b"+5",
        b"-5",
        b"-0",
        b"+0",
        b"5.0",
        b"5.",
        b".5",
        b"5e0",
        b"0x5",
        b"0X5",
        b"5h",
        b"h5",
        b"five",
        b"5 5",
        b"5\t5",
        b"5,5",
        b"5, 5",
        b"5, 6",
        b"5,",
        b",5",
        b", 5",
        b"5;",
        b"5;q=1",
        b"\"5\"",
        b"'5'",
        b"5_0",
        b"1_000",
        b"5\0",
        b"\x005",
        b"5\r",
        b"\r5",
        b"5\n",
        b"\n5",
        b"5\x0b",
        b"\x0c5",
        b"5\x7f",
        b"5\xa0",
        b"\xc2\xa05",
        b"\xef\xbc\x95",
        b"\xd9\xa5",
        b"5 ",
        b" 5",
        b"%35",
        b"(5)",
        b"5#",
        b"0b101",
        b"0o5",
        b"NaN",
        b"Infinity",
        b"null",
        b"true",
        b"/",
        b":",
    ];
    for value in invalid {
        let told = String::from_utf8_lossy(value);
        assert_eq!(decide(&[value], &[]), Err(Fault::ContentLength), "{told:?}");
    }
    for too_long in [
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551621",
        "340282366920938463463374607431768211461",
        "99999999999999999999999999999999999999999999999999",
    ] {
        assert_eq!(decide(&[too_long.as_bytes()], &[]), Err(Fault::ContentLength), "{too_long}");
    }
}

/// Rows 117 to 119: two lines are refused, equal or not, empty or not, however many.
/// Shows [9112-6.3-b].
#[test]
fn content_length_is_said_once() {
    for lines in [
        &[&b"5"[..], b"5"][..],
        &[b"5", b"6"],
        &[b"5", b""],
        &[b"", b"5"],
        &[b"0", b"0"],
        &[b"5", b"5", b"5"],
    ] {
        assert_eq!(decide(lines, &[]), Err(Fault::ContentLength), "{lines:?}");
    }
}

#[test]
fn transfer_encoding_is_the_token_chunked_in_any_case() {
    for value in ["chunked", "Chunked", "CHUNKED", "ChUnKeD"] {
        assert_eq!(decide(&[], &[value.as_bytes()]), Ok(BodyLength::Chunked), "{value}");
    }
}

/// Rows 148 and 150: codings that may exist, but not here. Their end could be found if they were
/// known, since chunked is the last one, so the answer is 501 and not 400.
/// Shows [9112-6.1-i].
#[test]
fn another_well_formed_coding_is_not_implemented() {
    for value in [
        "gzip, chunked",
        "cow, chunked",
        "gzip,chunked",
        "gzip ,\tchunked",
        "deflate, gzip, chunked",
        "gzip;q=1, chunked",
        "cow ; a = \"b, chunked\" , chunked",
        "a;x=\"\\\"\", chunked",
        "identity, chunked",
    ] {
        let verdict = decide(&[], &[value.as_bytes()]);
        assert_eq!(verdict, Err(Fault::TransferCodingUnknown), "{value}");
    }
}

/// Rows 147 to 152: chunked that is not the last one or not alone, and what is no list of codings.
/// Shows [9112-6.3-a] [9112-7.1-c] [9110-5.6.1.2-b].
#[test]
fn a_coding_whose_end_cannot_be_found_is_a_bad_request() {
    let invalid: &[&[u8]] = &[
        b"",
        b",",
        b", ,",
        b",chunked",
        b"chunked,",
        b", chunked",
        b"chunked, ",
        b"gzip,,chunked",
        b"gzip, ,chunked",
        b"chunked, chunked",
        b"chunked,chunked",
        b"gzip, chunked, chunked",
        b"chunked, gzip",
        b"chunked, identity",
        b"chunked, gzip, chunked",
        b"gzip, deflate",
        // Whatever else a coding may be, if it is not chunked nobody knows where it ends.
        b"xchunked",
        b"chunkedx",
        b"chunke",
        b"x-chunked",
        b"identity",
        b"gzip",
        b"deflate",
        b"compress",
        b"cow",
        b"cow;a=b",
        b"chunked-",
        b"chunked.",
        b"ch*nked",
        b"chunked;q=1",
        b"chunked; a=b",
        b"gzip, chunked;a=b",
        b"chunked;",
        b"chunked;a",
        b"chunked;a=",
        b"chunked;=b",
        b"gzip;, chunked",
        b"gzip;a, chunked",
        b"gzip;a=\"b, chunked",
        b"\"chunked\"",
        b"'chunked' x",
        b"chunked chunked",
        b"chunked gzip",
        b"chunked\tx",
        b"x chunked",
        b"chun ked",
        b"chunked:",
        b":chunked",
        b"[chunked]",
        b"{chunked}",
        b"(chunked)",
        b"chunked/1",
        b"chunked=1",
        b"=chunked",
        b"@chunked",
        b"chunked\\",
        b"<chunked>",
        b"chunked?",
        // Control octets, and octets that some take for white space.
        b"\0chunked",
        b"chunked\0",
        b"chun\0ked",
        b"\x0bchunked",
        b"chunked\x0b",
        b"\x0cchunked",
        b"chunked\x0c",
        b"\rchunked",
        b"chunked\r",
        b"\nchunked",
        b"chunked\n",
        b"\x7fchunked",
        b"chunked\x1f",
        b"\x85chunked",
        b"\xa0chunked",
        b"chunked\xa0",
        b"\xc2\xa0chunked",
        b"\xef\xbb\xbfchunked",
        b"\xe2\x80\x8bchunked",
        b"chunked\xff",
        b"\xc3\xa7hunked",
        b"chun\xe2\x84\xaaed",
        b"chunked;\0",
        b"gzip\0, chunked",
        b"gzip;a=\"\0\", chunked",
    ];
    for value in invalid {
        let told = String::from_utf8_lossy(value);
        assert_eq!(decide(&[], &[value]), Err(Fault::TransferEncoding), "{told:?}");
    }
}

/// Row 149: lists may be spread over lines, but whoever does so is up to something.
#[test]
fn transfer_encoding_is_said_once() {
    for lines in [
        &[&b"chunked"[..], b"chunked"][..],
        &[b"gzip", b"chunked"],
        &[b"chunked", b"identity"],
        &[b"identity", b"chunked"],
        &[b"chunked", b""],
        &[b"", b"chunked"],
        &[b"chunked", b"chunked", b"chunked"],
    ] {
        assert_eq!(decide(&[], lines), Err(Fault::TransferEncoding), "{lines:?}");
    }
}

/// Row 156.
/// Shows [9112-6.1-h].
#[test]
fn transfer_encoding_in_http_1_0_is_faulty_framing() {
    for value in ["chunked", "gzip", "gzip, chunked", ""] {
        let verdict = decide_in(Version::Http10, &[], &[value.as_bytes()]);
        assert_eq!(verdict, Err(Fault::TransferEncoding), "{value}");
    }
}

/// Rows 143 to 146 and 160: whatever either of them says, and in either version.
/// Shows [9112-6.1-g].
#[test]
fn content_length_beside_transfer_encoding_is_refused() {
    let lengths: [&[&[u8]]; 4] = [&[b"5"], &[b"0"], &[b""], &[b"5", b"5"]];
    let encodings: [&[&[u8]]; 5] =
        [&[b"chunked"], &[b"identity"], &[b""], &[b"xchunked"], &[b"chunked", b"chunked"]];
    for length in lengths {
        for encoding in encodings {
            for version in [Version::Http10, Version::Http11] {
                assert_eq!(
                    decide_in(version, length, encoding),
                    Err(Fault::LengthAndTransferEncoding),
                    "{length:?} {encoding:?}"
                );
            }
        }
    }
}

#[test]
fn every_framing_fault_has_the_status_that_the_rfc_asks_for() {
    assert_eq!(Fault::ContentLength.status(), 400);
    assert_eq!(Fault::TransferEncoding.status(), 400);
    assert_eq!(Fault::LengthAndTransferEncoding.status(), 400);
    assert_eq!(Fault::TransferCodingUnknown.status(), 501);
}
