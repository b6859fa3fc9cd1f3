//! What a client can do wrong, and what it is told.

use std::fmt;

/// A message that is refused: whose fault it is has been decided (the peer's), and so has the
/// status. The connection cannot go on after it: nobody knows where the next message begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerError(pub Fault);

/// The closed list of faults. Each names the rule that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// The method is not a token (RFC 9110 §9.1).
    Method,
    /// The request-target has an octet or a form that is not allowed (RFC 9112 §3.2).
    Target,
    /// The request line is not `method SP request-target SP HTTP-version CRLF` (RFC 9112 §3).
    RequestLine,
    /// HTTP-version is not `HTTP/` DIGIT `.` DIGIT (RFC 9112 §2.3).
    Version,
    /// A well-formed version that this server does not speak (RFC 9110 §15.6.6).
    VersionUnsupported,
    /// A line does not end in CRLF, or there is a bare CR or LF (RFC 9112 §2.2).
    LineEnd,
    /// A field name is not a token followed by a colon (RFC 9112 §5.1).
    FieldName,
    /// A field value has a control octet (RFC 9110 §5.5).
    FieldValue,
    /// A field line is folded onto the next line (RFC 9112 §5.2).
    LineFolding,
    /// Host is missing, doubled or invalid, or differs from the target's authority (RFC 9112 §3.2).
    Host,
    /// Content-Length is not one decimal number below 2⁶³, once (RFC 9112 §6.3).
    ContentLength,
    /// Transfer-Encoding is malformed, doubled, in HTTP/1.0, or does not end in chunked (§6.1).
    TransferEncoding,
    /// A transfer coding in front of chunked that this server does not implement (RFC 9112 §6.1).
    TransferCodingUnknown,
    /// Content-Length and Transfer-Encoding together (RFC 9112 §6.3: may be request smuggling).
    LengthAndTransferEncoding,
    /// An expectation other than 100-continue (RFC 9110 §10.1.1).
    Expectation,
    /// A chunk-size, chunk-ext or the end of a chunk is malformed (RFC 9112 §7.1).
    Chunk,
    /// A trailer field that would change framing or routing (RFC 9110 §6.5.1).
    Trailer,
    /// A method that differs from a registered one in case only (RFC 9110 §9.1).
    MethodCase,
    /// The request line is longer than the limit of a head.
    RequestLineTooLong,
    /// The field section is longer, or has more lines, than its limit; also a trailer section's.
    FieldsTooLarge,
    /// The content is longer than its limit, or its chunk extensions are.
    ContentTooLarge,
    /// The stream ended inside of a message (RFC 9112 §8).
    Incomplete,
}

impl Fault {
    /// The status code to answer with (RFC 9110 §15).
    pub const fn status(self) -> u16 {
        match self {
            Self::RequestLineTooLong => 414,
            Self::FieldsTooLarge => 431,
            Self::ContentTooLarge => 413,
            Self::Expectation => 417,
            Self::VersionUnsupported => 505,
            Self::TransferCodingUnknown | Self::MethodCase => 501,
            _ => 400,
        }
    }

    /// One sentence for the client and for the log.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Method => "the method is not a token",
            Self::Target => "the request-target is malformed",
            Self::RequestLine => "the request line is malformed",
            Self::Version => "the HTTP version is malformed",
            Self::VersionUnsupported => "this HTTP version is not supported",
            Self::LineEnd => "a line does not end in CRLF",
            Self::FieldName => "a field name is not a token followed by a colon",
            Self::FieldValue => "a field value has a control octet",
            Self::LineFolding => "a field line is folded",
            Self::Host => {
                "the Host field is missing, doubled, invalid or disagrees with the target"
            }
            Self::ContentLength => "Content-Length is not one decimal number",
            Self::TransferEncoding => "Transfer-Encoding is malformed or not allowed here",
            Self::TransferCodingUnknown => "the transfer coding is not supported",
            Self::LengthAndTransferEncoding => "Content-Length and Transfer-Encoding together",
            Self::Expectation => "the expectation is not supported",
            Self::Chunk => "a chunk is malformed",
            Self::Trailer => "a trailer field is not allowed",
            Self::MethodCase => "methods are case-sensitive",
            Self::RequestLineTooLong => "the request line is too long",
            Self::FieldsTooLarge => "the fields are too large",
            Self::ContentTooLarge => "the content is too large",
            Self::Incomplete => "the message is incomplete",
        }
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.reason())
    }
}

impl std::error::Error for PeerError {}

impl From<Fault> for PeerError {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}
