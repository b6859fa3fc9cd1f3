//! Cookie (RFC 6265 §4.2): `name=value` pairs, separated by semicolons.

use super::grammar;
use crate::request::RequestHead;

impl<'a> RequestHead<'a> {
    /// The client's cookies in the order in which they were sent, as names and values.
    ///
    /// Values are what the server once set: quotes around one belong to it, and nothing is
    /// percent-decoded. What is no `name=value` pair, and what is not UTF-8, is left out.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response};
    ///
    /// fn count(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     let cookies = request.head.cookies().count();
    ///     response.send(cookies.to_string().as_bytes())
    /// }
    /// ```
    pub fn cookies(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        // HTTP/2 allows more than one field line (RFC 9113 §8.2.3).
        let pairs = self.fields.all("cookie").flat_map(|line| line.split(|&octet| octet == b';'));
        pairs.filter_map(|pair| {
            let (name, rest) = grammar::split_token(grammar::trim(pair))?;
            Some((name, str::from_utf8(rest.strip_prefix(b"=")?).ok()?))
        })
    }

    /// The value of the first cookie called `name`; the name's case matters.
    ///
    /// A neighbouring domain can add cookies of the same name in front or behind (RFC 6265 §8.6), so
    /// what a cookie says must be proved by the value itself.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// fn account(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     match request.head.cookie("session") {
    ///         Some(session) => response.send(session.as_bytes()),
    ///         None => response.status(Status::FORBIDDEN).send(b""),
    ///     }
    /// }
    /// ```
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.cookies().find(|(sent, _)| *sent == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::get;

    /// Pairs come in order, from all lines; values stay as they are.
    #[test]
    fn cookies_are_pairs() {
        let fields =
            [("Cookie", "a=1; b=\"x y\";c=;a=2"), ("X", "y"), ("cookie", "d=e=f; é=1; g=é")];
        let head = get("/", &fields);
        let expected =
            [("a", "1"), ("b", "\"x y\""), ("c", ""), ("a", "2"), ("d", "e=f"), ("g", "é")];
        assert!(head.cookies().eq(expected));
        assert_eq!(head.cookie("a"), Some("1"));
        assert_eq!(head.cookie("A"), None);
    }

    /// What is no pair is left out, and the others stay.
    #[test]
    fn what_is_no_pair_is_left_out() {
        let fields = [("Cookie", "; =1; lonely; ;sp ace=1;a =2; ok=%20 ;;")];
        assert!(get("/", &fields).cookies().eq([("ok", "%20")]));
        assert_eq!(get("/", &[]).cookie("a"), None);
    }
}
