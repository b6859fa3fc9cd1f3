//! The last head before a tunnel.

use super::*;

fn connect() -> Asked {
    asked(Method::Connect, Version::Http11, Persistence::Persistent)
}

/// Shows [9110-7.8-a] [9110-15.2.2-a] [9110-7.8-e].
#[test]
fn a_tunnel_begins_with_a_head_that_frames_nothing() {
    let upgrade = [("Upgrade", "echo"), ("X", "y")];
    for (asked, status, fields, wire) in [
        (
            get(),
            Status::SWITCHING_PROTOCOLS,
            &upgrade[..],
            format!(
                "HTTP/1.1 101 Switching Protocols\r\n{DATE}Upgrade: echo\r\nX: y\r\nConnection: \
                 upgrade\r\n\r\n"
            ),
        ),
        (connect(), Status::OK, &[], format!("HTTP/1.1 200 OK\r\n{DATE}\r\n")),
        (connect(), Status::OK, &[("Date", "x")], "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n".to_string()),
    ] {
        let mut out = b"before".to_vec();
        assert_eq!(tunnel(&mut out, asked, status, Fields::from_pairs(fields), &date()), Ok(()));
        assert_eq!(String::from_utf8_lossy(&out), format!("before{wire}"));
    }
}

/// Shows [9110-8.6-d] [9110-9.3.6-c] [9112-6.1-e] [9110-7.8-a].
#[test]
fn what_does_not_begin_a_tunnel() {
    let switch = Status::SWITCHING_PROTOCOLS;
    let upgrade: Pairs<'_> = &[("Upgrade", "echo")];
    for (asked, status, fields, error) in [
        (get(), Status::OK, upgrade, AnswerError::NotTunnel),
        (get(), switch, &[], AnswerError::NotTunnel),
        (old(), switch, upgrade, AnswerError::NotTunnel),
        (connect(), switch, upgrade, AnswerError::NotTunnel),
        (connect(), Status::NOT_FOUND, &[], AnswerError::NotTunnel),
        (connect(), Status::OK, upgrade, AnswerError::Upgrade),
        (connect(), Status::OK, &[("Content-Length", "0")], AnswerError::ContentLength),
        (connect(), Status::OK, &[("Transfer-Encoding", "chunked")], AnswerError::TransferEncoding),
        (connect(), Status::OK, &[("Connection", "close")], AnswerError::Connection),
        (get(), switch, &[("Upgrade", "a\r\nb")], AnswerError::FieldValue),
    ] {
        let mut out = b"before".to_vec();
        let refused = tunnel(&mut out, asked, status, Fields::from_pairs(fields), &date());
        assert_eq!(refused, Err(error));
        assert_eq!(out, b"before");
    }
}
