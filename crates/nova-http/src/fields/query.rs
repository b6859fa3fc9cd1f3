//! What a request-target contains, decoded: query parameters and the segments of the path.

use std::borrow::Cow;
use std::fmt;

use crate::request::RequestHead;

/// A part of a path has a `%` without two hexadecimal digits, or is not UTF-8 when decoded.
///
/// ```
/// use nova_http::fields::NotDecodable;
/// use nova_http::{Lookup, Method, Routes};
///
/// let mut routes = Routes::new();
/// routes.insert(Method::Get, "/{name}", ())?;
/// let Lookup::Found { params, .. } = routes.find(Method::Get, b"/%zz") else { panic!("404") };
/// assert_eq!(params.get("name"), Some("%zz"));
/// assert_eq!(params.decoded("name"), Some(Err(NotDecodable)));
/// # Ok::<(), nova_http::RouteError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotDecodable;

impl fmt::Display for NotDecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of the path is not a percent-encoding of UTF-8")
    }
}

impl std::error::Error for NotDecodable {}

/// Percent-decodes (RFC 3986 §2.1). A `%` that encodes nothing is an error: recipients differ in what
/// they make of it.
pub(crate) fn decode(octets: &[u8]) -> Result<Cow<'_, str>, NotDecodable> {
    let mut pieces = octets.split(|&octet| octet == b'%').skip(1);
    let encodes = |piece: &[u8]| piece.len() >= 2 && piece[..2].iter().all(u8::is_ascii_hexdigit);
    if !pieces.all(encodes) {
        return Err(NotDecodable);
    }
    percent_encoding::percent_decode(octets).decode_utf8().map_err(|_| NotDecodable)
}

impl<'a> RequestHead<'a> {
    /// The query as the pairs of a form (`application/x-www-form-urlencoded`, WHATWG URL §5.1): names
    /// and values, decoded, `+` being a space. What is not UTF-8 has U+FFFD in its place, and a
    /// stray `%` stays one, as in browsers.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response};
    ///
    /// fn echo(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     let lines = request.head.query_pairs().map(|(name, value)| format!("{name}: {value}\n"));
    ///     response.send(lines.collect::<String>().as_bytes())
    /// }
    /// ```
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        form_urlencoded::parse(self.query().unwrap_or_default())
    }

    /// The value of the first parameter called `name` in the query.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response};
    ///
    /// fn search(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     let wanted = request.head.query_value("q").unwrap_or_default();
    ///     response.send(format!("you look for {wanted:?}").as_bytes())
    /// }
    /// ```
    pub fn query_value(&self, name: &str) -> Option<Cow<'a, str>> {
        self.query_pairs().find(|(sent, _)| sent == name).map(|(_, value)| value)
    }

    /// The segments of the path (RFC 3986 §3.3), each decoded by itself: an encoded slash is part of
    /// a segment, and separates nothing. `/` has one empty segment, `*` has none.
    ///
    /// Nothing is normalised: a segment may be `.` or `..`, and a decoded one may contain a slash, a
    /// NUL or anything else, so it is not fit to be a file name as it is.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// fn last(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     match request.head.path_segments().last() {
    ///         Some(Ok(name)) => response.send(name.as_bytes()),
    ///         _ => response.status(Status::BAD_REQUEST).send(b""),
    ///     }
    /// }
    /// ```
    pub fn path_segments(&self) -> PathSegments<'a> {
        PathSegments { rest: self.path().strip_prefix(b"/") }
    }
}

/// The decoded segments of a path; see [`RequestHead::path_segments`].
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response, Status};
///
/// fn segments(request: &Request<'_>, response: Response<'_>) -> Answered {
///     match request.head.path_segments().collect::<Result<Vec<_>, _>>() {
///         Ok(segments) => response.send(segments.join(" | ").as_bytes()),
///         Err(_) => response.status(Status::BAD_REQUEST).send(b""),
///     }
/// }
///
/// let app = App::new(segments);
/// assert_eq!(app.get("/a%20b/c%2Fd").send().text(), "a b | c/d");
/// assert_eq!(app.get("/%zz").send().status(), 400);
/// ```
#[derive(Clone, Debug)]
pub struct PathSegments<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for PathSegments<'a> {
    type Item = Result<Cow<'a, str>, NotDecodable>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.rest.take()?;
        let slash = path.iter().position(|&octet| octet == b'/');
        self.rest = slash.map(|at| &path[at + 1..]);
        Some(decode(&path[..slash.unwrap_or(path.len())]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::get;
    use super::*;

    fn pairs(target: &str) -> Vec<(String, String)> {
        let head = get(target, &[]);
        head.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }

    /// Names and values are decoded as browsers encode them.
    #[test]
    fn a_query_is_pairs() {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        assert_eq!(
            pairs("/?a=1&b=%C3%A4+x&c&=d&&a=2"),
            own(&[("a", "1"), ("b", "ä x"), ("c", ""), ("", "d"), ("a", "2")])
        );
        assert_eq!(pairs("/?a=%zz&b=%FF%"), own(&[("a", "%zz"), ("b", "\u{fffd}%")]));
        assert_eq!(pairs("/?a=b?c=d"), own(&[("a", "b?c=d")]));
        assert_eq!(pairs("/"), []);
        assert_eq!(pairs("/?"), []);
        let head = get("/?a=1&b=%C3%A4&a=2", &[]);
        assert_eq!(head.query_value("a").as_deref(), Some("1"));
        assert_eq!(head.query_value("A"), None);
    }

    /// Segments are decoded one by one; a slash that was encoded separates nothing.
    #[test]
    fn a_path_is_segments() {
        let segments = |target: &str| -> Vec<Result<String, NotDecodable>> {
            get(target, &[]).path_segments().map(|it| it.map(Cow::into_owned)).collect()
        };
        let ok = |names: &[&str]| -> Vec<Result<String, NotDecodable>> {
            names.iter().map(|&name| Ok(name.to_owned())).collect()
        };
        assert_eq!(segments("/a//b%2Fc/../%C3%A4+/?x/y"), ok(&["a", "", "b/c", "..", "ä+", ""]));
        assert_eq!(segments("/"), ok(&[""]));
        assert_eq!(segments("*"), []);
        assert_eq!(
            segments("/%zz/%/%4/%FF/%41"),
            [
                Err(NotDecodable),
                Err(NotDecodable),
                Err(NotDecodable),
                Err(NotDecodable),
                Ok("A".to_owned())
            ]
        );
    }

    /// What needs no decoding is not copied.
    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(decode(b"plain"), Ok(Cow::Borrowed("plain"))));
        let head = get("/plain?a=b", &[]);
        assert!(matches!(head.query_value("a"), Some(Cow::Borrowed("b"))));
    }
}
