//! What an application answers: parts, never raw HTTP.

use std::borrow::Cow;

use bytes::Bytes;
use nova_http1::Fields;
pub use nova_http1::response::{AnswerError, Prepared, Status};

/// An answer of known length, borrowed for the moment in which it is given.
///
/// ```
/// use nova_http::{Answer, Content, Fields, Status};
///
/// let fields = [("content-type", "text/plain")];
/// let answer = Answer::new(Status::OK).fields(Fields::from_pairs(&fields)).bytes(b"hello");
/// assert_eq!(answer.content, Content::Bytes(b"hello"));
/// assert_eq!(answer.octets(), b"hello");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The status code of a final response.
    pub status: Status,
    /// The application's field lines, in order. `Date`, `Content-Length` and `Connection` are added
    /// by the protocol.
    pub fields: Fields<'a>,
    /// The content.
    pub content: Content<'a>,
}

/// The content of an answer.
///
/// ```
/// use nova_http::{Answer, Bytes, Content, Status};
///
/// // One page for everybody, without a copy for each.
/// let page = Bytes::from(vec![b'x'; 100_000]);
/// let answer = Answer { content: Content::Shared(&page), ..Answer::new(Status::OK) };
/// assert_eq!(answer.octets().len(), 100_000);
/// assert_eq!(Answer::new(Status::NO_CONTENT).content, Content::Empty);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// No octets; the length is zero and is said so where HTTP asks for it.
    Empty,
    /// These octets; the protocol copies them into the send buffer.
    Bytes(&'a [u8]),
    /// These octets, which have other owners, too: many are not copied, but held until they have left.
    Shared(&'a Bytes),
}

impl<'a> Answer<'a> {
    /// An answer with `status` and nothing else.
    pub const fn new(status: Status) -> Self {
        Self { status, fields: Fields::EMPTY, content: Content::Empty }
    }

    /// The same answer with these field lines.
    pub const fn fields(mut self, fields: Fields<'a>) -> Self {
        self.fields = fields;
        self
    }

    /// The same answer with these octets as content.
    pub const fn bytes(mut self, octets: &'a [u8]) -> Self {
        self.content = Content::Bytes(octets);
        self
    }

    /// The octets of the content.
    pub fn octets(&self) -> &'a [u8] {
        match self.content {
            Content::Empty => &[],
            Content::Bytes(octets) => octets,
            Content::Shared(octets) => octets,
        }
    }
}

/// The head of an answer whose content is written in pieces.
///
/// ```
/// use nova_http::{Exchange, ExchangeError, Fields, Status, Streamed};
///
/// fn hello(exchange: &mut Exchange<'_>) -> Result<(), ExchangeError> {
///     let fields = [("content-type", "text/plain")];
///     let head = Streamed::new(Status::OK).fields(Fields::from_pairs(&fields)).length(5);
///     exchange.start(&head)?;
///     exchange.write(b"hello")?;
///     exchange.finish()
/// }
/// # struct Hello;
/// # impl nova_http::Application for Hello {
/// #     fn request(
/// #         &mut self,
/// #         _: &nova_http::RequestHead<'_>,
/// #         _: nova_http::Incoming<'_>,
/// #         exchange: &mut Exchange<'_>,
/// #     ) {
/// #         hello(exchange).unwrap();
/// #     }
/// #     fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}
/// #     fn end(&mut self, _: &mut Exchange<'_>) {}
/// # }
/// # let app = nova_http::testing::App::with(Hello);
/// assert_eq!(app.get("/").send().field("content-length"), Some("5"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Streamed<'a> {
    /// The status code of a final response.
    pub status: Status,
    /// The application's field lines, in order.
    pub fields: Fields<'a>,
    /// How many octets will be written, if that is known: a promise, and not to keep it is a reset.
    /// Otherwise the content is chunked, or ended by the end of the connection for HTTP/1.0.
    pub length: Option<u64>,
}

impl<'a> Streamed<'a> {
    /// A streamed answer with `status`, no field lines, and a length that nobody knows.
    pub const fn new(status: Status) -> Self {
        Self { status, fields: Fields::EMPTY, length: None }
    }

    /// The same with these field lines.
    pub const fn fields(mut self, fields: Fields<'a>) -> Self {
        self.fields = fields;
        self
    }

    /// The same with the promise that exactly `octets` will be written.
    pub const fn length(mut self, octets: u64) -> Self {
        self.length = Some(octets);
        self
    }
}

/// Field lines for which there is room as soon as there is one.
const FIELDS: usize = 4;

