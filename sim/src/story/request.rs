//! One request of a client: what it asks for, and its octets.

use std::fmt;

use ledger::{FIELD, Mark};

use super::act::Act;

/// How the content of a request is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// There is none.
    None,
    /// So many octets, with Content-Length.
    Length(usize),
    /// So many octets, in chunks of this size, perhaps with a trailer section.
    Chunked {
        /// Octets in all.
        length: usize,
        /// Octets of a chunk.
        chunk: usize,
        /// Whether a trailer section follows.
        trailers: bool,
    },
}

/// What a request says about the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Unsaid,
    /// `Connection: close`.
    Close,
    /// `Connection: keep-alive`.
    Alive,
}

/// A rule that a request breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No Host.
    NoHost,
    /// Two of them.
    TwoHosts,
    /// HTTP/3.0.
    Version,
    /// A space behind a field name.
    FieldName,
    /// A folded line.
    Folded,
    /// Content-Length that is no number.
    Length,
    /// Content-Length and Transfer-Encoding.
    LengthAndChunked,
    /// A transfer coding that nobody knows.
    Coding,
    /// A chunk-size that is no number.
    Chunk,
    /// A trailer field that frames.
    Trailer,
    /// A line feed alone.
    BareFeed,
    /// An expectation that nobody knows.
    Expectation,
    /// No HTTP at all.
    Garbage,
    /// A request line longer than allowed.
    LongLine,
    /// More octets of fields than allowed.
    LongFields,
    /// More content than allowed.
    LargeContent,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::NoHost,
        Self::TwoHosts,
        Self::Version,
        Self::FieldName,
        Self::Folded,
        Self::Length,
        Self::LengthAndChunked,
        Self::Coding,
        Self::Chunk,
        Self::Trailer,
        Self::BareFeed,
        Self::Expectation,
        Self::Garbage,
        Self::LongLine,
        Self::LongFields,
        Self::LargeContent,
    ];

    /// The status of its refusal.
    pub const fn status(self) -> u16 {
        match self {
            Self::Version => 505,
            Self::Coding => 501,
            Self::Expectation => 417,
            Self::LongLine => 414,
            Self::LongFields => 431,
            Self::LargeContent => 413,
            _ => 400,
        }
    }

    /// Whether it shows in the content only, so that a handler may have begun.
    pub const fn is_late(self) -> bool {
        matches!(self, Self::Chunk | Self::Trailer | Self::LargeContent)
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// HEAD instead of what the content suggests.
    pub head: bool,
    /// HTTP/1.0.
    pub old: bool,
    /// What it says about the connection.
    pub keep: Keep,
    /// What the handler is to do.
    pub act: Act,
    /// Its content.
    pub content: Content,
    /// Whether it waits for 100 (Continue).
    pub expects: bool,
    /// Octets of a field that fills the head.
    pub filler: usize,
    /// The rule that it breaks.
    pub flaw: Option<Flaw>,
    /// What its mark gets.
    pub tag: u64,
}

/// A request as octets.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// All of them.
    pub octets: Vec<u8>,
    /// Where the head ends.
    pub head: usize,
    /// The content, without framing.
    pub content: Vec<u8>,
}

impl Request {
    /// Whether its connection ends with its answer, as far as the request says.
    pub fn closes(&self) -> bool {
        match self.keep {
            Keep::Close => true,
            Keep::Alive => false,
            Keep::Unsaid => self.old,
        }
    }

    /// Octets of content.
    pub const fn length(&self) -> usize {
        match self.content {
            Content::None => 0,
            Content::Length(length) | Content::Chunked { length, .. } => length,
        }
    }

