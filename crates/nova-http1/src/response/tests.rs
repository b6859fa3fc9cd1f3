//! Answers as they look on the wire. `{date}` stands for the Date line of the RFC's example.

use super::*;
use crate::{Fault, Field, Method, Version};

const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
const PLAIN: &[(&str, &str)] = &[("Content-Type", "text/plain")];

fn date() -> DateField {
    DateField::new(784_111_777)
}

fn asked(method: Method<'_>, version: Version, persistence: Persistence) -> Asked {
    Asked::new(method, version, persistence)
}

/// GET in HTTP/1.1.
fn get() -> Asked {
    asked(Method::Get, Version::Http11, Persistence::Persistent)
}

fn head() -> Asked {
    asked(Method::Head, Version::Http11, Persistence::Persistent)
}

/// GET in HTTP/1.0, without and with `keep-alive`.
fn old() -> Asked {
    asked(Method::Get, Version::Http10, Persistence::Close)
}

fn old_kept() -> Asked {
    asked(Method::Get, Version::Http10, Persistence::KeepAlive)
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn answer<'a>(status: Status, fields: Pairs<'a>, content: ContentInfo) -> AnswerHead<'a> {
    AnswerHead { status, fields: Fields::from_pairs(fields), content, close: false }
}

/// The encoded head, and what may follow; the send buffer has octets of an earlier answer.
fn encoded(asked: Asked, answer: &AnswerHead<'_>) -> Result<(String, Sent), AnswerError> {
    let mut out = b"before".to_vec();
    let sent = encode(&mut out, asked, answer, &date());
    let text = String::from_utf8_lossy(&out).into_owned();
    let text = text.strip_prefix("before").expect("earlier octets are kept").to_owned();
    match sent {
        Ok(sent) => Ok((text, sent)),
        Err(error) => {
            assert_eq!(text, "", "an answer that is refused leaves nothing behind");
            assert!(error.to_string().contains(": "), "what is wrong: what to do instead");
            Err(error)
        }
    }
}

#[track_caller]
fn assert_wire(
    asked: Asked,
    answer: &AnswerHead<'_>,
    wire: &str,
    content: MaySend,
    persistent: bool,
) {
    let expected = (wire.replace("{date}", DATE), Sent { content, persistent });
    assert_eq!(encoded(asked, answer), Ok(expected));
}

#[test]
fn an_answer_of_known_length_says_it() {
    assert_wire(
        get(),
        &answer(Status::OK, PLAIN, ContentInfo::Length(11)),
        "HTTP/1.1 200 OK\r\n{date}Content-Type: text/plain\r\nContent-Length: 11\r\n\r\n",
        MaySend::Exactly(11),
        true,
    );
    assert_wire(
        get(),
        &answer(Status::NOT_FOUND, &[], ContentInfo::Length(0)),
        "HTTP/1.1 404 Not Found\r\n{date}Content-Length: 0\r\n\r\n",
        MaySend::Nothing,
        true,
    );
}

#[test]
fn every_length_is_written_in_decimal() {
    for length in [0, 1, 9, 10, 11, 42, 90, 99, 100, 101, 999, 1_000, 65_536, 1 << 40, u64::MAX] {
        let (wire, _) = encoded(get(), &answer(Status::OK, &[], ContentInfo::Length(length)))
            .expect("a valid answer");
        let expected = format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: {length}\r\n\r\n");
        assert_eq!(wire, expected);
    }
}

#[test]
fn fields_keep_their_order_case_and_repeats() {
    let fields = [("x-B", "1"), ("X-a", ""), ("X-B", "two  words\t!"), ("Set-Cookie", "a=\u{e4}")];
    assert_wire(
        get(),
        &answer(Status::CREATED, &fields, ContentInfo::Length(1)),
        "HTTP/1.1 201 Created\r\n{date}x-B: 1\r\nX-a: \r\nX-B: two  words\t!\r\n\
         Set-Cookie: a=\u{e4}\r\nContent-Length: 1\r\n\r\n",
        MaySend::Exactly(1),
        true,
    );
}

