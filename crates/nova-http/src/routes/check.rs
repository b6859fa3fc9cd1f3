//! Routes that cannot be: found when they are added, and told in a sentence.

use std::fmt;

use crate::Method;
use crate::fields::grammar;

/// Refuses routes that no request can take.
pub(super) fn check(method: Method<'_>, path: &str) -> Result<(), RouteError> {
    let because = |reason: String| RouteError::Useless { path: path.to_owned(), reason };
    let token = grammar::split_token(method.as_bytes());
    if token.is_none_or(|(_, rest)| !rest.is_empty()) || method.is_case_variant() {
        return Err(because(format!("no request has the method {method:?} (case matters)")));
    }
    if !path.starts_with('/') {
        return Err(because("it must begin with a slash".to_owned()));
    }
    let mut names = Vec::new();
    let mut segments = path[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let Some(name) = segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
            check_literal(segment).map_err(because)?;
            continue;
        };
        let bare = name.strip_prefix('*').unwrap_or(name);
        if bare.is_empty() || bare.contains(['{', '}', '*']) {
            return Err(because(format!("'{segment}' has no name that a parameter can have")));
        }
        if bare != name && segments.peek().is_some() {
            return Err(because(format!(
                "'{segment}' stands for all the rest, so it must be last"
            )));
        }
        if names.contains(&bare) {
            return Err(because(format!("two of its parameters are called '{bare}'")));
        }
        names.push(bare);
    }
    Ok(())
}

fn check_literal(segment: &str) -> Result<(), String> {
    match segment.chars().find(|letter| !letter.is_ascii_graphic() || "{}?#".contains(*letter)) {
        None => Ok(()),
        Some('{' | '}') => Err(format!("a parameter is a whole segment, and '{segment}' is not")),
        Some(letter @ ('?' | '#')) => Err(format!("a path ends before its '{letter}'")),
        Some(letter) => {
            let octets = letter.to_string().into_bytes();
            let encoded: String = octets.iter().map(|octet| format!("%{octet:02X}")).collect();
            Err(format!("clients send {letter:?} as {encoded}, so write that"))
        }
    }
}

/// Why a route cannot be added.
///
/// ```
/// use nova_http::{Method, RouteError, Routes};
///
/// let mut routes = Routes::new();
/// routes.insert(Method::Get, "/users/{id}", ())?;
/// let error = routes.insert(Method::Get, "/users/{name}", ()).unwrap_err();
/// assert!(matches!(&error, RouteError::Conflict { with, .. } if with == "/users/{id}"));
/// println!("{error}"); // Says what to do about it.
/// let error = routes.insert(Method::Get, "users", ()).unwrap_err();
/// assert!(matches!(error, RouteError::Useless { .. }));
/// # Ok::<(), RouteError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// This route is there already.
    Twice {
        /// Its method.
        method: String,
        /// Its path.
        path: String,
    },
    /// Some requests would fit both routes, and neither is the more special one.
    Conflict {
        /// The path of the new route.
        path: String,
        /// The path of the route that was there before.
        with: String,
    },
    /// No request can take this route, or its path does not mean what it looks like.
    Useless {
        /// The path of the route.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice { method, path } => write!(f, "there are two routes for {method} {path}"),
            Self::Conflict { path, with } => write!(
                f,
                "the routes {path} and {with} fit the same paths: call their parameters the same, \
                 or let a literal segment tell them apart"
            ),
            Self::Useless { path, reason } => write!(f, "the route {path:?} is wrong: {reason}"),
        }
    }
}

impl std::error::Error for RouteError {}
