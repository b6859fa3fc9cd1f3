//! What a future answers with.

use crate::answer::{OwnedAnswer, Prepared, Status};

/// What a future answers with, when it is done. Whatever can become one of these can be returned by a
/// handler: an [`OwnedAnswer`], a [`Prepared`] one, a status, a text, or a `Result` of two of them.
///
/// # What they cost
/// A [`Prepared`] answer is checked and encoded once, and sending it allocates nothing. An
/// [`OwnedAnswer`] allocates for its list of fields, if it has any, and for content and values that
/// are not `'static`; its fields are checked anew each time.
///
/// ```
/// use nova_http::{Call, Status};
///
/// async fn number(mut call: Call) -> Result<String, Status> {
///     let content = call.content().await.map_err(|_| Status::BAD_REQUEST)?;
///     let text = String::from_utf8(content).map_err(|_| Status::UNPROCESSABLE_CONTENT)?;
///     let number: u64 = text.parse().map_err(|_| Status::UNPROCESSABLE_CONTENT)?;
///     Ok((number / 2).to_string())
/// }
/// # fn takes(_: impl nova_http::AsyncHandler) {}
/// # takes(number);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Reply {
    /// This answer.
    Answer(OwnedAnswer),
    /// An answer that was prepared beforehand.
    Prepared(Prepared),
    /// It has written its answer through a [`Writer`](super::Writer), or another task that has the
    /// [`Call`](super::Call) or what came of it does. If all of that has been dropped, the client
    /// gets 500, or sees a reset where a part of the answer has left.
    Written,
    /// What was to make the answer has panicked: 500, or a reset, and counted as such.
    Panicked,
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

impl From<crate::remote::Lost> for Reply {
    /// Nobody waits for it.
    fn from(_: crate::remote::Lost) -> Self {
        Self::Written
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