#[test]
fn an_unregistered_status_has_no_reason_but_its_space() {
    let status = Status::new(299).expect("between 100 and 599");
    assert_wire(
        get(),
        &answer(status, &[], ContentInfo::Length(0)),
        "HTTP/1.1 299 \r\n{date}Content-Length: 0\r\n\r\n",
        MaySend::Nothing,
        true,
    );
}

#[test]
fn the_applications_own_date_comes_in_place_of_ours() {
    let fields = [("A", "b"), ("date", "Mon, 28 Feb 2000 23:59:59 GMT")];
    for status in [Status::OK, Status::FOUND] {
        let (wire, _) = encoded(get(), &answer(status, &fields, ContentInfo::Length(0)))
            .expect("a valid answer");
        let expected = format!(
            "HTTP/1.1 {status}\r\nA: b\r\ndate: Mon, 28 Feb 2000 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n"
        );
        assert_eq!(wire, expected);
    }
}

#[test]
fn unknown_length_is_chunked_to_1_1_and_until_close_to_1_0() {
    let unknown = answer(Status::OK, &[], ContentInfo::Unknown);
    assert_wire(
        get(),
        &unknown,
        "HTTP/1.1 200 OK\r\n{date}Transfer-Encoding: chunked\r\n\r\n",
        MaySend::Chunked,
        true,
    );
    let until_close = "HTTP/1.1 200 OK\r\n{date}Connection: close\r\n\r\n";
    assert_wire(old(), &unknown, until_close, MaySend::UntilClose, false);
    assert_wire(old_kept(), &unknown, until_close, MaySend::UntilClose, false);
    let closing = AnswerHead { close: true, ..unknown };
    assert_wire(
        get(),
        &closing,
        "HTTP/1.1 200 OK\r\n{date}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        MaySend::Chunked,
        false,
    );
}

#[test]
fn the_connection_field_says_what_will_happen() {
    let ok = answer(Status::OK, &[], ContentInfo::Length(0));
    let closing = AnswerHead { close: true, ..ok };
    let asking = [("Connection", "Close")];
    let asking = answer(Status::OK, &asking, ContentInfo::Length(0));
    let (kept, close, keep_alive) = ("", "Connection: close\r\n", "Connection: keep-alive\r\n");
    let last = asked(Method::Get, Version::Http11, Persistence::Close);
    for (asked, answer, line, persistent) in [
        (get(), ok, kept, true),
        (get(), closing, close, false),
        (get(), asking, close, false),
        (last, ok, close, false),
        (old(), ok, close, false),
        (old_kept(), ok, keep_alive, true),
        (old_kept(), closing, close, false),
        (old_kept(), asking, close, false),
    ] {
        let wire = format!("HTTP/1.1 200 OK\r\n{{date}}{line}Content-Length: 0\r\n\r\n");
        assert_wire(asked, &answer, &wire, MaySend::Nothing, persistent);
    }
}

#[test]
fn an_answer_to_head_has_the_fields_of_get_and_no_content() {
    assert_wire(
        head(),
        &answer(Status::OK, PLAIN, ContentInfo::Length(1_234)),
        "HTTP/1.1 200 OK\r\n{date}Content-Type: text/plain\r\nContent-Length: 1234\r\n\r\n",
        MaySend::Nothing,
        true,
    );
    // The application that knows the length, and has no content to give.
    assert_wire(
        head(),
        &answer(Status::OK, &[("Content-Length", "1234")], ContentInfo::Length(0)),
        "HTTP/1.1 200 OK\r\n{date}Content-Length: 1234\r\n\r\n",
        MaySend::Nothing,
        true,
    );
    assert_wire(
        head(),
        &answer(Status::OK, &[], ContentInfo::Unknown),
        "HTTP/1.1 200 OK\r\n{date}\r\n",
        MaySend::Nothing,
        true,
    );
    let old_head = asked(Method::Head, Version::Http10, Persistence::KeepAlive);
    assert_wire(
        old_head,
        &answer(Status::OK, &[], ContentInfo::Unknown),
        "HTTP/1.1 200 OK\r\n{date}Connection: keep-alive\r\n\r\n",
        MaySend::Nothing,
        true,
    );
}

