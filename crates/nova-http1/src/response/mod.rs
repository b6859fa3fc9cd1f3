//! Encoding responses (RFC 9112 §4 and §6, RFC 9110 §15): what is on the wire is decided here, so
//! that an application cannot get it wrong.
//!
//! | | |
//! |---|---|
//! | [`encode`] | the head of a final answer; says what content may follow |
//! | [`encode_prepared`] | an answer whose parts were checked before |
//! | [`interim()`] | 100, 103 and other interim answers |
//! | [`tunnel()`] | 101 or 2xx to CONNECT: the last head of a connection that is HTTP no longer |
//! | [`refuse()`] | a small complete answer to what cannot be served |
//! | [`chunked::encode`](crate::chunked::encode) | content of unknown length |

mod asked;
mod date;
mod delimit;
mod error;
mod interim;
mod lines;
mod prepared;
mod refuse;
mod status;
mod tunnel;

pub use asked::Asked;
pub use date::{DateField, imf_fixdate};
pub use delimit::{ContentInfo, MaySend};
pub use error::AnswerError;
pub use interim::interim;
pub(crate) use lines::{append_line, check};
pub use prepared::{Prepared, encode_prepared, encode_prepared_head};
pub use refuse::refuse;
pub use status::Status;
pub use tunnel::tunnel;

use crate::{Fields, Persistence};
use lines::Noted;

/// What an application says before its content.
#[derive(Clone, Copy, Debug)]
pub struct AnswerHead<'a> {
    /// A final status.
    pub status: Status,
    /// Field lines, sent in order and as written. `Date`, `Content-Length`, `Transfer-Encoding`
    /// and `Connection` are added where they are needed.
    pub fields: Fields<'a>,
    /// The content that follows; to HEAD, the content that would follow to GET.
    pub content: ContentInfo,
    /// This answer is the last one of its connection.
    pub close: bool,
}

/// What the encoded head promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What may follow as content.
    pub content: MaySend,
    /// Whether the connection goes on after the answer. If not, the head says so.
    pub persistent: bool,
}

/// Appends the head of a final answer to `out`.
///
/// The version is HTTP/1.1 whatever the client spoke (RFC 9110 §2.5), fields come in the order
/// `Date`, the application's, `Connection`, `Content-Length` or `Transfer-Encoding`.
///
/// # Errors
/// What the application must change; `out` is then as it was.
#[inline]
pub fn encode(
    out: &mut Vec<u8>,
    asked: Asked,
    answer: &AnswerHead<'_>,
    date: &DateField,
) -> Result<Sent, AnswerError> {
    let start = out.len();
    let sent = append_head(out, asked, answer, date);
    if sent.is_err() {
        out.truncate(start);
    }
    sent
}

#[inline]
fn append_head(
    out: &mut Vec<u8>,
    asked: Asked,
    answer: &AnswerHead<'_>,
    date: &DateField,
) -> Result<Sent, AnswerError> {
    check_status(asked, answer.status)?;
    // [9112-2.2-d] The application's field lines follow, and nothing else can.
    append_start(out, answer.status, date);
    let dated = out.len();
    let noted = lines::append(out, answer.fields)?;
    if noted.has(Noted::DATE) {
        // RFC 9110 §6.6.1 [9110-5.3-a]: one Date; the application's own comes in its place.
        out.drain(dated - date.line().len()..dated);
    }
    let delimited = delimit::delimit(asked, answer.status, answer.content, noted)?;
    let close = answer.close || noted.has(Noted::CLOSE) || delimited.needs_close();
    let upgrade = offers_upgrade(answer.status, noted)?;
    let persistent = append_connection(out, asked.persistence, close, upgrade);
    delimited.append(out);
    Ok(Sent { content: delimited.may_send(asked), persistent })
}

/// Whether `status` can be the final answer to a request like this.
#[inline]
fn check_status(asked: Asked, status: Status) -> Result<(), AnswerError> {
    if status.is_interim() {
        return Err(AnswerError::InterimStatus);
    }
    // RFC 9110 §9.3.6: "Any 2xx (Successful) response indicates that the sender (...) will switch
    // to tunnel mode immediately after the response header section".
    if asked.connect && status.is_successful() {
        return Err(AnswerError::Tunnel);
    }
    Ok(())
}

/// RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response". Elsewhere
/// it would be an offer that nobody here keeps.
#[inline]
fn offers_upgrade(status: Status, noted: Noted) -> Result<bool, AnswerError> {
    match noted.has(Noted::UPGRADE) {
        true if status != Status::UPGRADE_REQUIRED => Err(AnswerError::Upgrade),
        offered => Ok(offered),
    }
}

/// The status line and Date.
#[inline]
fn append_start(out: &mut Vec<u8>, status: Status, date: &DateField) {
    // [9110-6.6.1-a] [9110-6.2-a] [9110-6.2-b]
    if status == Status::OK {
        out.extend_from_slice(date.ok_and_line());
    } else {
        append_status_line(out, status);
        out.extend_from_slice(date.line());
    }
}

/// status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF (RFC 9112 §4).
fn append_status_line(out: &mut Vec<u8>, status: Status) {
    match status.line() {
        Some(line) => out.extend_from_slice(line),
        None => {
            out.extend_from_slice(b"HTTP/1.1 ");
            delimit::append_decimal(out, u64::from(status.code()));
            // "A server MUST send the space that separates the status-code from the reason-phrase
            // even when the reason-phrase is absent".
            // [9112-4-a]
            out.extend_from_slice(b" \r\n");
        }
    }
}

/// The Connection field line, where one is needed; says whether the connection goes on.
#[inline]
fn append_connection(
    out: &mut Vec<u8>,
    persistence: Persistence,
    close: bool,
    upgrade: bool,
) -> bool {
    let persistent = !close && persistence != Persistence::Close;
    if persistence != Persistence::Persistent || close || upgrade {
        append_options(out, persistent, persistence, upgrade);
    }
    persistent
}

fn append_options(out: &mut Vec<u8>, persistent: bool, persistence: Persistence, upgrade: bool) {
    // [9110-5.6.1.1-a] [9110-7.6.1-a]
    out.extend_from_slice(match (persistent, persistence, upgrade) {
        // [9112-9.6-c]
        // RFC 9112 §9.6: "The server SHOULD send a 'close' connection option in its final response
        // on that connection."
        (false, _, false) => b"Connection: close\r\n".as_slice(),
        // [9110-7.8-e]
        // RFC 9110 §7.8: "A sender of Upgrade MUST also send an 'Upgrade' connection option".
        (false, _, true) => b"Connection: upgrade, close\r\n",
        // What HTTP/1.0 clients wait for before they rely on the connection (RFC 9112 app. C.2.2).
        (true, Persistence::KeepAlive, false) => b"Connection: keep-alive\r\n",
        (true, Persistence::KeepAlive, true) => b"Connection: keep-alive, upgrade\r\n",
        (true, _, true) => b"Connection: upgrade\r\n",
        (true, _, false) => b"",
    });
}

#[cfg(test)]
mod tests;
