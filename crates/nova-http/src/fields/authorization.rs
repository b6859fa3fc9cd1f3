//! Authorization (RFC 9110 §11.6.2): Basic (RFC 7617) and Bearer (RFC 6750) understood, others named.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::grammar;
use crate::request::RequestHead;

/// What a client has sent to prove who it is. Printing one for debugging shows no secret.
///
/// ```
/// use nova_http::fields::Authorization;
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response, Status};
///
/// fn who(request: &Request<'_>, response: Response<'_>) -> Answered {
///     match request.head.authorization() {
///         Some(Authorization::Basic(basic)) => response.send(basic.user().as_bytes()),
///         Some(Authorization::Bearer(token)) => response.send(token.as_bytes()),
///         _ => response.status(Status::UNAUTHORIZED).send(b""),
///     }
/// }
///
/// let app = App::new(who);
/// assert_eq!(app.get("/").field("authorization", "Bearer abc").send().text(), "abc");
/// assert_eq!(app.get("/").field("authorization", "Digest a=b").send().status(), 401);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authorization<'a> {
    /// A name and a password.
    Basic(Basic),
    /// A token of the characters that RFC 6750 §2.1 allows.
    Bearer(&'a str),
    /// Another scheme.
    Other {
        /// As it was sent: compare it without case.
        scheme: &'a str,
        /// Everything that follows it.
        credentials: &'a [u8],
    },
}

/// The credentials of the Basic scheme, decoded.
///
/// ```
/// use nova_http::fields::Authorization;
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response, Status};
///
/// fn who(request: &Request<'_>, response: Response<'_>) -> Answered {
///     let Some(Authorization::Basic(basic)) = request.head.authorization() else {
///         return response.status(Status::UNAUTHORIZED).send(b"");
///     };
///     let text = format!("{}, with {} octets", basic.user(), basic.password().len());
///     response.send(text.as_bytes())
/// }
///
/// // ada:secret
/// let asking = App::new(who).get("/").field("authorization", "Basic YWRhOnNlY3JldA==");
/// assert_eq!(asking.send().text(), "ada, with 6 octets");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    decoded: String,
    colon: usize,
}

impl Basic {
    /// What is before the first colon.
    pub fn user(&self) -> &str {
        &self.decoded[..self.colon]
    }

    /// What is after the first colon. Compare it in constant time.
    pub fn password(&self) -> &str {
        &self.decoded[self.colon + 1..]
    }

    /// `user-id ":" password` in Base64, in UTF-8 and without control characters (RFC 7617 §2).
    fn decode(credentials: &[u8]) -> Option<Self> {
        let decoded = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
        let colon = decoded.find(':')?;
        (!decoded.contains(char::is_control)).then_some(Self { decoded, colon })
    }
}

impl<'a> RequestHead<'a> {
    /// The client's credentials. `None` if there are none, or some that their scheme does not allow.
    ///
    /// ```
    /// use nova_http::fields::Authorization;
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// fn account(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     match request.head.authorization() {
    ///         Some(Authorization::Basic(basic)) => response.send(basic.user().as_bytes()),
    ///         Some(Authorization::Bearer(_token)) => response.send(b"a machine"),
    ///         _ => {
    ///             let challenge = [("www-authenticate", "Basic realm=\"account\"")];
    ///             response.status(Status::UNAUTHORIZED).fields(&challenge).send(b"")
    ///         }
    ///     }
    /// }
    /// ```
    pub fn authorization(&self) -> Option<Authorization<'a>> {
        let (scheme, rest) = grammar::split_token(self.only("authorization")?)?;
        let credentials = match rest {
            [] => rest,
            // credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
            [b' ', ..] => grammar::trim(rest),
            _ => return None,
        };
        if scheme.eq_ignore_ascii_case("basic") {
            return Basic::decode(credentials).map(Authorization::Basic);
        }
        if scheme.eq_ignore_ascii_case("bearer") {
            return bearer(credentials).map(Authorization::Bearer);
        }
        Some(Authorization::Other { scheme, credentials })
    }
}

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn bearer(credentials: &[u8]) -> Option<&str> {
    let token = str::from_utf8(credentials).ok()?;
    let bare = token.trim_end_matches('=');
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~+/".contains(&octet);
    (!bare.is_empty() && bare.bytes().all(allowed)).then_some(token)
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic(basic) => basic.fmt(f),
            Self::Bearer(_) => f.write_str("Bearer(…)"),
            Self::Other { scheme, .. } => write!(f, "{scheme}(…)"),
        }
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Basic({:?}, …)", self.user())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::get;
    use super::*;

    fn user_and_password(value: &str) -> Option<(String, String)> {
        match get("/", &[("Authorization", value)]).authorization()? {
            Authorization::Basic(basic) => Some((basic.user().into(), basic.password().into())),
            _ => None,
        }
    }

    /// The examples of RFC 7617 §2 and §2.1, and what else a name and a password may be.
    #[test]
    fn basic_credentials_are_decoded() {
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(
            user_and_password("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            pair("Aladdin", "open sesame")
        );
        assert_eq!(user_and_password("bASIC   dGVzdDoxMjPCow=="), pair("test", "123£"));
        assert_eq!(user_and_password("Basic Og=="), pair("", ""));
        assert_eq!(user_and_password("Basic YTpiOmM="), pair("a", "b:c"));
    }

    /// No colon, no Base64, no UTF-8, control characters, two fields: no credentials.
    #[test]
    fn malformed_credentials_are_none() {
        for bad in [
            "Basic",
            "Basic ",
            "Basic YWI=",
            "Basic YTpi Yzpk",
            "Basic YTpi=",
            "Basic !",
            "Basic /zo=",
            "Basic YToK",
            "Basic\tYTpi",
            "Basic,YTpi",
            "=",
            "",
        ] {
            assert_eq!(get("/", &[("Authorization", bad)]).authorization(), None, "{bad:?}");
        }
        for bad in ["Bearer", "Bearer =", "Bearer a=b", "Bearer a b", "Bearer a,b", "Bearer é"] {
            assert_eq!(get("/", &[("Authorization", bad)]).authorization(), None, "{bad:?}");
        }
        let twice = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")];
        assert_eq!(get("/", &twice).authorization(), None);
    }

    #[test]
    fn bearer_tokens_and_other_schemes_are_handed_over() {
        let of = |value: &'static str| {
            let fields = [("Authorization", value)];
            match get("/", &fields).authorization() {
                Some(Authorization::Bearer(token)) => token.to_owned(),
                Some(Authorization::Other { scheme, credentials }) => {
                    format!("{scheme}: {}", String::from_utf8_lossy(credentials))
                }
                other => format!("{other:?}"),
            }
        };
        assert_eq!(of("Bearer mF_9.B5f-4.1JqM=="), "mF_9.B5f-4.1JqM==");
        assert_eq!(of("Digest a=b, c=\"d\""), "Digest: a=b, c=\"d\"");
        assert_eq!(of("Negotiate"), "Negotiate: ");
    }

    #[test]
    fn secrets_are_not_printed() {
        for value in ["Basic YTpzZWNyZXQ=", "Bearer secret", "Other secret"] {
            let fields = [("Authorization", value)];
            let printed = format!("{:?}", get("/", &fields).authorization());
            assert!(!printed.contains("secret"), "{printed}");
        }
    }
}
