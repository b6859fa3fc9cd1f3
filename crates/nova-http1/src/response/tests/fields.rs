//! What an application may say in its fields, and what it may not.

use super::*;
use crate::Field;

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

/// Shows [9110-5.3-a].
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

/// Shows [9110-8.6-f] [9110-5.3-a].
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

/// Shows [9112-6.1-b] [9112-6.1-c] [9112-6.2-a].
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

/// Shows [9110-7.6.1-b].
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
/// Shows [9110-7.8-e] [9110-7.6.1-a] [9110-5.6.1.1-a].
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

/// Response splitting: nothing of the application can become a line of its own.
/// Shows [9112-2.2-b] [9112-5.2-a].
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

/// Shows [9110-2.2-a] [9112-2.2-d].
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
