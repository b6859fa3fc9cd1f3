//! Interim answers and refusals.

use super::*;
use crate::Fault;

/// Shows [9110-15.2-a].
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

/// Shows [9110-8.6-c] [9112-6.1-d].
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
