//! Prepared answers are the same answers.

use super::*;

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
