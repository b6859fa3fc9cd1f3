//! The last head of a connection that stops being HTTP: 101 (RFC 9110 §7.8), or 2xx to CONNECT
//! (§9.3.6). What follows it, in both directions, is the tunnel's.

use super::lines::Noted;
use super::{AnswerError, Asked, DateField, Status, append_start, lines};
use crate::{Fields, Version};

/// Appends the head after which the connection is a tunnel.
///
/// After an Upgrade `fields` must name the protocol that is spoken from now on, in an Upgrade field;
/// the `upgrade` connection option is added. That the request asked for it is the caller's to know.
///
/// # Errors
/// What the application must change; `out` is then as it was.
pub fn tunnel(
    out: &mut Vec<u8>,
    asked: Asked,
    status: Status,
    fields: Fields<'_>,
    date: &DateField,
) -> Result<(), AnswerError> {
    let start = out.len();
    let appended = append(out, asked, status, fields, date);
    if appended.is_err() {
        out.truncate(start);
    }
    appended
}

fn append(
    out: &mut Vec<u8>,
    asked: Asked,
    status: Status,
    fields: Fields<'_>,
    date: &DateField,
) -> Result<(), AnswerError> {
    let fits = match asked.connect {
        true => status.is_successful(),
        // RFC 9110 §7.8: "A server MUST ignore an Upgrade header field that is received in an
        // HTTP/1.0 request."
        false => status == Status::SWITCHING_PROTOCOLS && asked.version == Version::Http11,
    };
    if !fits {
        return Err(AnswerError::NotTunnel);
    }
    append_start(out, status, date);
    let dated = out.len();
    let noted = lines::append(out, fields)?;
    if noted.has(Noted::DATE) {
        out.drain(dated - date.line().len()..dated);
    }
    // §9.3.6: "A server MUST NOT send any Transfer-Encoding or Content-Length header fields in a 2xx
    // (Successful) response to CONNECT"; §15.2: nor has 101 content.
    // [9110-8.6-d] [9110-9.3.6-c] [9112-6.1-e]
    if noted.has(Noted::LENGTH) {
        return Err(AnswerError::ContentLength);
    }
    if noted.has(Noted::CHUNKED) {
        return Err(AnswerError::TransferEncoding);
    }
    if noted.has(Noted::CLOSE) {
        return Err(AnswerError::Connection);
    }
    match (asked.connect, noted.has(Noted::UPGRADE)) {
        // §15.2.2: "The server MUST generate an Upgrade header field in the response".
        // [9110-7.8-a] [9110-15.2.2-a]
        (false, false) => return Err(AnswerError::NotTunnel),
        (true, true) => return Err(AnswerError::Upgrade),
        (true, false) => {}
        (false, true) => out.extend_from_slice(b"Connection: upgrade\r\n"),
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}
