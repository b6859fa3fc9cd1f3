//! Request methods (RFC 9110 §9): case-sensitive tokens.

use std::fmt;

/// A request method. The registered ones of RFC 9110 and RFC 5789 by name, the others as octets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method<'a> {
    /// RFC 9110 §9.3.1
    Get,
    /// RFC 9110 §9.3.2
    Head,
    /// RFC 9110 §9.3.3
    Post,
    /// RFC 9110 §9.3.4
    Put,
    /// RFC 9110 §9.3.5
    Delete,
    /// RFC 9110 §9.3.6
    Connect,
    /// RFC 9110 §9.3.7
    Options,
    /// RFC 9110 §9.3.8
    Trace,
    /// RFC 5789
    Patch,
    /// Any other token, as it was sent.
    Other(&'a [u8]),
}

impl<'a> Method<'a> {
    /// The names that stand for themselves, for look-ups and tests.
    pub const NAMED: [Method<'static>; 9] = [
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
        Method::Delete,
        Method::Connect,
        Method::Options,
        Method::Trace,
        Method::Patch,
    ];

    /// The method that `token` names. The caller has checked that it is a token.
    pub fn from_token(token: &'a [u8]) -> Self {
        match token {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"CONNECT" => Self::Connect,
            b"OPTIONS" => Self::Options,
            b"TRACE" => Self::Trace,
            b"PATCH" => Self::Patch,
            other => Self::Other(other),
        }
    }

    /// The token on the wire.
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Get => b"GET",
            Self::Head => b"HEAD",
            Self::Post => b"POST",
            Self::Put => b"PUT",
            Self::Delete => b"DELETE",
            Self::Connect => b"CONNECT",
            Self::Options => b"OPTIONS",
            Self::Trace => b"TRACE",
            Self::Patch => b"PATCH",
            Self::Other(token) => token,
        }
    }

    /// The method without the octets of its head, if it is a named one.
    pub(crate) fn named(&self) -> Option<Method<'static>> {
        Method::NAMED.into_iter().find(|named| named == self)
    }

    /// Whether this is a named method written in another case, such as `get`.
    ///
    /// Methods are case-sensitive (RFC 9110 §9.1), so `get` is not GET. An application or a log
    /// that compares without case would take it for one, so the server answers 501.
    pub fn is_case_variant(&self) -> bool {
        match self {
            Self::Other(token) => {
                Self::NAMED.iter().any(|named| named.as_bytes().eq_ignore_ascii_case(token))
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}
