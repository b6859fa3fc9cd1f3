//! Answers that are checked once and sent often.

use std::sync::Arc;

use super::delimit::{self, ContentInfo, MaySend};
use super::lines::Noted;
use super::{
    AnswerError, Asked, DateField, Sent, Status, append_connection, append_start, check_status,
    lines, offers_upgrade,
};
use crate::{Fields, Method, Persistence, Version};

/// A whole answer, checked and encoded but for what depends on the request and on the moment: the
/// status line, `Date` and `Connection`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Prepared {
    status: Status,
    /// Field lines, the framing field, the empty line; then the content.
    octets: Arc<[u8]>,
    /// Where the content begins.
    content: usize,
    dated: bool,
    close: bool,
    upgrade: bool,
}

impl Prepared {
    /// Prepares an answer with `status`, `fields` and all of its `content`.
    ///
    /// # Errors
    /// As [`encode`](super::encode).
    pub fn new(status: Status, fields: Fields<'_>, content: &[u8]) -> Result<Self, AnswerError> {
        let asked = Asked::new(Method::Get, Version::Http11, Persistence::Persistent);
        check_status(asked, status)?;
        let mut octets = Vec::new();
        let noted = lines::append(&mut octets, fields)?;
        let upgrade = offers_upgrade(status, noted)?;
        let info = ContentInfo::Length(content.len() as u64);
        delimit::delimit(asked, status, info, noted)?.append(&mut octets);
        let head = octets.len();
        octets.extend_from_slice(content);
        Ok(Self {
            status,
            octets: octets.into(),
            content: head,
            dated: noted.has(Noted::DATE),
            close: noted.has(Noted::CLOSE),
            upgrade,
        })
    }

    /// The status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The content.
    pub fn content(&self) -> &[u8] {
        self.octets.get(self.content..).unwrap_or_default()
    }
}

/// Appends a whole prepared answer to `out`: its head, and its content unless HEAD was asked.
///
/// # Errors
/// [`AnswerError::Tunnel`] for 2xx to CONNECT; `out` is then as it was.
#[inline]
pub fn encode_prepared(
    out: &mut Vec<u8>,
    asked: Asked,
    answer: &Prepared,
    close: bool,
    date: &DateField,
) -> Result<Sent, AnswerError> {
    let persistent = append_front(out, asked, answer, close, date)?;
    if asked.head {
        out.extend_from_slice(answer.octets.get(..answer.content).unwrap_or_default());
    } else {
        out.extend_from_slice(&answer.octets);
    }
    Ok(Sent { content: MaySend::Nothing, persistent })
}

/// Appends only the head of a prepared answer, for a caller that sends its
/// [`content`](Prepared::content) from where it lies.
///
/// # Errors
/// [`AnswerError::Tunnel`] for 2xx to CONNECT; `out` is then as it was.
pub fn encode_prepared_head(
    out: &mut Vec<u8>,
    asked: Asked,
    answer: &Prepared,
    close: bool,
    date: &DateField,
) -> Result<Sent, AnswerError> {
    let persistent = append_front(out, asked, answer, close, date)?;
    out.extend_from_slice(answer.octets.get(..answer.content).unwrap_or_default());
    let content = match answer.content().len() as u64 {
        0 => MaySend::Nothing,
        _ if asked.head => MaySend::Nothing,
        length => MaySend::Exactly(length),
    };
    Ok(Sent { content, persistent })
}

/// What depends on the request and on the moment; says whether the connection goes on.
#[inline]
fn append_front(
    out: &mut Vec<u8>,
    asked: Asked,
    answer: &Prepared,
    close: bool,
    date: &DateField,
) -> Result<bool, AnswerError> {
    check_status(asked, answer.status)?;
    append_start(out, answer.status, date);
    if answer.dated {
        out.truncate(out.len() - date.line().len());
    }
    Ok(append_connection(out, asked.persistence, close || answer.close, answer.upgrade))
}
