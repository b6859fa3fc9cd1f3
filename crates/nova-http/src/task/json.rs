//! JSON in and out of futures.

use std::fmt;

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use super::{Call, ContentError, Reply};
use crate::answer::{OwnedAnswer, Status};
use crate::handler::{JsonError, read_json};

impl Call {
    /// All of the content, read as JSON: as [`Request::json`](crate::Request::json), but what it
    /// gives borrows nothing.
    ///
    /// ```
    /// use nova_http::{Call, CallJsonError, OwnedAnswer};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Deserialize)]
    /// struct Order {
    ///     count: u32,
    /// }
    ///
    /// #[derive(Serialize)]
    /// struct Receipt {
    ///     total: u32,
    /// }
    ///
    /// async fn order(mut call: Call) -> Result<OwnedAnswer, CallJsonError> {
    ///     let order: Order = call.json().await?;
    ///     Ok(OwnedAnswer::json(&Receipt { total: order.count * 3 }))
    /// }
    /// # fn takes(_: impl nova_http::AsyncHandler) {}
    /// # takes(order);
    /// ```
    ///
    /// # Errors
    /// The content cannot be had, or it is the client's mistake.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, CallJsonError> {
        let content = self.content().await?;
        Ok(read_json(&self.head(), &content)?)
    }
}

/// Why there is no value.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Call, CallJsonError, OwnedAnswer, Reply};
///
/// async fn double(mut call: Call) -> Reply {
///     match call.json::<f64>().await {
///         Ok(number) => OwnedAnswer::json(&(number * 2.0)).into(),
///         // The status is right, the sentence is ours.
///         Err(CallJsonError::Json(error)) => OwnedAnswer::new(error.status(), "a number!").into(),
///         Err(error) => error.into(),
///     }
/// }
///
/// let app = App::new_async(double);
/// assert_eq!(app.post("/").json(&1.5).send().text(), "3.0");
/// let answer = app.post("/").json("text").send();
/// assert_eq!((answer.status(), answer.text()), (422, "a number!"));
/// ```
#[derive(Debug)]
pub enum CallJsonError {
    /// The content cannot be had.
    Content(ContentError),
    /// The client's mistake.
    Json(JsonError),
}

impl From<ContentError> for CallJsonError {
    fn from(error: ContentError) -> Self {
        Self::Content(error)
    }
}

impl From<JsonError> for CallJsonError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl fmt::Display for CallJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content(error) => error.fmt(f),
            Self::Json(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallJsonError {}

impl From<CallJsonError> for Reply {
    fn from(error: CallJsonError) -> Self {
        match error {
            CallJsonError::Content(error) => error.into(),
            CallJsonError::Json(error) => error.into(),
        }
    }
}

impl From<JsonError> for Reply {
    /// As [`JsonError::answer`].
    fn from(error: JsonError) -> Self {
        Self::Answer(error.answer())
    }
}

impl OwnedAnswer {
    /// 200 (OK) with `value` as JSON. A value that cannot be JSON (a map whose keys are no strings) is
    /// logged, and the client gets 500.
    ///
    /// ```
    /// use nova_http::OwnedAnswer;
    ///
    /// assert_eq!(OwnedAnswer::json(&[1, 2]).content, "[1,2]");
    /// ```
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(content) => Self::new(Status::OK, content).field("content-type", "application/json"),
            Err(error) => {
                tracing::error!(%error, "a value cannot be sent as JSON; the client gets 500");
                Self::empty(Status::INTERNAL_SERVER_ERROR)
            }
        }
    }
}