#[test]
fn answers_without_content_say_no_length_or_none() {
    let empty = ContentInfo::Length(0);
    for (status, wire) in [
        (Status::NO_CONTENT, "HTTP/1.1 204 No Content\r\n{date}\r\n"),
        (Status::RESET_CONTENT, "HTTP/1.1 205 Reset Content\r\n{date}Content-Length: 0\r\n\r\n"),
        (Status::NOT_MODIFIED, "HTTP/1.1 304 Not Modified\r\n{date}\r\n"),
    ] {
        assert_wire(get(), &answer(status, &[], empty), wire, MaySend::Nothing, true);
        assert_wire(head(), &answer(status, &[], empty), wire, MaySend::Nothing, true);
        for content in [ContentInfo::Length(1), ContentInfo::Unknown] {
            let refused = encoded(get(), &answer(status, &[], content));
            assert_eq!(refused, Err(AnswerError::ContentNotAllowed));
        }
    }
    // RFC 9110 §8.6: the length that the answer to an unconditional GET would have had.
    assert_wire(
        get(),
        &answer(Status::NOT_MODIFIED, &[("Content-Length", "1234")], empty),
        "HTTP/1.1 304 Not Modified\r\n{date}Content-Length: 1234\r\n\r\n",
        MaySend::Nothing,
        true,
    );
    let said = answer(Status::NO_CONTENT, &[("Content-Length", "0")], empty);
    assert_eq!(encoded(get(), &said), Err(AnswerError::ContentLength));
}

#[test]
fn an_applications_content_length_must_be_true() {
    let five = [("content-length", "5")];
    assert_wire(
        get(),
        &answer(Status::OK, &five, ContentInfo::Length(5)),
        "HTTP/1.1 200 OK\r\n{date}content-length: 5\r\n\r\n",
        MaySend::Exactly(5),
        true,
    );
    // Of content that nobody has measured, it is a promise.
    assert_wire(
        get(),
        &answer(Status::OK, &five, ContentInfo::Unknown),
        "HTTP/1.1 200 OK\r\n{date}content-length: 5\r\n\r\n",
        MaySend::Exactly(5),
        true,
    );
    for (asked, value, length) in [
        (get(), "5", 0),
        (get(), "5", 6),
        (head(), "5", 6),
        (get(), "", 0),
        (get(), "+5", 5),
        (get(), "5,5", 5),
        (get(), "5 ", 5),
        (get(), "five", 5),
        (get(), "18446744073709551621", 5),
    ] {
        let fields = [("Content-Length", value)];
        let refused = encoded(asked, &answer(Status::OK, &fields, ContentInfo::Length(length)));
        assert_eq!(refused, Err(AnswerError::ContentLength), "{value:?} for {length}");
    }
    let twice = [("Content-Length", "5"), ("Content-Length", "5")];
    let refused = encoded(get(), &answer(Status::OK, &twice, ContentInfo::Length(5)));
    assert_eq!(refused, Err(AnswerError::ContentLength));
}