    /// The method.
    pub const fn method(&self) -> &'static str {
        match self.content {
            _ if self.head => "HEAD",
            Content::None => "GET",
            Content::Length(_) => "POST",
            Content::Chunked { .. } => "PUT",
        }
    }

    /// Its octets, under this mark.
    pub fn encode(&self, mark: Mark) -> Encoded {
        let has_content = self.content != Content::None;
        let content = if has_content { mark.content(self.length()) } else { Vec::new() };
        let mut head = Vec::with_capacity(256 + self.filler);
        let mut put = |text: &str| head.extend_from_slice(text.as_bytes());
        if self.flaw == Some(Flaw::Garbage) {
            put("\x16\x03\x01 this is not HTTP\r\n\r\n");
        }
        let version = match self.flaw {
            Some(Flaw::Version) => "3.0",
            _ if self.old => "1.0",
            _ => "1.1",
        };
        put(&format!("{} {}", self.method(), self.act));
        if self.flaw == Some(Flaw::LongLine) {
            put(&format!("?{}", "x".repeat(self.filler)));
        }
        put(&format!(" HTTP/{version}\r\n"));
        match self.flaw {
            Some(Flaw::NoHost) => {}
            Some(Flaw::TwoHosts) => put("Host: a\r\nHost: b\r\n"),
            _ => put("Host: sim\r\n"),
        }
        put(&format!("{FIELD}: {mark}\r\n"));
        match (self.keep, self.act.is_tunnel()) {
            (_, true) => put("Connection: upgrade\r\nUpgrade: echo\r\n"),
            (Keep::Close, _) => put("Connection: close\r\n"),
            (Keep::Alive, _) => put("Connection: keep-alive\r\n"),
            (Keep::Unsaid, _) => {}
        }
        match self.flaw {
            Some(Flaw::FieldName) => put("Bad : x\r\n"),
            Some(Flaw::Folded) => put("Folded: a\r\n b\r\n"),
            Some(Flaw::BareFeed) => put("Feed: a\nb\r\n"),
            Some(Flaw::Length) => put("Content-Length: 1x\r\n"),
            Some(Flaw::Coding) => put("Transfer-Encoding: rot13, chunked\r\n"),
            Some(Flaw::Expectation) => put("Expect: miracles\r\n"),
            Some(Flaw::LengthAndChunked) => {
                put("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")
            }
            _ => {}
        }
        match self.content {
            _ if matches!(
                self.flaw,
                Some(Flaw::Length | Flaw::Coding | Flaw::LengthAndChunked)
            ) => {}
            Content::None => {}
            Content::Length(_) => put(&format!("Content-Length: {}\r\n", content.len())),
            Content::Chunked { .. } => put("Transfer-Encoding: chunked\r\n"),
        }
        if self.expects {
            put("Expect: 100-continue\r\n");
        }
        if self.filler > 0 && self.flaw != Some(Flaw::LongLine) {
            put(&format!("Filler: {}\r\n", "f".repeat(self.filler)));
        }
        put("\r\n");
        let mut octets = head;
        let head = octets.len();
        self.frame(&content, &mut octets);
        Encoded { octets, head, content }
    }

    fn frame(&self, content: &[u8], octets: &mut Vec<u8>) {
        let Content::Chunked { chunk, trailers, .. } = self.content else {
            return octets.extend_from_slice(content);
        };
        for (nth, piece) in content.chunks(chunk.max(1)).enumerate() {
            if nth == 1 && self.flaw == Some(Flaw::Chunk) {
                octets.extend_from_slice(b"zz\r\n");
            }
            octets.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            octets.extend_from_slice(piece);
            octets.extend_from_slice(b"\r\n");
        }
        if self.flaw == Some(Flaw::Chunk) {
            octets.extend_from_slice(b"-1\r\n");
        }
        octets.extend_from_slice(b"0\r\n");
        match self.flaw {
            Some(Flaw::Trailer) => octets.extend_from_slice(b"Content-Length: 5\r\n"),
            _ if trailers => octets.extend_from_slice(b"Checked: yes\r\n"),
            _ => {}
        }
        octets.extend_from_slice(b"\r\n");
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.act)?;
        match self.content {
            Content::None => {}
            Content::Length(length) => write!(f, ", {length} octets")?,
            Content::Chunked { length, chunk, trailers } => {
                let trailers = if trailers { " and trailers" } else { "" };
                write!(f, ", {length} octets in chunks of {chunk}{trailers}")?;
            }
        }
        match self.keep {
            Keep::Unsaid => {}
            Keep::Close => f.write_str(", close")?,
            Keep::Alive => f.write_str(", keep-alive")?,
        }
        if self.old {
            f.write_str(", HTTP/1.0")?;
        }
        if self.expects {
            f.write_str(", expects 100")?;
        }
        if self.filler > 0 {
            write!(f, ", {} octets of filler", self.filler)?;
        }
        match self.flaw {
            Some(flaw) => write!(f, ", flawed: {flaw:?}"),
            None => Ok(()),
        }
    }
}
