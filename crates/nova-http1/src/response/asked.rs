//! What an answer must know of its request.

use crate::{Head, Method, Persistence, Version};

/// What an answer must know of its request, when the request itself is long gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub(super) version: Version,
    pub(super) persistence: Persistence,
    /// The method is HEAD.
    pub(super) head: bool,
    /// The method is CONNECT.
    pub(super) connect: bool,
}

impl Asked {
    /// A request that could not be read: its answer is the last one, and has content.
    pub const UNKNOWN: Self = Self {
        version: Version::Http11,
        persistence: Persistence::Close,
        head: false,
        connect: false,
    };

    /// What an answer must know of a request with this method, version and persistence.
    #[inline]
    pub const fn new(method: Method<'_>, version: Version, persistence: Persistence) -> Self {
        let head = matches!(method, Method::Head);
        Self { version, persistence, head, connect: matches!(method, Method::Connect) }
    }

    /// What an answer must know of the request with this head.
    #[inline]
    pub const fn of(head: &Head<'_>) -> Self {
        Self::new(head.method, head.version, head.persistence)
    }

    /// Whether the method is HEAD: its answer has no content (RFC 9110 §9.3.2).
    pub const fn is_head(self) -> bool {
        self.head
    }
}
