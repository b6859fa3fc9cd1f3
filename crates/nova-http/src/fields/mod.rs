//! What the common fields of a request mean (RFC 9110 and its neighbours).
//!
//! Everything here is asked of a [`RequestHead`], reads the octets as they were received, and
//! allocates only where something has to be decoded. What is not well-formed is `None`: it is never
//! a panic, and never a guess. A field that may be there only once and is there twice is `None`,
//! too, because two recipients would pick different ones.
//!
//! | field | asked with | source |
//! |---|---|---|
//! | Content-Type | [`RequestHead::content_type`] | RFC 9110 §8.3 |
//! | Content-Length | [`RequestHead::content_length`] | RFC 9110 §8.6 |
//! | User-Agent | [`RequestHead::user_agent`] | RFC 9110 §10.1.5 |
//! | Accept | [`RequestHead::accepts`] | RFC 9110 §12.5.1 |
//! | Authorization | [`RequestHead::authorization`] | RFC 9110 §11.6.2, 7617, 6750 |
//! | Cookie | [`RequestHead::cookies`], [`RequestHead::cookie`] | RFC 6265 §4.2 |
//! | If-Match, If-None-Match | [`RequestHead::if_match`], [`RequestHead::if_none_match`] | RFC 9110 §13.1 |
//! | If-Modified-Since, If-Unmodified-Since | [`RequestHead::if_modified_since`] and its sibling | RFC 9110 §13.1 |
//! | all four together | [`RequestHead::precondition`] | RFC 9110 §13.2.2 |
//! | Range | [`RequestHead::range`] | RFC 9110 §14.2 |
//! | the query | [`RequestHead::query_pairs`], [`RequestHead::query_value`] | WHATWG URL |
//! | the path | [`RequestHead::path_segments`] | RFC 3986 §3.3 |
//!
//! A field that is not in the table is `head.fields.get("name")`; which host is asked is
//! [`RequestHead::authority`].
//!
//! The grammar is read by our own hand, because Accept, Content-Type and Forwarded share it; that of
//! [`MediaType`] as well, because `mime` copies the text and `mediatype` allocates its parameters.
//! Dates, Base64 and the encodings of URLs come from libraries.

mod accept;
mod authorization;
mod conditional;
mod cookies;
mod entity_tag;
pub(crate) mod grammar;
mod media_type;
mod query;
mod range;

pub use authorization::{Authorization, Basic};
pub use conditional::Precondition;
pub use entity_tag::{EntityTag, EntityTags};
pub use media_type::MediaType;
pub(crate) use query::decode;
pub use query::{NotDecodable, PathSegments};
pub use range::{ByteRange, ByteRanges};

use crate::request::RequestHead;

