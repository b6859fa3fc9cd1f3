//! Reading answers (RFC 9112 §6.3), for tests. A server that sends what is no answer has a defect, so
//! that is a panic.

use nova_http1::Limits;
use nova_http1::chunked::{Decoder, Piece};

/// An answer, or what has come of one.
///
/// ```
/// use nova_http::testing::{App, Received};
/// use nova_http::{Answered, Request, Response, Status};
///
/// fn make(_: &Request<'_>, response: Response<'_>) -> Answered {
///     response.status(Status::CREATED).fields(&[("location", "/7")]).send(b"made")
/// }
///
/// let answer: Received = App::new(make).post("/").send();
/// assert_eq!((answer.status(), answer.text()), (201, "made"));
/// assert_eq!(answer.field("Location"), Some("/7"));
/// assert!(answer.fields().iter().any(|(name, _)| name == "Date"));
/// assert!(answer.trailers().is_empty() && answer.interim().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    status: u16,
    fields: Vec<(String, String)>,
    content: Vec<u8>,
    trailers: Vec<(String, String)>,
    interim: Vec<u16>,
}

impl Received {
    /// The status code of the final answer.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The value of the field `name`, in any case; `None` if there is none.
    ///
    /// # Panics
    /// If there are several: a test that knows of them asks for [`Received::fields`].
    #[track_caller]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "there are several fields {name}: {:?}", self.fields);
        value
    }

    /// All field lines, in the order and the case in which they came.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The content, decoded from its transfer coding.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The content as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.content).expect("the content is UTF-8")
    }

    /// The content, read as JSON.
    ///
    /// # Panics
    /// If it is not called JSON, or is not what is asked for.
    #[cfg(feature = "json")]
    #[track_caller]
    pub fn json<'a, T: serde_core::Deserialize<'a>>(&'a self) -> T {
        let kind = self.field("content-type").unwrap_or_default();
        assert!(kind.contains("json"), "the content is called {kind:?}");
        match serde_json::from_slice(&self.content) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&self.content)),
        }
    }

    /// The trailer section.
    pub fn trailers(&self) -> &[(String, String)] {
        &self.trailers
    }

    /// The status codes of the interim answers that came before.
    pub fn interim(&self) -> &[u16] {
        &self.interim
    }
}

/// Reads one answer to one request.
#[derive(Debug)]
pub(super) struct Reader {
    /// The request was HEAD, or CONNECT.
    head: bool,
    connect: bool,
    received: Received,
    state: State,
    /// The server has announced that the connection ends with this answer.
    closes: bool,
}

#[derive(Debug)]
enum State {
    Head,
    Length(u64),
    Chunked(Decoder),
    Trailers,
    UntilEnd,
    Tunnel,
    Complete,
}

impl Reader {
    pub(super) fn new(method: &str) -> Self {
        Self {
            head: method == "HEAD",
            connect: method == "CONNECT",
            received: Received::default(),
            state: State::Head,
            closes: false,
        }
    }

    /// Takes from the front of `octets` what belongs to the answer and has all come.
    pub(super) fn read(&mut self, octets: &mut Vec<u8>) {
        loop {
            match &mut self.state {
                State::Head => {
                    let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") else {
                        return;
                    };
                    let head: Vec<u8> = octets.drain(..end + 4).collect();
                    self.head(&head[..end]);
                }
                State::Length(0) => self.state = State::Complete,
                State::Length(left) => {
                    if octets.is_empty() {
                        return;
                    }
                    let count = octets.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    self.received.content.extend(octets.drain(..count));
                    *left -= count as u64;
                }
                State::Chunked(decoder) => {
                    // The bounds of a message are for clients; a server's answers have none.
                    let limits = Limits { content_bytes: u64::MAX, ..Limits::default() };
                    let decoded = match decoder.decode(octets, &limits) {
                        Ok(decoded) => decoded,
                        Err(fault) => panic!("the server's chunks are malformed: {fault:?}"),
                    };
                    let consumed = decoded.consumed;
                    match decoded.piece {
                        Some(Piece::Content(content)) => self.received.content.extend(content),
                        Some(Piece::LastChunk) => self.state = State::Trailers,
                        None => {
                            octets.drain(..consumed);
                            return;
                        }
                    }
                    octets.drain(..consumed);
                }
                State::Trailers => {
                    let Some(line) = line(octets) else { return };
                    match line.is_empty() {
                        true => self.state = State::Complete,
                        false => self.received.trailers.push(field(&line)),
                    }
                }
                State::UntilEnd | State::Tunnel => {
                    self.received.content.append(octets);
                    return;
                }
                State::Complete => return,
            }
        }
    }

    /// The server has ended its direction.
    pub(super) fn end(&mut self) {
        if matches!(self.state, State::UntilEnd | State::Tunnel) {
            self.state = State::Complete;
        }
    }

    /// Reads a head, without the empty line at its end, and what it says about what follows.
    fn head(&mut self, head: &[u8]) {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        let Some(status) = status.and_then(|status| status.parse().ok()) else {
            panic!("the server has sent what is no answer: {text}");
        };
        if (100..200).contains(&status) && status != 101 {
            return self.received.interim.push(status);
        }
        self.received.status = status;
        self.received.fields = lines.map(|line| field(line.as_bytes())).collect();
        self.closes = self.received.field("connection").is_some_and(|options| {
            options.split(',').any(|option| option.trim().eq_ignore_ascii_case("close"))
        });
        let length = self.received.field("content-length");
        self.state = match status {
            101 => State::Tunnel,
            200..300 if self.connect => State::Tunnel,
            _ if self.head => State::Complete,
            204 | 304 => State::Complete,
            _ if self.received.field("transfer-encoding").is_some() => {
                State::Chunked(Decoder::new())
            }
            _ => match length.map(|length| length.parse()) {
                Some(Ok(length)) => State::Length(length),
                Some(Err(_)) => panic!("the server has sent a length that is none: {text}"),
                None => State::UntilEnd,
            },
        };
    }

    /// What has come, once the final head has.
    pub(super) fn begun(&self) -> Option<&Received> {
        (!matches!(self.state, State::Head)).then_some(&self.received)
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    pub(super) fn is_tunnel(&self) -> bool {
        matches!(self.state, State::Tunnel)
    }

    /// The answer is complete, and another request may follow on its connection.
    pub(super) fn leaves_connection(&self) -> bool {
        let tunnel = self.received.status == 101 || self.connect;
        self.is_complete() && !self.closes && !tunnel
    }

    /// The content since the last call.
    pub(super) fn take_content(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.received.content)
    }

    /// All that has come.
    pub(super) fn take(&mut self) -> Received {
        std::mem::take(&mut self.received)
    }
}

/// The next line, without its end, if all of it has come.
fn line(octets: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = octets.windows(2).position(|two| two == b"\r\n")?;
    let line = octets.drain(..end + 2).take(end).collect();
    Some(line)
}

fn field(line: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(line);
    match text.split_once(':') {
        Some((name, value)) => (name.to_owned(), value.trim().to_owned()),
        None => panic!("the server has sent a field line that is none: {text}"),
    }
}
