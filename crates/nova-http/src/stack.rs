//! What a connection is made of: a transport and a protocol.

use crate::protocol::{Http1, Protocol};
use crate::transport::{Plain, Transport};

/// Which transport and protocol a new connection begins with.
pub trait Stack {
    /// Between wire and protocol.
    type Transport: Transport;
    /// What the octets mean.
    type Protocol: Protocol;
    /// Both, for one new connection.
    fn open(&mut self) -> (Self::Transport, Self::Protocol);
}

/// HTTP/1.1 on plain octets.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainHttp;

impl Stack for PlainHttp {
    type Transport = Plain;
    type Protocol = Http1;

    fn open(&mut self) -> (Plain, Http1) {
        (Plain, Http1::new())
    }
}
