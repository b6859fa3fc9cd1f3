//! What an application answers: parts, never raw HTTP.

use std::sync::Arc;

use nova_http1::Fields;
pub use nova_http1::response::{AnswerError, Prepared, Status};

/// An answer of known length, borrowed for the moment in which it is given.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The status code of a final response.
    pub status: Status,
    /// The application's field lines, in order. `Date`, `Content-Length` and `Connection` are added
    /// by the protocol.
    pub fields: Fields<'a>,
    /// The content.
    pub content: Content<'a>,
}

/// The content of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// No octets; the length is zero and is said so where HTTP asks for it.
    Empty,
    /// These octets; the protocol copies them into the send buffer.
    Bytes(&'a [u8]),
}

impl<'a> Answer<'a> {
    /// An answer with `status` and nothing else.
    pub const fn new(status: Status) -> Self {
        Self { status, fields: Fields::EMPTY, content: Content::Empty }
    }

    /// The same answer with these field lines.
    pub const fn fields(mut self, fields: Fields<'a>) -> Self {
        self.fields = fields;
        self
    }

    /// The same answer with these octets as content.
    pub const fn bytes(mut self, octets: &'a [u8]) -> Self {
        self.content = Content::Bytes(octets);
        self
    }

    /// The octets of the content.
    pub const fn octets(&self) -> &'a [u8] {
        match self.content {
            Content::Empty => &[],
            Content::Bytes(octets) => octets,
        }
    }
}

/// An answer that owns its parts, so that it can come from another thread.
#[derive(Clone, Debug)]
pub struct OwnedAnswer {
    /// The status code of a final response.
    pub status: Status,
    /// Names and values.
    pub fields: Vec<(String, String)>,
    /// The content.
    pub content: Arc<[u8]>,
}

impl OwnedAnswer {
    /// An answer with `status` and `content`.
    pub fn new(status: Status, content: impl Into<Arc<[u8]>>) -> Self {
        Self { status, fields: Vec::new(), content: content.into() }
    }

    /// The same answer with one more field line.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Lends the parts to `give`.
    pub fn lend<R>(&self, give: impl FnOnce(&Answer<'_>) -> R) -> R {
        let pairs: Vec<_> = self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        give(&Answer {
            status: self.status,
            fields: Fields::from_pairs(&pairs),
            content: Content::Bytes(&self.content),
        })
    }
}
