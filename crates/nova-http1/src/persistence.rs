//! Whether the connection outlives the message (RFC 9112 §9.3).

use crate::Version;

/// What the request says about the connection after its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// HTTP/1.1 without `close`: persistent, nothing needs to be said.
    Persistent,
    /// HTTP/1.0 with `keep-alive`: persistent if the answer says `Connection: keep-alive`.
    KeepAlive,
    /// `Connection: close`, or HTTP/1.0 without `keep-alive`: the answer is the last one.
    Close,
}

/// The options of all Connection field lines together (RFC 9110 §7.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ConnectionOptions {
    /// `close` was named.
    pub close: bool,
    /// `keep-alive` was named.
    pub keep_alive: bool,
    /// `upgrade` was named.
    pub upgrade: bool,
}

impl ConnectionOptions {
    /// Adds the options that one Connection field line names.
    pub fn add(&mut self, value: &[u8]) {
        let _ = value;
    }
}

impl Persistence {
    /// RFC 9112 §9.3.
    pub fn of(version: Version, options: ConnectionOptions) -> Self {
        let _ = (version, options);
        Self::Persistent
    }
}
