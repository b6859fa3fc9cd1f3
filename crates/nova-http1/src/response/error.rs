//! What an application can do wrong when it answers, and what it should do instead.

use std::fmt;

/// An answer that is not sent. It is the application's turn: the client has done nothing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerError {
    /// A field name is not a token (RFC 9110 §5.1).
    FieldName,
    /// A field value has CR, LF, NUL or another control octet (RFC 9110 §5.5).
    FieldValue,
    /// Content-Length is not a number, is doubled, or is not the length of the content; or the
    /// content is longer than [`LONGEST_CONTENT`](crate::framing::LONGEST_CONTENT).
    ContentLength,
    /// Transfer-Encoding, other than `chunked` for content of unknown length.
    TransferEncoding,
    /// A Connection field other than `close`.
    Connection,
    /// A Keep-Alive or Proxy-Connection field.
    KeepAlive,
    /// An Upgrade field in an answer other than 426.
    Upgrade,
    /// A 1xx status as final answer.
    InterimStatus,
    /// A status that is not 1xx, or is 101, as interim answer.
    NotInterim,
    /// Content in a 204, 205 or 304 answer.
    ContentNotAllowed,
    /// A 2xx answer to CONNECT.
    Tunnel,
    /// A tunnel with the wrong status, without the name of its protocol, or that nobody asked for.
    NotTunnel,
    /// A trailer field that belongs to the head.
    Trailer,
}

impl AnswerError {
    /// One sentence for the application's author: what is wrong, and what to do instead.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::FieldName => {
                "a field name is not a token: use letters, digits and hyphens, without the colon"
            }
            Self::FieldValue => {
                "a field value has a control octet such as CR, LF or NUL: remove or encode it"
            }
            Self::ContentLength => {
                "Content-Length disagrees with the content or is said twice: leave it out, \
                 it is added for you"
            }
            Self::TransferEncoding => {
                "Transfer-Encoding is not the application's to choose: leave it out and give \
                 content of unknown length"
            }
            Self::Connection => {
                "Connection can only say `close` here: leave it out, persistence is decided for you"
            }
            Self::KeepAlive => {
                "Keep-Alive and Proxy-Connection belong to the connection: leave them out"
            }
            Self::Upgrade => "Upgrade can only be sent with 426: leave it out of other answers",
            Self::InterimStatus => {
                "a 1xx status is not a final answer: send it as an interim answer, then a final one"
            }
            Self::NotInterim => {
                "an interim answer has the status 100 or 102 to 199: send others as final answers"
            }
            Self::ContentNotAllowed => {
                "answers with 204, 205 and 304 have no content: leave it out, or choose 200"
            }
            Self::Tunnel => {
                "2xx to CONNECT opens a tunnel: answer 501 or 405, or accept the tunnel as one"
            }
            Self::NotTunnel => {
                "a tunnel begins with 101 and an Upgrade field, or with 2xx to CONNECT, and only if \
                 the client has asked for it"
            }
            Self::Trailer => "this field cannot be a trailer: send it with the head",
        }
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.advice())
    }
}

impl std::error::Error for AnswerError {}
