//! A request as applications see it: no protocol's framing, no buffer's offsets.

use nova_http1::{Fields, Head, Method, Target, TargetForm, Version};

/// The head of a request, in any version of HTTP. It borrows the worker's receive buffer and lives
/// as long as the callback that gets it; what must live longer is copied with
/// [`RequestHead::to_owned`].
///
/// ```
/// use nova_http::{Fields, Method, RequestHead, Target, TargetForm, Version};
///
/// let fields = [("Host", "example.com"), ("Accept", "*/*")];
/// let head = RequestHead {
///     method: Method::Get,
///     target: Target { raw: b"/a?b=c", form: TargetForm::Origin },
///     version: Version::Http11,
///     fields: Fields::from_pairs(&fields),
///     upgrade: false,
/// };
/// assert_eq!((head.path(), head.query()), (&b"/a"[..], Some(&b"b=c"[..])));
/// assert_eq!(head.authority(), Some(&b"example.com"[..]));
/// assert_eq!(head.fields.get("accept"), Some(&b"*/*"[..]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method (RFC 9110 §9).
    pub method: Method<'a>,
    /// The request-target as it was sent, and what it contains.
    pub target: Target<'a>,
    /// The version of the request.
    pub version: Version,
    /// The field lines in the order, the case and the number in which they were sent.
    pub fields: Fields<'a>,
    /// Whether the client asks to speak another protocol (RFC 9110 §7.8).
    pub upgrade: bool,
}

impl<'a> RequestHead<'a> {
    /// The head that HTTP/1 has read.
    pub(crate) fn from_http1(head: &Head<'a>) -> Self {
        Self {
            method: head.method,
            target: head.target,
            version: head.version,
            fields: head.fields,
            upgrade: head.upgrade,
        }
    }

    /// The path, beginning with `/`, neither decoded nor normalised; `*` for `OPTIONS *`.
    pub fn path(&self) -> &'a [u8] {
        self.target.path()
    }

    /// What follows the first `?` of the request-target.
    pub fn query(&self) -> Option<&'a [u8]> {
        self.target.query()
    }

    /// The scheme, if the request-target names one. That is what the client says, and not whether the
    /// connection was secured.
    pub fn scheme(&self) -> Option<&'a [u8]> {
        match self.target.form {
            TargetForm::Absolute { scheme, .. } => Some(scheme),
            _ => None,
        }
    }

    /// Which host is asked: the target's authority, or else the Host field (RFC 9112 §3.3).
    pub fn authority(&self) -> Option<&'a [u8]> {
        self.target.authority().or_else(|| self.fields.get("host"))
    }

    /// A copy that outlives the callback.
    pub fn to_owned(&self) -> OwnedHead {
        let mut owned = OwnedHead::default();
        owned.copy_from(self);
        owned
    }
}

/// A copied request head. One buffer and one table; both are kept when it is filled again.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
///
/// use nova_http::testing::App;
/// use nova_http::{OwnedHead, Request, Response};
///
/// let last = Rc::new(RefCell::new(OwnedHead::default()));
/// let copy = last.clone();
/// let app = App::new(move |request: &Request<'_>, response: Response<'_>| {
///     copy.borrow_mut().copy_from(&request.head);
///     response.send(b"")
/// });
/// app.get("/a?b=c").send();
/// assert_eq!(last.borrow().head().path(), b"/a");
/// ```
#[derive(Clone, Debug, Default)]
pub struct OwnedHead {
    octets: Vec<u8>,
    spans: Vec<nova_http1::Span>,
    method: usize,
    target: usize,
    form: OwnedForm,
    version: Option<Version>,
    upgrade: bool,
}

/// Offsets of an absolute-form's parts within the copied target.
#[derive(Clone, Copy, Debug, Default)]
enum OwnedForm {
    #[default]
    Origin,
    Absolute {
        scheme: usize,
        authority: usize,
    },
    Authority,
    Asterisk,
}

