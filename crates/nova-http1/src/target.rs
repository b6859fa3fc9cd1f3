//! The request-target (RFC 9112 §3.2) and its four forms, as slices of what was sent.
//!
//! Nothing is decoded, normalised or guessed here: `%2F` stays `%2F`, `//` stays `//`.

use std::fmt;

use crate::host::{is_host, is_host_with_port};
use crate::{Fault, Method};

/// A request-target, split into what its form contains.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// The whole request-target as it was sent.
    pub raw: &'a [u8],
    /// Which of the four forms it has.
    pub form: TargetForm<'a>,
}

/// The four forms of RFC 9112 §3.2.1–3.2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetForm<'a> {
    /// `/path?query`: a path on this server.
    Origin,
    /// `http://authority/path?query`: as sent to proxies; servers must accept it (§3.2.2).
    Absolute {
        /// Before `://`.
        scheme: &'a [u8],
        /// Between `://` and the path.
        authority: &'a [u8],
        /// From the first `/` or `?`; empty if there is none.
        path_and_query: &'a [u8],
    },
    /// `host:port`, only with CONNECT.
    Authority,
    /// `*`, only with OPTIONS.
    Asterisk,
}

impl<'a> Target<'a> {
    /// Finds the form of the target `raw`, whose octets are all legal in a target. Whether CONNECT may
    /// have a path, the program says, if it `leaves` that to it.
    ///
    /// # Errors
    /// [`Fault::Target`] if it has none of the four, or one that does not go with `method`.
    #[inline]
    pub(crate) fn parse(method: Method<'_>, raw: &'a [u8], leaves: bool) -> Result<Self, Fault> {
        match raw {
            [b'/', ..] if method != Method::Connect || leaves => {
                Ok(Self { raw, form: TargetForm::Origin })
            }
            _ => Self::parse_unusual(method, raw),
        }
    }

    fn parse_unusual(method: Method<'_>, raw: &'a [u8]) -> Result<Self, Fault> {
        let form = match method {
            // [9110-7.1-a]
            // §3.2.3: "only used for CONNECT requests", and the only one that they may use.
            // [9110-9.3.6-a]
            Method::Connect if is_host_with_port(raw) => TargetForm::Authority,
            Method::Connect => return Err(Fault::Target),
            // [9110-7.1-a]
            // §3.2.4: "only used for a server-wide OPTIONS request".
            Method::Options if raw == b"*" => TargetForm::Asterisk,
            _ => Self::parse_absolute(raw).ok_or(Fault::Target)?,
        };
        Ok(Self { raw, form })
    }

    /// `http` and `https` with an authority that has no userinfo (RFC 9110 §4.2.4).
    fn parse_absolute(raw: &'a [u8]) -> Option<TargetForm<'a>> {
        // [9112-3.2.2-b]
        let colon = raw.iter().position(|&octet| octet == b':')?;
        let (scheme, rest) = raw.split_at(colon);
        if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
            return None;
        }
        let rest = rest.strip_prefix(b"://")?;
        let end = rest.iter().position(|octet| matches!(octet, b'/' | b'?'));
        let (authority, path_and_query) = rest.split_at(end.unwrap_or(rest.len()));
        // [9110-4.2.1-a] [9110-4.2.2-a] [9110-4.2.4-a]
        is_host(authority).then_some(TargetForm::Absolute { scheme, authority, path_and_query })
    }

    /// The path with its query, beginning with `/`; `*` for the asterisk-form, empty for the
    /// authority-form. An absolute-form without a path has the path `/` (RFC 9110 §4.2.3).
    pub fn path_and_query(&self) -> &'a [u8] {
        match self.form {
            TargetForm::Origin | TargetForm::Asterisk => self.raw,
            TargetForm::Absolute { path_and_query: b"", .. } => b"/",
            TargetForm::Absolute { path_and_query, .. } => path_and_query,
            TargetForm::Authority => b"",
        }
    }

    /// The path without its query.
    pub fn path(&self) -> &'a [u8] {
        self.split_query().0
    }

    /// What follows the first `?`, if there is one.
    pub fn query(&self) -> Option<&'a [u8]> {
        self.split_query().1
    }

    fn split_query(&self) -> (&'a [u8], Option<&'a [u8]>) {
        let whole = self.path_and_query();
        match whole.iter().position(|&octet| octet == b'?') {
            Some(at) => match &whole[..at] {
                b"" => (b"/", Some(&whole[at + 1..])),
                path => (path, Some(&whole[at + 1..])),
            },
            None => (whole, None),
        }
    }

    /// The authority that the target itself names (absolute- and authority-form).
    pub fn authority(&self) -> Option<&'a [u8]> {
        match self.form {
            TargetForm::Absolute { authority, .. } => Some(authority),
            TargetForm::Authority => Some(self.raw),
            TargetForm::Origin | TargetForm::Asterisk => None,
        }
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A URI with an authority has a host, and nobody's password.
    /// Shows [9110-4.2.1-a] [9110-4.2.2-a] [9110-4.2.4-a].
    #[test]
    fn an_absolute_form_has_a_host_and_no_userinfo() {
        for scheme in ["http", "https", "HTTPS"] {
            let parse = |rest: &str| {
                let raw = format!("{scheme}:{rest}");
                Target::parse(Method::Get, raw.as_bytes(), false)
                    .map(|target| format!("{target:?}"))
            };
            for good in ["//h", "//h/", "//h:1/p", "//[::1]/", "//h?q"] {
                assert!(parse(good).is_ok(), "{scheme}:{good}");
            }
            for bad in
                ["", "/", "//", "///", "///p", "//:443/", "//?q", "//u@h/", "//u:p@h/", "//@h"]
            {
                assert_eq!(parse(bad), Err(Fault::Target), "{scheme}:{bad}");
            }
        }
    }

    /// CONNECT names a host and a port, unless the program has its own say.
    #[test]
    fn connect_with_a_path_is_left_to_the_program() {
        let form = |raw, leaves| Target::parse(Method::Connect, raw, leaves).map(|it| it.form);
        assert_eq!(form(b"h:443", true), Ok(TargetForm::Authority));
        assert_eq!(form(b"/p", true), Ok(TargetForm::Origin));
        assert_eq!(form(b"/p", false), Err(Fault::Target));
        assert_eq!(form(b"h", true), Err(Fault::Target));
    }
}
