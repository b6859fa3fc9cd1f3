//! What a client saw.

/// A conversation, from the client's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Every octet that the server sent before the probe.
    pub octets: Vec<u8>,
    /// The client had ended its direction before the server ended its own.
    pub half_closed: bool,
    /// How it ended.
    pub end: End,
}

/// The end of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The connection is open; this came when one more request was sent, if one was.
    Open {
        /// The answer to the probe.
        probe: Option<Vec<u8>>,
    },
    /// The server has ended its direction.
    Ended,
    /// The connection was reset, which can cost the client the last answer.
    Reset,
    /// The client has reset the connection; whether the server served somebody else afterwards.
    Left {
        /// A new connection's answer to the probe.
        probe: Vec<u8>,
    },
}

/// The request that shows that a connection, or a server, lives.
pub const PROBE: &[u8] = b"GET /probe HTTP/1.1\r\nHost: h\r\n\r\n";
