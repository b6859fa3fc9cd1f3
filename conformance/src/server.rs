//! The application that all cases talk to.

use nova_http::{Answered, Request, Response};

/// Reads the content and says which request it has answered, so that no answer can be taken for
/// another's: method, path and the number of octets of content.
pub fn mirror(request: &Request<'_>, response: Response<'_>) -> Answered {
    let method = String::from_utf8_lossy(request.head.method.as_bytes());
    let path = String::from_utf8_lossy(request.head.path());
    let path = path.get(..64).unwrap_or(&path);
    let text = format!("{path} {}", request.content.len());
    let fields =
        [("content-type", "text/plain"), ("x-method", method.get(..64).unwrap_or(&method))];
    response.fields(&fields).send(text.as_bytes())
}
