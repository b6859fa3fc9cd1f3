//! Answers as they look on the wire. `{date}` stands for the Date line of the RFC's example.

mod fields;
mod interim;
mod prepared;
mod tunnel;

use super::*;
use crate::framing::LONGEST_CONTENT;
use crate::{Method, Version};

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
    for length in
        [0, 1, 9, 10, 11, 42, 90, 99, 100, 101, 999, 1_000, 65_536, 1 << 40, LONGEST_CONTENT]
    {
        let (wire, _) = encoded(get(), &answer(Status::OK, &[], ContentInfo::Length(length)))
            .expect("a valid answer");
        let expected = format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: {length}\r\n\r\n");
        assert_eq!(wire, expected);
    }
}

/// A length that a recipient with signed numbers would read as a negative one is not sent.
#[test]
fn a_length_that_nobody_could_read_is_not_announced() {
    let longest = ContentInfo::Length(LONGEST_CONTENT);
    let longer = ContentInfo::Length(LONGEST_CONTENT + 1);
    for asked in [get(), head(), old()] {
        assert!(encoded(asked, &answer(Status::OK, PLAIN, longest)).is_ok());
        let refused = encoded(asked, &answer(Status::OK, PLAIN, longer));
        assert_eq!(refused, Err(AnswerError::ContentLength));
    }
}

/// Shows [9112-4-a].
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

/// Shows [9112-6.1-f] [9110-6.2-a] [9110-6.2-b].
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

/// Shows [9112-9.6-c].
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

/// Shows [9110-9.3.2-a] [9110-8.6-a].
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

/// Shows [9110-8.6-c] [9110-15.3.6-a] [9112-6.1-d].
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

#[test]
fn what_is_remembered_of_a_request_is_small() {
    assert!(size_of::<Asked>() <= 8, "{}", size_of::<Asked>());
    assert!(size_of::<Sent>() <= 24, "{}", size_of::<Sent>());
}
