//! Which route a request takes: the look-up, without anything that answers.
//!
//! Paths are matched **as they were sent** (RFC 3986 §3.3): nothing is decoded, no case is folded, no
//! `//`, `/./` or `/../` is resolved and no slash at the end added or dropped. So `/%61` is not `/a`,
//! `/a/` is not `/a`, and `/a/../b` is three segments. Whoever guards paths in front of us by another
//! idea of sameness is wrong in only one direction: what he does not know we do not serve.
//!
//! The path decides first and the method second: where `/users/me` has GET and `/users/{id}` has
//! POST, a POST to `/users/me` is not allowed.
//!
//! `matchit` finds paths with parameters. Paths without any are found in a table before, which gives
//! the same answers (a literal segment always goes before a parameter) and does not allocate where a
//! parameter is beside it. A look-up allocates only for more than three parameters, or when patterns
//! with parameters overlap (`/{tenant}/users` beside `/files/{name}`).
//!
//! A parameter is a whole segment, though `matchit` 0.9 knows prefixes and suffixes, too: with those,
//! what conflicts depends on the order of insertion, and a path can miss a route that it fits
//! (`/aa/a` finds no `/{x}/{y}` beside `/{x}a/b`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

pub use self::check::RouteError;
use self::check::check;
use crate::Method;
use crate::fields::{self, NotDecodable};

/// A table from method and path to anything.
///
/// ```
/// use nova_http::{Lookup, Method, Routes};
///
/// let mut routes = Routes::new();
/// routes.insert(Method::Get, "/users/{id}", "user").unwrap();
/// match routes.find(Method::Head, b"/users/7%2F8") {
///     Lookup::Found { value, params } => {
///         assert_eq!(*value, "user");
///         assert_eq!(params.get("id"), Some("7%2F8"));
///     }
///     other => panic!("{other:?}"),
/// }
/// assert!(matches!(routes.find(Method::Get, b"/"), Lookup::NotFound));
/// ```
#[derive(Clone)]
pub struct Routes<T> {
    resources: Vec<Resource<T>>,
    /// Paths without parameters, by the index of their resource.
    literal: HashMap<Box<str>, usize>,
    /// All others.
    patterns: matchit::Router<usize>,
    /// The methods of all resources.
    allow: String,
}

/// A path and what answers there.
#[derive(Clone)]
struct Resource<T> {
    path: Box<str>,
    methods: Vec<(Box<[u8]>, T)>,
    /// The value of Allow.
    allow: String,
}

/// What [`Routes::find`] has found.
///
/// ```
/// use nova_http::{Lookup, Method, Routes};
///
/// let mut routes = Routes::new();
/// routes.insert(Method::Get, "/notes/{id}", "a note")?;
///
/// let found = routes.find(Method::Get, b"/notes/7");
/// assert!(matches!(found, Lookup::Found { value: &"a note", .. }));
/// let wrong = routes.find(Method::Put, b"/notes/7");
/// assert!(matches!(wrong, Lookup::NotAllowed { allow: "GET, HEAD, OPTIONS" }));
/// assert!(matches!(routes.find(Method::Get, b"/notes"), Lookup::NotFound));
/// # Ok::<(), nova_http::RouteError>(())
/// ```
#[derive(Debug)]
pub enum Lookup<'a, T> {
    /// The route.
    Found {
        /// What was inserted for it.
        value: &'a T,
        /// What its parameters stand for.
        params: PathParams<'a>,
    },
    /// The path is known, the method is not among those that it has. Also for an OPTIONS that has no
    /// route of its own, and for the path `*`, whose methods are those of all paths.
    NotAllowed {
        /// The value of Allow (RFC 9110 §10.2.1).
        allow: &'a str,
    },
    /// Nothing is there.
    NotFound,
}

/// What the parameters of a path stand for.
///
/// ```
/// use nova_http::{Lookup, Method, Routes};
///
/// let mut routes = Routes::new();
/// routes.insert(Method::Get, "/{user}/{*rest}", ())?;
/// let found = routes.find(Method::Get, b"/ada%20l/a/b");
/// let Lookup::Found { params, .. } = found else { panic!("404") };
/// assert_eq!(params.get("user"), Some("ada%20l"));
/// assert_eq!(params.decoded("user"), Some(Ok("ada l".into())));
/// assert!(params.iter().eq([("user", "ada%20l"), ("rest", "a/b")]));
/// # Ok::<(), nova_http::RouteError>(())
/// ```
#[derive(Debug, Default)]
pub struct PathParams<'a>(Option<matchit::Params<'a, 'a>>);

impl<'a> PathParams<'a> {
    /// What `name` stands for, as it was sent. Never empty.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.as_ref()?.get(name)
    }

    /// What `name` stands for, percent-decoded; copied only if something is encoded.
    pub fn decoded(&self, name: &str) -> Option<Result<Cow<'a, str>, NotDecodable>> {
        Some(fields::decode(self.get(name)?.as_bytes()))
    }

    /// Names and what they stand for, as it was sent, in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().flat_map(matchit::Params::iter)
    }
}

