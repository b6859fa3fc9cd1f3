//! How the names of fields are spelled.

use bytes::Bytes;
use http::HeaderName;

/// Names of fields as they were sent, or as they are to be sent: `http`'s own names are in lower case.
///
/// A request has one in its extensions if the server was told so
/// ([`Server::field_names`](crate::Server::field_names)): the names of all field lines, in the order in
/// which they came. A response that has one is sent with the names spelled as in there.
///
/// ```
/// use axum::response::{Extension, IntoResponse};
/// use nova_tower::FieldNames;
///
/// async fn for_an_old_client() -> impl IntoResponse {
///     let names = FieldNames::new(["Content-Type", "X-Request-ID"]);
///     (Extension(names), [("x-request-id", "7")], "hello")
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(for_an_old_client));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldNames {
    names: Vec<Bytes>,
}

impl FieldNames {
    /// These names.
    pub fn new<N: Into<Bytes>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect() }
    }

    /// The names, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(|name| &**name)
    }

    /// The first spelling of `name`.
    pub fn spelling(&self, name: &HeaderName) -> Option<&[u8]> {
        self.iter().find(|known| known.eq_ignore_ascii_case(name.as_str().as_bytes()))
    }
}
