//! A request that is put together, and its answer while it comes.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use nova_io::sim::{Client, ClientState};

use super::app::App;
use super::received::{Reader, Received};

/// How long other threads have, in real time, before a test that waits for them has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Octets that a client reads before the test looks at them.
const ENOUGH: usize = 1024 * 1024;

/// A request that has not been sent. Made by [`App::get`] and its siblings.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response};
///
/// fn echo(request: &Request<'_>, response: Response<'_>) -> Answered {
///     let kind = request.head.fields.get("content-type").unwrap_or_default();
///     response.send(&[kind, b": ", request.content].concat())
/// }
///
/// let app = App::new(echo);
/// let asking = app.post("/").field("content-type", "text/plain").content("hello");
/// assert_eq!(asking.send().text(), "text/plain: hello");
///
/// let answer = app.post("/").chunked().content("in ").begin();
/// answer.write("pieces");
/// answer.end();
/// assert_eq!(answer.finish().text(), ": in pieces");
/// ```
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Asking {
    app: App,
    method: String,
    target: String,
    fields: Vec<(String, Vec<u8>)>,
    content: Vec<u8>,
    chunked: bool,
    from: Option<SocketAddr>,
}

impl Asking {
    pub(super) fn new(app: App, method: &str, target: &str) -> Self {
        Self {
            app,
            method: method.to_owned(),
            target: target.to_owned(),
            fields: Vec::new(),
            content: Vec::new(),
            chunked: false,
            from: None,
        }
    }

    /// One more field line, sent as it is. `Host` is added if there is none, and what says how long
    /// the content is.
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// The content.
    pub fn content(mut self, content: impl AsRef<[u8]>) -> Self {
        self.content = content.as_ref().to_vec();
        self
    }

    /// The content, as JSON, with its Content-Type.
    ///
    /// # Panics
    /// If `value` cannot be JSON.
    #[cfg(feature = "json")]
    pub fn json(self, value: &(impl serde_core::Serialize + ?Sized)) -> Self {
        let content = serde_json::to_vec(value).expect("the test's value can be JSON");
        self.field("content-type", "application/json").content(content)
    }

    /// The content is sent chunked; after [`Asking::begin`], [`Answering::write`] brings more of it
    /// and [`Answering::end`] ends it.
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// The client has this address, and a connection of its own.
    pub fn from(mut self, address: SocketAddr) -> Self {
        self.from = Some(address);
        self
    }

    /// Sends the request and waits for its whole answer.
    ///
    /// # Panics
    /// If there is none: the answer is cut short, or waits for time to pass ([`Asking::begin`] is for
    /// those), or another thread takes longer than 5 s of real time for it.
    #[track_caller]
    pub fn send(self) -> Received {
        let chunked = self.chunked;
        let answer = self.begin();
        if chunked {
            answer.end();
        }
        answer.finish()
    }

    /// Sends the request, and lets everything happen that needs no time.
    pub fn begin(self) -> Answering {
        let mut client = self.app.connection(self.from);
        client.write(&self.octets());
        self.app.settle();
        let reader = Reader::new(&self.method);
        Answering {
            inner: RefCell::new(Inner { client: Some(client), reader, unread: Vec::new() }),
            asked: format!("{} {}", self.method, self.target),
            app: self.app,
            chunked: self.chunked,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }

    fn octets(&self) -> Vec<u8> {
        let mut octets = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let mut line = |name: &str, value: &[u8]| {
            octets.extend_from_slice(name.as_bytes());
            octets.extend_from_slice(b": ");
            octets.extend_from_slice(value);
            octets.extend_from_slice(b"\r\n");
        };
        if !self.has("host") {
            line("Host", b"test");
        }
        self.fields.iter().for_each(|(name, value)| line(name, value));
        let has_content = matches!(&*self.method, "POST" | "PUT" | "PATCH");
        if self.chunked {
            line("Transfer-Encoding", b"chunked");
        } else if (has_content || !self.content.is_empty()) && !self.has("content-length") {
            line("Content-Length", self.content.len().to_string().as_bytes());
        }
        octets.extend_from_slice(b"\r\n");
        if self.chunked {
            chunk(&self.content, &mut octets);
        } else {
            octets.extend_from_slice(&self.content);
        }
        octets
    }
}

fn chunk(content: &[u8], out: &mut Vec<u8>) {
    // A chunk of nothing would be the last one.
    if !content.is_empty() {
        out.extend_from_slice(format!("{:x}\r\n", content.len()).as_bytes());
        out.extend_from_slice(content);
        out.extend_from_slice(b"\r\n");
    }
}

/// An answer while it comes. Dropped before it is complete, its client leaves.
///
/// ```
/// use std::time::Duration;
///
/// use nova_http::testing::App;
/// use nova_http::{Call, OwnedStreamed, Reply, Status};
///
/// async fn ticks(mut call: Call) -> Reply {
///     let mut stream = call.start(OwnedStreamed::new(Status::OK));
///     for number in 0.. {
///         if stream.write(format!("{number};").as_bytes()).await.is_err() {
///             break;
///         }
///         call.sleep(Duration::from_secs(1)).await;
///     }
///     stream.finish()
/// }
///
/// let app = App::new_async(ticks);
/// let answer = app.get("/").begin();
/// assert_eq!(answer.status(), Some(200));
/// assert_eq!(answer.read_text(), "0;");
/// app.advance(Duration::from_secs(3));
/// assert_eq!(answer.read_text(), "1;2;3;");
/// ```
pub struct Answering {
    app: App,
    inner: RefCell<Inner>,
    /// Method and target, for sentences.
    asked: String,
    chunked: bool,
}

struct Inner {
    /// There until the answer is dropped.
    client: Option<Client>,
    reader: Reader,
    /// Received, and not yet understood.
    unread: Vec<u8>,
}

impl Answering {
    /// The status of the final answer, if its head has come.
    pub fn status(&self) -> Option<u16> {
        self.pulled().reader.begun().map(Received::status)
    }

