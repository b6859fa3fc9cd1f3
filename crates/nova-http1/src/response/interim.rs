//! Interim responses (RFC 9110 §15.2).

use super::lines::Noted;
use super::{AnswerError, Asked, Status, append_status_line, lines};
use crate::{Fields, Version};

/// Appends an interim answer to `out`: 100, 103 and other 1xx except 101, which ends HTTP on the
/// connection. Says whether it was sent.
///
/// It is not sent to HTTP/1.0: "a server MUST NOT send a 1xx response to an HTTP/1.0 client"
/// (RFC 9110 §15.2).
///
/// # Errors
/// What the application must change; `out` is then as it was.
pub fn interim(
    out: &mut Vec<u8>,
    asked: Asked,
    status: Status,
    fields: Fields<'_>,
) -> Result<bool, AnswerError> {
    let start = out.len();
    let sent = append(out, asked, status, fields);
    if sent != Ok(true) {
        out.truncate(start);
    }
    sent
}

fn append(
    out: &mut Vec<u8>,
    asked: Asked,
    status: Status,
    fields: Fields<'_>,
) -> Result<bool, AnswerError> {
    if !status.is_interim() || status == Status::SWITCHING_PROTOCOLS {
        return Err(AnswerError::NotInterim);
    }
    append_status_line(out, status);
    let noted = lines::append(out, fields)?;
    // [9110-8.6-c] Neither framing field in a 1xx response. The connection cannot close or change
    // before the final answer.
    if noted.has(Noted::LENGTH) {
        return Err(AnswerError::ContentLength);
    }
    // [9112-6.1-d]
    if noted.has(Noted::CHUNKED) {
        return Err(AnswerError::TransferEncoding);
    }
    if noted.has(Noted::CLOSE) {
        return Err(AnswerError::Connection);
    }
    if noted.has(Noted::UPGRADE) {
        return Err(AnswerError::Upgrade);
    }
    out.extend_from_slice(b"\r\n");
    // [9110-15.2-a]
    Ok(asked.version == Version::Http11)
}