impl<'a> RequestHead<'a> {
    /// The value of the field `name` if exactly one line has it.
    pub(crate) fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut values = self.fields.all(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// How many octets of content the client has announced; `None` if it did not say (RFC 9110 §8.6).
    ///
    /// The engine has read the field before, and more strictly; this repeats its verdict for those
    /// who did not see the content come.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// fn upload(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     match request.head.content_length() {
    ///         Some(length) if length > 1_000 => response.status(Status::CONTENT_TOO_LARGE).send(b""),
    ///         _ => response.send(b"thanks"),
    ///     }
    /// }
    /// ```
    pub fn content_length(&self) -> Option<u64> {
        grammar::number(self.only("content-length")?)
    }

    /// What the client calls itself (RFC 9110 §10.1.5), if that is UTF-8.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response};
    ///
    /// fn who(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     response.send(request.head.user_agent().unwrap_or("somebody").as_bytes())
    /// }
    /// ```
    pub fn user_agent(&self) -> Option<&'a str> {
        str::from_utf8(self.only("user-agent")?).ok()
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Heads for the tests of this room and its neighbours.

    use nova_http1::{Fields, Method, Target, TargetForm, Version};

    use crate::request::RequestHead;

    /// What clients send that means nothing: every reader gets all of it.
    pub(crate) const ODD: &[&str] = &[
        "",
        " ",
        ",",
        ";",
        "=",
        "\"",
        "\\",
        "/",
        "*",
        "%",
        "-",
        ":",
        "\0",
        "\u{fffd}",
        "ü",
        ",,,,",
        ";;;;",
        "====",
        "\"\"\"",
        "\"\\",
        "\"\\\"",
        "a=\"",
        "a=\"\\",
        "a/b;c=\"",
        "a/b;c",
        "a/b;=c",
        "/b",
        "a/",
        "a//b",
        "a/b c",
        "W/",
        "W/\"",
        "w/\"a\"",
        "\"a\"\"b\"",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=1",
        "bytes=--1",
        "bytes=a-b",
        "bytes=99999999999999999999999-",
        "basic",
        "basic ",
        "Basic !!!!",
        "Basic YQ",
        "Bearer",
        "Bearer a b",
        "q=",
        "a;q=2",
        "a/b;q=1.0000",
        "a/b;q=-1",
        "99",
        "+1",
        "-1",
        "1e3",
        "18446744073709551616",
        "Mon",
        "Sun, 99 Nov 9999 99:99:99 GMT",
        "Thu, 01 Jan 0000 00:00:00 GMT",
        "Sun Nov 0 00:00:00 0000",
        "Sunday, 06-Nov-94 08:49:37 GMTT",
    ];

    /// A GET request with these field lines.
    pub(crate) fn get<'a>(target: &'a str, fields: &'a [(&'a str, &'a str)]) -> RequestHead<'a> {
        head(Method::Get, target, fields)
    }

    /// A request with these field lines.
    pub(crate) fn head<'a>(
        method: Method<'a>,
        target: &'a str,
        fields: &'a [(&'a str, &'a str)],
    ) -> RequestHead<'a> {
        let form = if target == "*" { TargetForm::Asterisk } else { TargetForm::Origin };
        RequestHead {
            method,
            target: Target { raw: target.as_bytes(), form },
            version: Version::Http11,
            fields: Fields::from_pairs(fields),
            upgrade: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::testing::{ODD, get};

    /// A length is digits, once; everything else is none.
    #[test]
    fn a_content_length_is_digits() {
        assert_eq!(get("/", &[("Content-Length", "42")]).content_length(), Some(42));
        assert_eq!(get("/", &[("content-length", "007")]).content_length(), Some(7));
        for bad in ["", "+1", "-1", "1 2", "1,1", "0x10", "18446744073709551616", "٣"] {
            assert_eq!(get("/", &[("Content-Length", bad)]).content_length(), None, "{bad:?}");
        }
        let twice = [("Content-Length", "1"), ("Content-Length", "1")];
        assert_eq!(get("/", &twice).content_length(), None);
    }

    /// Whatever a client sends in any of these fields, asking for it does not panic.
    #[test]
    fn odd_values_do_not_panic() {
        let names = [
            "content-type",
            "content-length",
            "user-agent",
            "accept",
            "authorization",
            "cookie",
            "if-match",
            "if-none-match",
            "if-modified-since",
            "if-unmodified-since",
            "if-range",
            "range",
        ];
        for value in ODD {
            for cut in (0..=value.len()).filter(|&cut| value.is_char_boundary(cut)) {
                let fields = names.map(|name| (name, &value[cut..]));
                let head = get("/", &fields);
                let _ = (head.content_length(), head.user_agent(), head.accepts(&[value, "a/b"]));
                let _ = (head.content_type().map(|it| it.parameter("c")), head.authorization());
                let _ = (head.cookies().count(), head.cookie("a"), head.precondition(None, None));
                let _ = (head.if_modified_since(), head.if_unmodified_since());
                let now = Some(SystemTime::now());
                let _ = head.range(None, now).map(|ranges| ranges.resolve(100).count());
            }
        }
    }
}
