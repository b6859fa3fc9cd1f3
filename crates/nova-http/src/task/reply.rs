//! What a future answers with.

use crate::answer::{OwnedAnswer, Prepared, Status};

/// What a future answers with, when it is done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reply {
    /// This answer.
    Answer(OwnedAnswer),
    /// An answer that was prepared beforehand.
    Prepared(Prepared),
    /// It has written its answer through a [`Writer`](super::Writer), or somebody else does.
    Written,
}

impl From<OwnedAnswer> for Reply {
    fn from(answer: OwnedAnswer) -> Self {
        Self::Answer(answer)
    }
}

impl From<Prepared> for Reply {
    fn from(answer: Prepared) -> Self {
        Self::Prepared(answer)
    }
}

impl From<Status> for Reply {
    fn from(status: Status) -> Self {
        Self::Answer(OwnedAnswer::empty(status))
    }
}

impl From<&'static str> for Reply {
    fn from(text: &'static str) -> Self {
        Self::Answer(OwnedAnswer::text(text))
    }
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self::Answer(OwnedAnswer::text(text))
    }
}

impl<T: Into<Self>, E: Into<Self>> From<Result<T, E>> for Reply {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(reply) => reply.into(),
            Err(error) => error.into(),
        }
    }
}