    /// What has come of the final answer, if its head has: with the content that was not read.
    pub fn so_far(&self) -> Option<Received> {
        self.pulled().reader.begun().cloned()
    }

    /// The content, or what the tunnel has brought, since the last call. Of an answer without an end
    /// the client takes about a mebibyte at once.
    pub fn read(&self) -> Vec<u8> {
        self.pulled().reader.take_content()
    }

    /// The same, as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    #[track_caller]
    pub fn read_text(&self) -> String {
        String::from_utf8(self.read()).expect("the content is UTF-8")
    }

    /// Whether all of the answer has come.
    pub fn is_complete(&self) -> bool {
        self.pulled().reader.is_complete()
    }

    /// Whether the answer is not complete and never will be: the connection was reset, or has ended.
    pub fn is_cut(&self) -> bool {
        let inner = self.pulled();
        !inner.reader.is_complete() && !inner.is_open()
    }

    /// Sends more content of a chunked request, or more into a tunnel, and lets everything happen
    /// that needs no time.
    pub fn write(&self, octets: impl AsRef<[u8]>) {
        let mut out = Vec::new();
        match self.chunked && !self.pulled().reader.is_tunnel() {
            true => chunk(octets.as_ref(), &mut out),
            false => out.extend_from_slice(octets.as_ref()),
        }
        self.with_client(|client| client.write(&out));
    }

    /// Ends the content of a chunked request, or our direction of a tunnel.
    pub fn end(&self) {
        let tunnel = self.pulled().reader.is_tunnel();
        self.with_client(|client| match tunnel {
            true => client.shutdown(),
            false if self.chunked => client.write(b"0\r\n\r\n"),
            false => {}
        });
    }

    /// From now on so many octets may lie with the client unread before the server must wait.
    pub fn window(&self, octets: usize) {
        self.with_client(|client| client.set_window(octets));
    }

    /// The rest, when it has come.
    ///
    /// # Panics
    /// As [`Asking::send`].
    #[track_caller]
    pub fn finish(self) -> Received {
        let began = Instant::now();
        while !self.is_complete() {
            let asked = &self.asked;
            assert!(!self.is_cut(), "the answer to {asked} was cut short: {:?}", self.so_far());
            assert!(
                began.elapsed() < PATIENCE,
                "the answer to {asked} does not come to its end; if its handler waits for time, use \
                 begin() and App::advance(), and for a chunked request, end(): {:?}",
                self.so_far()
            );
            // Another thread has the answer; nothing tells us when it posts it.
            thread::sleep(Duration::from_millis(1));
        }
        self.inner.borrow_mut().reader.take()
    }

    /// Reads until nothing more comes, or enough has: a server may never end.
    fn pulled(&self) -> RefMut<'_, Inner> {
        let mut inner = self.inner.borrow_mut();
        let before = inner.unread.len();
        while inner.unread.len() - before < ENOUGH {
            self.app.settle();
            let more = inner.client.as_mut().map(Client::drain).unwrap_or_default();
            if more.is_empty() {
                break;
            }
            inner.unread.extend(more);
        }
        let Inner { client, reader, unread } = &mut *inner;
        reader.read(unread);
        if client.as_ref().is_some_and(|client| client.state() == ClientState::Ended) {
            reader.end();
        }
        inner
    }

    fn with_client(&self, act: impl FnOnce(&mut Client)) {
        self.inner.borrow_mut().client.as_mut().map(act);
        self.app.settle();
    }
}

impl Inner {
    fn is_open(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.state() == ClientState::Open)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let inner = self.inner.get_mut();
        if inner.is_open()
            && inner.reader.leaves_connection()
            && inner.unread.is_empty()
            && let Some(client) = inner.client.take()
        {
            self.app.give_back(client);
        }
        inner.client = None;
        if !thread::panicking() {
            self.app.settle();
        }
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").field("asked", &self.asked).finish_non_exhaustive()
    }
}