impl<T> Routes<T> {
    /// An empty table.
    pub fn new() -> Self {
        Self {
            resources: Vec::new(),
            literal: HashMap::new(),
            patterns: matchit::Router::new(),
            allow: String::new(),
        }
    }

    /// Adds a route. In `path`, `{name}` stands for one segment and `{*name}` at the end for all the
    /// rest; neither stands for nothing. The order in which routes are added does not matter.
    ///
    /// # Errors
    /// A route that could never be taken, or that would take another's requests; the table is then as
    /// it was.
    pub fn insert(&mut self, method: Method<'_>, path: &str, value: T) -> Result<(), RouteError> {
        check(method, path)?;
        let index = match self.resources.iter().position(|resource| *resource.path == *path) {
            Some(index) => index,
            None => self.add(path)?,
        };
        let resource = &mut self.resources[index];
        if resource.get(method).is_some() {
            let method = String::from_utf8_lossy(method.as_bytes()).into_owned();
            return Err(RouteError::Twice { method, path: path.to_owned() });
        }
        resource.methods.push((method.as_bytes().into(), value));
        resource.allow = allow(resource.methods.iter().map(|(method, _)| &**method));
        let all = self.resources.iter().flat_map(|resource| &resource.methods);
        self.allow = allow(all.map(|(method, _)| &**method));
        Ok(())
    }

    /// A resource without methods yet.
    fn add(&mut self, path: &str) -> Result<usize, RouteError> {
        let index = self.resources.len();
        if path.contains(['{', '}']) {
            self.patterns.insert(path, index).map_err(|error| self.conflict(path, error))?;
        } else {
            self.literal.insert(path.into(), index);
        }
        let (methods, allow) = (Vec::new(), String::new());
        self.resources.push(Resource { path: path.into(), methods, allow });
        Ok(index)
    }

    /// What stands in the way of `path`. `matchit` names a route that begins like it, but among many
    /// not always the one.
    fn conflict(&self, path: &str, error: matchit::InsertError) -> RouteError {
        let conflicts = |with: &&Resource<T>| {
            let mut both = matchit::Router::new();
            both.insert(&*with.path, ()).is_ok() && both.insert(path, ()).is_err()
        };
        let with = self.resources.iter().find(conflicts).map(|with| with.path.to_string());
        let path = path.to_owned();
        match (with, error) {
            (Some(with), _) | (None, matchit::InsertError::Conflict { with }) => {
                RouteError::Conflict { path, with }
            }
            (None, other) => RouteError::Useless { path, reason: other.to_string() },
        }
    }

    /// Finds the route for a method and a path without its query. HEAD takes the route of GET if it
    /// has none of its own (RFC 9110 §9.3.2).
    pub fn find<'a>(&'a self, method: Method<'_>, path: &'a [u8]) -> Lookup<'a, T> {
        if path == b"*" {
            return Lookup::NotAllowed { allow: &self.allow };
        }
        // What is not UTF-8 is not even ASCII, and no part of a URI (RFC 3986 §2).
        let Some((resource, params)) = str::from_utf8(path).ok().and_then(|it| self.resource(it))
        else {
            return Lookup::NotFound;
        };
        let value = match method {
            // [9110-9.1-a]
            Method::Head => resource.get(method).or_else(|| resource.get(Method::Get)),
            _ => resource.get(method),
        };
        match value {
            Some(value) => Lookup::Found { value, params },
            None => Lookup::NotAllowed { allow: &resource.allow },
        }
    }

    fn resource<'a>(&'a self, path: &'a str) -> Option<(&'a Resource<T>, PathParams<'a>)> {
        if let Some(&index) = self.literal.get(path) {
            return Some((self.resources.get(index)?, PathParams(None)));
        }
        let found = self.patterns.at(path).ok()?;
        Some((self.resources.get(*found.value)?, PathParams(Some(found.params))))
    }
}

impl<T> Default for Routes<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Routes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.resources.iter().map(|it| (&it.path, &it.allow))).finish()
    }
}

impl<T> Resource<T> {
    fn get(&self, method: Method<'_>) -> Option<&T> {
        let mut methods = self.methods.iter();
        methods.find(|(token, _)| **token == *method.as_bytes()).map(|(_, value)| value)
    }
}

/// What can be asked for where `methods` have routes: HEAD comes with GET, OPTIONS with everything.
fn allow<'m>(methods: impl Iterator<Item = &'m [u8]>) -> String {
    let mut all: Vec<&[u8]> = Vec::new();
    let mut add = |method| {
        if !all.contains(&method) {
            all.push(method);
        }
    };
    for method in methods {
        add(method);
        if method == b"GET" {
            add(b"HEAD");
        }
    }
    add(b"OPTIONS");
    all.sort_unstable();
    String::from_utf8_lossy(&all.join(&b", "[..])).into_owned()
}

mod check;
#[cfg(test)]
mod tests;
