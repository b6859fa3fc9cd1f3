//! The application's field lines: checked, noted where they concern us, and written.

use super::AnswerError;
use crate::framing::parse_content_length;
use crate::{Field, Fields, grammar};

/// What the application's field lines say about things that are otherwise decided for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Noted {
    /// The value of its Content-Length.
    pub(super) content_length: Option<u64>,
    /// It has a Date of its own.
    pub(super) date: bool,
    /// It asks to close the connection.
    pub(super) close: bool,
    /// It says that the content is chunked.
    pub(super) chunked: bool,
    /// It offers an upgrade.
    pub(super) upgrade: bool,
}

/// Appends `fields` in order and as written, except Connection and Transfer-Encoding, which are
/// noted and written together with our own.
#[inline]
pub(super) fn append(out: &mut Vec<u8>, fields: Fields<'_>) -> Result<Noted, AnswerError> {
    let mut noted = Noted::default();
    for index in 0..fields.len() {
        let Some(field) = fields.at(index) else { break };
        check(field)?;
        if !matches!(field.name.len(), 4 | 7 | 10 | 14 | 16 | 17) || note(field, &mut noted)? {
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
    if !grammar::is_token(field.name) {
        return Err(AnswerError::FieldName);
    }
    if !grammar::is_value(field.value) {
        return Err(AnswerError::FieldValue);
    }
    Ok(())
}

/// Notes a field line that concerns framing or the connection; says whether it is to be written.
/// Only names with as many octets as `append` lists are looked at.
fn note(field: Field<'_>, noted: &mut Noted) -> Result<bool, AnswerError> {
    let named = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
    if named("Date") {
        noted.date = true;
    } else if named("Content-Length") {
        let length = parse_content_length(field.value).ok_or(AnswerError::ContentLength)?;
        if noted.content_length.replace(length).is_some() {
            return Err(AnswerError::ContentLength);
        }
    } else if named("Transfer-Encoding") {
        if noted.chunked || !field.value.eq_ignore_ascii_case(b"chunked") {
            return Err(AnswerError::TransferEncoding);
        }
        noted.chunked = true;
        return Ok(false);
    } else if named("Connection") {
        if !field.value.eq_ignore_ascii_case(b"close") {
            return Err(AnswerError::Connection);
        }
        noted.close = true;
        return Ok(false);
    } else if named("Keep-Alive") || named("Proxy-Connection") {
        return Err(AnswerError::KeepAlive);
    } else if named("Upgrade") {
        noted.upgrade = true;
    }
    Ok(true)
}
