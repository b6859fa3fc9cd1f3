//! How the content of an answer is delimited (RFC 9112 §6.3 seen from the sender).

use super::lines::Noted;
use super::{AnswerError, Asked, Status};
use crate::Version;
use crate::framing::LONGEST_CONTENT;

/// What is known of the content before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentInfo {
    /// So many octets; zero for no content.
    Length(u64),
    /// Nobody knows yet.
    Unknown,
}

/// What may follow an encoded head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaySend {
    /// No octet: the answer is complete.
    Nothing,
    /// Exactly this many octets, at least one.
    Exactly(u64),
    /// Chunks and the last chunk, as [`chunked::encode`](crate::chunked::encode) makes them.
    Chunked,
    /// Octets until the connection is closed.
    UntilClose,
}

/// What the head says about the end of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimited {
    /// No content, and nothing about its length (204, 304, HEAD with an unknown length).
    Silently,
    /// By this Content-Length, which is to be written.
    Length(u64),
    /// By the application's own Content-Length; so many octets follow.
    AsWritten(u64),
    /// By the last chunk.
    Chunks,
    /// By the end of the connection.
    Close,
}

/// Decides how the answer is delimited, or why its parts disagree.
#[inline]
pub(super) fn delimit(
    asked: Asked,
    status: Status,
    content: ContentInfo,
    noted: Noted,
) -> Result<Delimited, AnswerError> {
    match content {
        ContentInfo::Length(length @ 0..=LONGEST_CONTENT)
            if noted.is_nothing() && !lacks_content(status) =>
        {
            Ok(Delimited::Length(length))
        }
        _ => delimit_unusual(asked, status, content, noted),
    }
}

/// Statuses whose answers never have content.
#[inline]
fn lacks_content(status: Status) -> bool {
    matches!(status, Status::NO_CONTENT | Status::RESET_CONTENT | Status::NOT_MODIFIED)
}

fn delimit_unusual(
    asked: Asked,
    status: Status,
    content: ContentInfo,
    noted: Noted,
) -> Result<Delimited, AnswerError> {
    let empty = content == ContentInfo::Length(0);
    if lacks_content(status) && !empty {
        return Err(AnswerError::ContentNotAllowed);
    }
    if matches!(content, ContentInfo::Length(length) if length > LONGEST_CONTENT) {
        return Err(AnswerError::ContentLength);
    }
    if noted.has(Noted::CHUNKED) && (content != ContentInfo::Unknown || noted.has(Noted::LENGTH)) {
        return Err(AnswerError::TransferEncoding);
    }
    match (noted.content_length(), content) {
        // RFC 9110 §8.6: "A server MUST NOT send a Content-Length header field in any response
        // with a status code of 1xx (Informational) or 204 (No Content)."
        (Some(_), _) if status == Status::NO_CONTENT => Err(AnswerError::ContentLength),
        // §8.6: in answers to HEAD and in 304, the length that 200 to GET would have had. Only the
        // application can know it.
        (Some(_), _) if empty && (asked.head || status == Status::NOT_MODIFIED) => {
            Ok(Delimited::AsWritten(0))
        }
        (Some(said), ContentInfo::Length(length)) if said != length => {
            Err(AnswerError::ContentLength)
        }
        (Some(said), _) => Ok(Delimited::AsWritten(said)),
        (None, _) if status == Status::NO_CONTENT || status == Status::NOT_MODIFIED => {
            Ok(Delimited::Silently)
        }
        (None, ContentInfo::Length(length)) => Ok(Delimited::Length(length)),
        // RFC 9112 §6.1: the indication of chunked to HEAD "is not required".
        (None, ContentInfo::Unknown) if asked.head => Ok(Delimited::Silently),
        // §6.1: "A server MUST NOT send a response containing Transfer-Encoding unless the
        // corresponding request indicates HTTP/1.1 (or later minor revisions)."
        (None, ContentInfo::Unknown) => Ok(match asked.version {
            Version::Http11 => Delimited::Chunks,
            Version::Http10 => Delimited::Close,
        }),
    }
}

impl Delimited {
    /// Whether only the end of the connection ends the answer.
    #[inline]
    pub(super) fn needs_close(self) -> bool {
        self == Self::Close
    }

    /// What may follow.
    #[inline]
    pub(super) fn may_send(self, asked: Asked) -> MaySend {
        match self {
            // RFC 9110 §9.3.2: "the server MUST NOT send content in the response" to HEAD.
            _ if asked.head => MaySend::Nothing,
            Self::Silently | Self::Length(0) | Self::AsWritten(0) => MaySend::Nothing,
            Self::Length(length) | Self::AsWritten(length) => MaySend::Exactly(length),
            Self::Chunks => MaySend::Chunked,
            Self::Close => MaySend::UntilClose,
        }
    }

    /// Appends the framing field line, if there is one, and the empty line.
    #[inline]
    pub(super) fn append(self, out: &mut Vec<u8>) {
        match self {
            Self::Length(length) => append_length(out, length),
            Self::Chunks => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n"),
            Self::Silently | Self::AsWritten(_) | Self::Close => out.extend_from_slice(b"\r\n"),
        }
    }
}

/// Appends Content-Length and the empty line. Short contents are common, and for them it is one
/// copy of a fixed size.
#[inline]
fn append_length(out: &mut Vec<u8>, length: u64) {
    if (10..100).contains(&length) {
        let mut line = *b"Content-Length: 00\r\n\r\n";
        line[16] += (length / 10) as u8;
        line[17] += (length % 10) as u8;
        out.extend_from_slice(&line);
    } else {
        append_any_length(out, length);
    }
}

fn append_any_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"Content-Length: ");
    append_decimal(out, length);
    out.extend_from_slice(b"\r\n\r\n");
}

/// Appends `number` in decimal digits.
pub(super) fn append_decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b'0'; 20]; // u64::MAX has twenty
    let mut at = digits.len() - 1;
    loop {
        digits[at] += (number % 10) as u8;
        number /= 10;
        if number == 0 || at == 0 {
            return out.extend_from_slice(&digits[at..]);
        }
        at -= 1;
    }
}