impl OwnedHead {
    /// Replaces what was copied before with `head`, without giving memory back.
    pub fn copy_from(&mut self, head: &RequestHead<'_>) {
        self.octets.clear();
        self.spans.clear();
        self.octets.extend_from_slice(head.method.as_bytes());
        self.octets.extend_from_slice(head.target.raw);
        self.method = head.method.as_bytes().len();
        self.target = head.target.raw.len();
        self.form = match head.target.form {
            TargetForm::Origin => OwnedForm::Origin,
            TargetForm::Absolute { scheme, authority, .. } => {
                OwnedForm::Absolute { scheme: scheme.len(), authority: authority.len() }
            }
            TargetForm::Authority => OwnedForm::Authority,
            TargetForm::Asterisk => OwnedForm::Asterisk,
        };
        self.version = Some(head.version);
        self.upgrade = head.upgrade;
        for field in head.fields.iter() {
            let name = self.octets.len() as u32;
            self.octets.extend_from_slice(field.name);
            let value = self.octets.len() as u32;
            self.octets.extend_from_slice(field.value);
            self.spans.push(nova_http1::Span {
                name,
                name_len: field.name.len() as u32,
                value,
                value_len: field.value.len() as u32,
            });
        }
    }

    /// The copied head.
    pub fn head(&self) -> RequestHead<'_> {
        let (method, rest) = self.octets.split_at(self.method.min(self.octets.len()));
        let raw = rest.get(..self.target).unwrap_or_default();
        let form = match self.form {
            OwnedForm::Origin => TargetForm::Origin,
            OwnedForm::Authority => TargetForm::Authority,
            OwnedForm::Asterisk => TargetForm::Asterisk,
            OwnedForm::Absolute { scheme, authority } => {
                let start = scheme + b"://".len();
                TargetForm::Absolute {
                    scheme: raw.get(..scheme).unwrap_or_default(),
                    authority: raw.get(start..start + authority).unwrap_or_default(),
                    path_and_query: raw.get(start + authority..).unwrap_or_default(),
                }
            }
        };
        RequestHead {
            method: Method::from_token(method),
            target: Target { raw, form },
            version: self.version.unwrap_or(Version::Http11),
            fields: Fields::from_spans(&self.octets, &self.spans),
            upgrade: self.upgrade,
        }
    }
}

/// The content of a request at the moment when its head is handed over.
///
/// ```
/// use nova_http::Incoming;
///
/// /// How long the content will be, if that is known.
/// fn length(content: Incoming<'_>) -> Option<u64> {
///     match content {
///         Incoming::None => Some(0),
///         Incoming::Whole(octets) => Some(octets.len() as u64),
///         Incoming::Follows { length } => length,
///     }
/// }
///
/// assert_eq!(length(Incoming::Whole(b"hello")), Some(5));
/// assert_eq!(length(Incoming::Follows { length: None }), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// There is none; the request is complete.
    None,
    /// All of it has arrived with the head; the request is complete, and no
    /// [`Application::content`](crate::Application::content) or `end` follows, unless the
    /// application wants that ([`Exchange::content_follows`](crate::Exchange::content_follows)).
    Whole(&'a [u8]),
    /// It comes later, as far as the application grants credit for it.
    Follows {
        /// How many octets, if the client has said so.
        length: Option<u64>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_http1::Field;

    /// A copied head says what the original said, in each form of the target.
    #[test]
    fn an_owned_head_equals_its_original() {
        let fields = [
            Field { name: b"Host", value: b"h" },
            Field { name: b"Cookie", value: b"a=1; b=\xFF" },
            Field { name: b"cookie", value: b"" },
        ];
        let absolute = TargetForm::Absolute {
            scheme: b"http",
            authority: b"h:80",
            path_and_query: b"/p?q=%2F",
        };
        let targets = [
            Target { raw: b"/a//b?c", form: TargetForm::Origin },
            Target { raw: b"http://h:80/p?q=%2F", form: absolute },
            Target { raw: b"*", form: TargetForm::Asterisk },
            Target { raw: b"h:80", form: TargetForm::Authority },
        ];
        let mut owned = OwnedHead::default();
        for target in targets {
            let head = RequestHead {
                method: Method::Other(b"PURGE"),
                target,
                version: Version::Http10,
                fields: Fields::from_slices(&fields),
                upgrade: true,
            };
            owned.copy_from(&head);
            let copy = owned.head();
            assert_eq!(copy.method, head.method);
            assert_eq!(copy.target, head.target);
            assert_eq!(copy.version, head.version);
            assert_eq!(copy.upgrade, head.upgrade);
            assert!(copy.fields.iter().eq(head.fields.iter()));
            assert_eq!(copy.authority(), head.authority());
        }
    }
}
