//! Media types (RFC 9110 §8.3.1) and Content-Type (§8.3).

use std::borrow::Cow;
use std::fmt;

use super::grammar::{self, Parameters};
use crate::request::RequestHead;

/// `type/subtype` with its parameters, borrowed.
///
/// ```
/// use nova_http::fields::MediaType;
///
/// let html = MediaType::parse("Text/HTML; charset=\"utf-8\"").unwrap();
/// assert!(html.is("text/html"));
/// assert_eq!(html.parameter("charset").as_deref(), Some("utf-8"));
/// assert!(MediaType::parse("text").is_none());
/// ```
#[derive(Clone, Copy)]
pub struct MediaType<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Known to be well-formed.
    parameters: &'a [u8],
}

impl<'a> MediaType<'a> {
    /// Reads a media type; `None` if it is not one, with all of its parameters.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Option<Self> {
        let (kind, rest) = grammar::split_token(grammar::trim(text.as_ref()))?;
        let (subtype, parameters) = grammar::split_token(rest.strip_prefix(b"/")?)?;
        let well_formed = Parameters(parameters).all(|parameter| parameter.is_ok());
        well_formed.then_some(Self { kind, subtype, parameters })
    }

    /// What is before the `/`, as it was sent: compare it without case.
    pub fn kind(&self) -> &'a str {
        self.kind
    }

    /// What is after the `/`, as it was sent: compare it without case.
    pub fn subtype(&self) -> &'a str {
        self.subtype
    }

    /// What is after the last `+` of the subtype (RFC 6838 §4.2.8), such as `json` in
    /// `application/problem+json`.
    pub fn suffix(&self) -> Option<&'a str> {
        self.subtype.rsplit_once('+').map(|(_, suffix)| suffix)
    }

    /// Whether this is `essence`, such as `text/html`, whatever its parameters and its case.
    pub fn is(&self, essence: &str) -> bool {
        essence.split_once('/').is_some_and(|(kind, subtype)| {
            self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
        })
    }

    /// The value of the parameter `name` (compared without case), unquoted. `None` if it is not
    /// there, is there more than once, or is not UTF-8.
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let parameters = Parameters(self.parameters).filter_map(Result::ok);
        let mut named = parameters.filter(|it| it.name.eq_ignore_ascii_case(name));
        let value = named.next().filter(|_| named.next().is_none())?.value();
        match value {
            Cow::Borrowed(octets) => str::from_utf8(octets).ok().map(Cow::Borrowed),
            Cow::Owned(octets) => String::from_utf8(octets).ok().map(Cow::Owned),
        }
    }

    /// All parameters in order, all of them well-formed.
    pub(super) fn parameters(&self) -> impl Iterator<Item = grammar::Parameter<'a>> + use<'a> {
        Parameters(self.parameters).filter_map(Result::ok)
    }
}

impl fmt::Debug for MediaType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = String::from_utf8_lossy(self.parameters);
        write!(f, "{}/{}{parameters}", self.kind, self.subtype)
    }
}

impl<'a> RequestHead<'a> {
    /// What kind of content the client has sent (RFC 9110 §8.3).
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// fn upload(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     match request.head.content_type() {
    ///         Some(kind) if kind.is("image/png") => response.send(b"a picture"),
    ///         _ => response.status(Status::UNSUPPORTED_MEDIA_TYPE).send(b"a PNG, please"),
    ///     }
    /// }
    /// ```
    pub fn content_type(&self) -> Option<MediaType<'a>> {
        MediaType::parse(self.only("content-type")?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::get;
    use super::*;

    /// Type, subtype, suffix and parameters are told apart, case does not matter.
    #[test]
    fn a_content_type_is_read() {
        let fields = [("Content-Type", "Application/Problem+JSON;Charset=\"a\\\"b\"; x=1")];
        let kind = get("/", &fields).content_type().unwrap();
        assert!(
            kind.is("application/problem+json") && !kind.is("application/json") && !kind.is("x")
        );
        assert_eq!((kind.kind(), kind.suffix()), ("Application", Some("JSON")));
        assert_eq!(kind.parameter("charset").as_deref(), Some("a\"b"));
        assert_eq!(kind.parameter("y"), None);
        assert_eq!(MediaType::parse("text/plain").unwrap().suffix(), None);
    }

    /// A type that is none, or that is said twice, is not guessed at.
    #[test]
    fn a_malformed_content_type_is_none() {
        for bad in
            ["", "text", "text/", "/plain", "text /plain", "text/plain x", "a/b;c", "a/b, c/d"]
        {
            assert!(get("/", &[("content-type", bad)]).content_type().is_none(), "{bad:?}");
        }
        let twice = [("content-type", "a/b"), ("content-type", "a/b")];
        assert!(get("/", &twice).content_type().is_none());
        assert_eq!(MediaType::parse("a/b;c=1;C=2").unwrap().parameter("c"), None);
        assert_eq!(MediaType::parse(b"a/b;c=\"\xff\"").unwrap().parameter("c"), None);
    }
}