/// An answer that owns its parts, so that it can come from another thread or out of a future.
///
/// It costs an allocation for its field lines, if it has any, and others for content, names and values
/// that are not `'static`. What is sent often should be a [`Prepared`] answer, which costs none.
///
/// ```
/// use nova_http::{OwnedAnswer, Status};
///
/// let answer = OwnedAnswer::new(Status::OK, "hello").field("content-type", "text/plain");
/// assert_eq!(answer.content, "hello");
/// ```
#[derive(Clone, Debug)]
pub struct OwnedAnswer {
    /// The status code of a final response.
    pub status: Status,
    /// Names and values.
    pub fields: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// The content.
    pub content: Bytes,
}

impl OwnedAnswer {
    /// An answer with `status` and `content`. A `Vec`, a `String` and anything `'static` are taken
    /// without a copy.
    pub fn new(status: Status, content: impl Into<Bytes>) -> Self {
        Self { status, fields: Vec::new(), content: content.into() }
    }

    /// 200 (OK) with this text.
    pub fn text(content: impl Into<Bytes>) -> Self {
        Self::new(Status::OK, content).field("content-type", "text/plain; charset=utf-8")
    }

    /// An answer with `status` and nothing else.
    pub fn empty(status: Status) -> Self {
        Self::new(status, Bytes::new())
    }

    /// The same answer with this status.
    ///
    /// ```
    /// use nova_http::{OwnedAnswer, Status};
    ///
    /// let place = format!("/notes/{}", 7);
    /// let created = OwnedAnswer::text("made").status(Status::CREATED).field("location", place);
    /// assert_eq!(created.status, Status::CREATED);
    /// ```
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// The same answer with one more field line.
    pub fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        if self.fields.capacity() == 0 {
            self.fields.reserve_exact(FIELDS);
        }
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Lends the parts to `give`.
    #[inline]
    pub fn lend<R>(&self, give: impl FnOnce(&Answer<'_>) -> R) -> R {
        lend_fields(&self.fields, |fields| {
            give(&Answer { status: self.status, fields, content: Content::Shared(&self.content) })
        })
    }
}

/// The head of a streamed answer that owns its parts.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Call, Lost, OwnedStreamed, Reply, Status};
///
/// async fn hello(mut call: Call) -> Result<Reply, Lost> {
///     let head = OwnedStreamed::new(Status::OK).field("content-type", "text/plain").length(11);
///     let mut writer = call.start(head);
///     writer.write(b"Hello ").await?;
///     writer.write(b"World").await?;
///     Ok(writer.finish())
/// }
///
/// let answer = App::new_async(hello).get("/").send();
/// assert_eq!(answer.text(), "Hello World");
/// assert_eq!(answer.field("content-length"), Some("11"));
/// ```
#[derive(Clone, Debug)]
pub struct OwnedStreamed {
    /// The status code of a final response.
    pub status: Status,
    /// Names and values.
    pub fields: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// How many octets will be written, if that is known.
    pub length: Option<u64>,
}

impl OwnedStreamed {
    /// A streamed answer with `status`, no field lines, and a length that nobody knows.
    pub const fn new(status: Status) -> Self {
        Self { status, fields: Vec::new(), length: None }
    }

    /// The same with one more field line.
    pub fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// The same with the promise that exactly `octets` will be written.
    pub const fn length(mut self, octets: u64) -> Self {
        self.length = Some(octets);
        self
    }

    /// Lends the parts to `give`.
    pub fn lend<R>(&self, give: impl FnOnce(&Streamed<'_>) -> R) -> R {
        lend_fields(&self.fields, |fields| {
            give(&Streamed { status: self.status, fields, length: self.length })
        })
    }
}

fn lend_fields<R>(
    owned: &[(Cow<'static, str>, Cow<'static, str>)],
    give: impl FnOnce(Fields<'_>) -> R,
) -> R {
    // Lent without an allocation, and without more of the stack being filled than is needed.
    match owned.len() {
        0 => give(Fields::EMPTY),
        1..=4 => lend_few::<4, R>(owned, give),
        5..=16 => lend_few::<16, R>(owned, give),
        _ => {
            let pairs: Vec<_> = owned.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).collect();
            give(Fields::from_pairs(&pairs))
        }
    }
}

/// Lends up to `FEW` field lines.
#[inline]
fn lend_few<const FEW: usize, R>(
    owned: &[(Cow<'static, str>, Cow<'static, str>)],
    give: impl FnOnce(Fields<'_>) -> R,
) -> R {
    let mut pairs = [("", ""); FEW];
    for (pair, (name, value)) in pairs.iter_mut().zip(owned) {
        *pair = (name, value);
    }
    give(Fields::from_pairs(&pairs[..owned.len().min(FEW)]))
}