#[test]
fn transfer_encoding_is_not_the_applications_to_choose() {
    // It may say what is true anyway; to HTTP/1.0 it is not true.
    let chunked = [("transfer-encoding", "Chunked")];
    assert_wire(
        get(),
        &answer(Status::OK, &chunked, ContentInfo::Unknown),
        "HTTP/1.1 200 OK\r\n{date}Transfer-Encoding: chunked\r\n\r\n",
        MaySend::Chunked,
        true,
    );
    assert_wire(
        old(),
        &answer(Status::OK, &chunked, ContentInfo::Unknown),
        "HTTP/1.1 200 OK\r\n{date}Connection: close\r\n\r\n",
        MaySend::UntilClose,
        false,
    );
    for (fields, content) in [
        (&[("Transfer-Encoding", "gzip")][..], ContentInfo::Unknown),
        (&[("Transfer-Encoding", "gzip, chunked")], ContentInfo::Unknown),
        (&[("Transfer-Encoding", "")], ContentInfo::Unknown),
        (&[("Transfer-Encoding", "chunked")], ContentInfo::Length(5)),
        (&[("Transfer-Encoding", "chunked")], ContentInfo::Length(0)),
        (
            &[("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
            ContentInfo::Unknown,
        ),
        (&[("Transfer-Encoding", "chunked"), ("Content-Length", "5")], ContentInfo::Unknown),
        (&[("Content-Length", "5"), ("Transfer-Encoding", "chunked")], ContentInfo::Length(5)),
    ] {
        let refused = encoded(get(), &answer(Status::OK, fields, content));
        assert_eq!(refused, Err(AnswerError::TransferEncoding), "{fields:?}");
    }
}

#[test]
fn connection_fields_of_the_application_are_refused() {
    let refused = |status, name, value| {
        encoded(get(), &answer(status, &[(name, value)], ContentInfo::Length(0)))
    };
    for value in ["keep-alive", "upgrade", "close, x", "closed", "", "X-Custom"] {
        assert_eq!(refused(Status::OK, "Connection", value), Err(AnswerError::Connection));
    }
    assert_eq!(refused(Status::OK, "Keep-Alive", "timeout=5"), Err(AnswerError::KeepAlive));
    assert_eq!(refused(Status::OK, "proxy-connection", "close"), Err(AnswerError::KeepAlive));
    assert_eq!(refused(Status::OK, "Upgrade", "websocket"), Err(AnswerError::Upgrade));
}

/// RFC 9110 §15.5.22 and §7.8.
#[test]
fn upgrade_required_names_its_protocol() {
    let fields = [("Upgrade", "HTTP/3.0")];
    let required = answer(Status::UPGRADE_REQUIRED, &fields, ContentInfo::Length(0));
    for (asked, line, persistent) in [
        (get(), "upgrade", true),
        (old(), "upgrade, close", false),
        (old_kept(), "keep-alive, upgrade", true),
    ] {
        let wire = format!(
            "HTTP/1.1 426 Upgrade Required\r\n{{date}}Upgrade: HTTP/3.0\r\nConnection: {line}\r\n\
             Content-Length: 0\r\n\r\n"
        );
        assert_wire(asked, &required, &wire, MaySend::Nothing, persistent);
    }
}

#[test]
fn an_interim_status_is_not_a_final_answer() {
    for code in 100..200 {
        let status = Status::new(code).expect("between 100 and 599");
        let refused = encoded(get(), &answer(status, &[], ContentInfo::Length(0)));
        assert_eq!(refused, Err(AnswerError::InterimStatus));
        let prepared = Prepared::new(status, Fields::EMPTY, b"");
        assert_eq!(prepared.map(|_| ()), Err(AnswerError::InterimStatus));
    }
}

#[test]
fn connect_is_only_answered_with_a_refusal() {
    let connect = asked(Method::Connect, Version::Http11, Persistence::Persistent);
    for status in [Status::OK, Status::NO_CONTENT, Status::IM_USED] {
        let refused = encoded(connect, &answer(status, &[], ContentInfo::Length(0)));
        assert_eq!(refused, Err(AnswerError::Tunnel));
        let prepared = Prepared::new(status, Fields::EMPTY, b"").expect("a valid answer");
        let mut out = b"before".to_vec();
        let refused = encode_prepared(&mut out, connect, &prepared, false, &date());
        assert_eq!((refused, &out[..]), (Err(AnswerError::Tunnel), &b"before"[..]));
    }
    assert_wire(
        connect,
        &answer(Status::METHOD_NOT_ALLOWED, &[], ContentInfo::Length(2)),
        "HTTP/1.1 405 Method Not Allowed\r\n{date}Content-Length: 2\r\n\r\n",
        MaySend::Exactly(2),
        true,
    );
}

/// Response splitting: nothing of the application can become a line of its own.
#[test]
fn octets_that_would_make_another_line_are_refused() {
    for octet in (0..=255_u8).filter(|octet| *octet != b'\t' && (*octet < 0x20 || *octet == 0x7f)) {
        for text in ["", "x", "seven77", "exactly8", "a longer value than one word of octets"] {
            for at in [0, text.len() / 2, text.len()] {
                let mut value = text.as_bytes().to_vec();
                value.insert(at, octet);
                let fields =
                    [Field { name: b"A", value: b"b" }, Field { name: b"X-Value", value: &value }];
                let answer = AnswerHead {
                    fields: Fields::from_slices(&fields),
                    ..answer(Status::OK, &[], ContentInfo::Length(0))
                };
                assert_eq!(encoded(get(), &answer), Err(AnswerError::FieldValue), "{value:?}");
            }
        }
    }
}

#[test]
fn a_field_name_is_a_token() {
    for name in [
        "",
        " ",
        "A B",
        "A:",
        ":A",
        "A\r\nB",
        "A\n",
        "A\0",
        "\u{e4}",
        "Content Type",
        "A(b)",
        "\"A\"",
        "A/B",
        "a,b",
        "Long-Enough-For-Words\r",
        "\tLong-Enough-For-Words",
        "Long-Enough@For-Words",
    ] {
        let refused = encoded(get(), &answer(Status::OK, &[(name, "v")], ContentInfo::Length(0)));
        assert_eq!(refused, Err(AnswerError::FieldName), "{name:?}");
    }
    for name in ["X", "x_y", "X.Y", "!#$%&'*+-.^_`|~09", "Content-Type", "X_Long_Enough_For_Words"]
    {
        let accepted = encoded(get(), &answer(Status::OK, &[(name, "v")], ContentInfo::Length(0)));
        assert!(
            accepted.is_ok_and(|(wire, _)| wire.contains(&format!("\r\n{name}: v\r\n"))),
            "{name}"
        );
    }
}

#[test]
fn a_prepared_answer_is_the_same_answer() {
    let fields = [("Content-Type", "text/plain"), ("X", "y")];
    let closing = [("Connection", "close")];
    let dated = [("Date", "Mon, 28 Feb 2000 23:59:59 GMT")];
    let upgrade = [("Upgrade", "HTTP/3.0")];
    let length = [("Content-Length", "5")];
    let cases: [(Status, Pairs<'_>, &[u8]); 10] = [
        (Status::OK, &[], b""),
        (Status::OK, &fields, b"Hello World"),
        (Status::NOT_FOUND, &fields, b"no"),
        (Status::OK, &closing, b"Hello World"),
        (Status::OK, &dated, b"Hello World"),
        (Status::FOUND, &dated, b"Hello World"),
        (Status::UPGRADE_REQUIRED, &upgrade, b""),
        (Status::OK, &length, b"hello"),
        (Status::NO_CONTENT, &[], b""),
        (Status::NOT_MODIFIED, &fields, b""),
    ];
    for (status, fields, content) in cases {
        let prepared = Prepared::new(status, Fields::from_pairs(fields), content).expect("valid");
        assert_eq!((prepared.status(), prepared.content()), (status, content));
        for asked in [get(), head(), old(), old_kept()] {
            for close in [false, true] {
                let length = ContentInfo::Length(content.len() as u64);
                let plain = AnswerHead { close, ..answer(status, fields, length) };
                let (wire, sent) = encoded(asked, &plain).expect("valid");
                let mut out = b"before".to_vec();
                let head = encode_prepared_head(&mut out, asked, &prepared, close, &date());
                assert_eq!(head, Ok(sent), "{status} {asked:?}");
                assert_eq!(lines(&out[6..]), lines(wire.as_bytes()), "{status} {asked:?}");

                let mut whole = Vec::new();
                let done = encode_prepared(&mut whole, asked, &prepared, close, &date());
                assert_eq!(done, Ok(Sent { content: MaySend::Nothing, ..sent }));
                let content = if asked.is_head() { &b""[..] } else { content };
                assert_eq!(whole, [&out[6..], content].concat());
            }
        }
    }
}

/// The lines of a head, sorted: a prepared answer has Connection in another place.
fn lines(head: &[u8]) -> Vec<String> {
    let head = String::from_utf8_lossy(head).into_owned();
    assert!(head.ends_with("\r\n\r\n"));
    let mut lines: Vec<_> = head.split("\r\n").map(str::to_owned).collect();
    lines[1..].sort();
    lines
}

#[test]
fn an_answer_that_is_not_valid_is_not_prepared() {
    for (status, fields, content, error) in [
        (Status::OK, &[("A B", "c")][..], &b""[..], AnswerError::FieldName),
        (Status::OK, &[("A", "b\r\nC: d")], b"", AnswerError::FieldValue),
        (Status::OK, &[("Content-Length", "4")], b"hello", AnswerError::ContentLength),
        (Status::OK, &[("Transfer-Encoding", "chunked")], b"hello", AnswerError::TransferEncoding),
        (Status::OK, &[("Connection", "keep-alive")], b"", AnswerError::Connection),
        (Status::OK, &[("Keep-Alive", "timeout=5")], b"", AnswerError::KeepAlive),
        (Status::OK, &[("Upgrade", "h2c")], b"", AnswerError::Upgrade),
        (Status::NO_CONTENT, &[], b"hello", AnswerError::ContentNotAllowed),
    ] {
        let prepared = Prepared::new(status, Fields::from_pairs(fields), content);
        assert_eq!(prepared.map(|_| ()), Err(error));
    }
}

#[test]
fn interim_answers_go_to_1_1_only() {
    let links = [("Link", "</style.css>; rel=preload")];
    for (status, fields, wire) in [
        (Status::CONTINUE, &[][..], "HTTP/1.1 100 Continue\r\n\r\n"),
        (
            Status::EARLY_HINTS,
            &links,
            "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        ),
        (Status::PROCESSING, &[], "HTTP/1.1 102 Processing\r\n\r\n"),
    ] {
        let mut out = b"before".to_vec();
        assert_eq!(interim(&mut out, get(), status, Fields::from_pairs(fields)), Ok(true));
        assert_eq!(String::from_utf8_lossy(&out), format!("before{wire}"));
        for asked in [old(), old_kept()] {
            let mut out = b"before".to_vec();
            assert_eq!(interim(&mut out, asked, status, Fields::from_pairs(fields)), Ok(false));
            assert_eq!(out, b"before");
        }
    }
}

#[test]
fn an_interim_answer_decides_nothing() {
    for (status, fields, error) in [
        (Status::SWITCHING_PROTOCOLS, &[][..], AnswerError::NotInterim),
        (Status::OK, &[], AnswerError::NotInterim),
        (Status::BAD_REQUEST, &[], AnswerError::NotInterim),
        (Status::EARLY_HINTS, &[("Content-Length", "0")], AnswerError::ContentLength),
        (Status::EARLY_HINTS, &[("Transfer-Encoding", "chunked")], AnswerError::TransferEncoding),
        (Status::EARLY_HINTS, &[("Connection", "close")], AnswerError::Connection),
        (Status::EARLY_HINTS, &[("Keep-Alive", "x")], AnswerError::KeepAlive),
        (Status::EARLY_HINTS, &[("Upgrade", "h2c")], AnswerError::Upgrade),
        (Status::EARLY_HINTS, &[("Link", "a\r\n\r\nHTTP/1.1 200 OK")], AnswerError::FieldValue),
        (Status::EARLY_HINTS, &[("Li nk", "a")], AnswerError::FieldName),
    ] {
        let mut out = b"before".to_vec();
        assert_eq!(interim(&mut out, get(), status, Fields::from_pairs(fields)), Err(error));
        assert_eq!(out, b"before");
    }
}

/// Rows 290, 291, 294.
#[test]
fn a_refusal_is_complete_framed_and_the_last_answer() {
    let mut out = b"before".to_vec();
    let fault = Fault::LengthAndTransferEncoding;
    refuse(&mut out, Status::of(fault), fault.reason(), Asked::UNKNOWN, &date());
    let expected = format!(
        "beforeHTTP/1.1 400 Bad Request\r\n{DATE}Content-Type: text/plain; charset=utf-8\r\n\
         Connection: close\r\nContent-Length: 46\r\n\r\nContent-Length and Transfer-Encoding together\n"
    );
    assert_eq!(String::from_utf8_lossy(&out), expected);

    let mut out = Vec::new();
    refuse(&mut out, Status::REQUEST_TIMEOUT, "too slow", head(), &date());
    let expected = format!(
        "HTTP/1.1 408 Request Timeout\r\n{DATE}Content-Type: text/plain; charset=utf-8\r\n\
         Connection: close\r\nContent-Length: 9\r\n\r\n"
    );
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn what_is_remembered_of_a_request_is_small() {
    assert!(size_of::<Asked>() <= 8, "{}", size_of::<Asked>());
    assert!(size_of::<Sent>() <= 24, "{}", size_of::<Sent>());
}
