//! The application's field lines: checked, noted where they concern us, and written.

use super::AnswerError;
use crate::framing::parse_content_length;
use crate::{Field, Fields, grammar};

/// What the application's field lines say about things that are otherwise decided for it. Nearly
/// always nothing, which is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Noted {
    said: u8,
    length: u64,
}

impl Noted {
    /// It has a Date of its own.
    pub(super) const DATE: u8 = 1;
    /// It has a Content-Length.
    pub(super) const LENGTH: u8 = 2;
    /// It says that the content is chunked.
    pub(super) const CHUNKED: u8 = 4;
    /// It asks to close the connection.
    pub(super) const CLOSE: u8 = 8;
    /// It offers an upgrade.
    pub(super) const UPGRADE: u8 = 16;

    /// Whether nothing was said.
    #[inline]
    pub(super) const fn is_nothing(self) -> bool {
        self.said == 0
    }

    /// Whether this was said.
    #[inline]
    pub(super) const fn has(self, what: u8) -> bool {
        self.said & what != 0
    }

    /// The value of the application's Content-Length.
    pub(super) fn content_length(self) -> Option<u64> {
        self.has(Self::LENGTH).then_some(self.length)
    }

    /// Notes a field line that concerns framing or the connection; says whether it is to be
    /// written.
    fn note(&mut self, field: Field<'_>) -> Result<bool, AnswerError> {
        let named = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
        if named("Date") {
            self.said |= Self::DATE;
        } else if named("Content-Length") {
            let length = parse_content_length(field.value).ok_or(AnswerError::ContentLength)?;
            // [9110-5.3-a]
            if self.has(Self::LENGTH) {
                return Err(AnswerError::ContentLength);
            }
            self.said |= Self::LENGTH;
            self.length = length;
        } else if named("Transfer-Encoding") {
            // [9112-6.1-b] [9112-6.1-c]
            if self.has(Self::CHUNKED) || !field.value.eq_ignore_ascii_case(b"chunked") {
                return Err(AnswerError::TransferEncoding);
            }
            self.said |= Self::CHUNKED;
            return Ok(false);
        } else if named("Connection") {
            // [9110-7.6.1-b]
            if !field.value.eq_ignore_ascii_case(b"close") {
                return Err(AnswerError::Connection);
            }
            self.said |= Self::CLOSE;
            return Ok(false);
        } else if named("Keep-Alive") || named("Proxy-Connection") {
            return Err(AnswerError::KeepAlive);
        } else if named("Upgrade") {
            self.said |= Self::UPGRADE;
        }
        Ok(true)
    }
}

/// Appends `fields` in order and as written, except Connection and Transfer-Encoding, which are
/// noted and written together with our own.
#[inline]
pub(super) fn append(out: &mut Vec<u8>, fields: Fields<'_>) -> Result<Noted, AnswerError> {
    let mut noted = Noted::default();
    for index in 0..fields.len() {
        let Some(field) = fields.at(index) else { break };
        check(field)?;
        // The lengths of all names that `note` knows.
        if !matches!(field.name.len(), 4 | 7 | 10 | 14 | 16 | 17) || noted.note(field)? {
            append_line(out, field);
        }
    }
    Ok(noted)
}

/// Appends one checked field line.
#[inline]
pub(crate) fn append_line(out: &mut Vec<u8>, field: Field<'_>) {
    out.extend_from_slice(field.name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(field.value);
    out.extend_from_slice(b"\r\n");
}

/// Nothing that a recipient would read as another line, or as another message (RFC 9110 §5.5:
/// "Field values containing CR, LF, or NUL characters are invalid and dangerous").
#[inline]
pub(crate) fn check(field: Field<'_>) -> Result<(), AnswerError> {
    // Nearly every answer has a Content-Type, and comparing is cheaper than judging.
    // [9110-2.2-a]
    if field.name != b"Content-Type" && !grammar::is_token(field.name) {
        return Err(AnswerError::FieldName);
    }
    // [9112-2.2-b] [9112-5.2-a]
    if !grammar::is_value(field.value) {
        return Err(AnswerError::FieldValue);
    }
    Ok(())
}
