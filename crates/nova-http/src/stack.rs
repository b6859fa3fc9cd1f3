//! What a connection is made of: a transport and a protocol.

use std::net::SocketAddr;
use std::time::Duration;

use nova_io::Time;

use crate::limits::Limits;
use crate::protocol::{Http, Protocol};
use crate::transport::{Plain, Transport};

/// Which transport and protocol a new connection begins with.
pub trait Stack {
    /// Between wire and protocol.
    type Transport: Transport;
    /// What the octets mean.
    type Protocol: Protocol;
    /// Both, for one new connection.
    fn open(&mut self, opening: &Opening<'_>) -> (Self::Transport, Self::Protocol);
}

/// What is known of a connection before anything has been read from it.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The moment.
    pub now: Time,
    /// The server's bounds.
    pub limits: &'a Limits,
    /// From where it comes; `None` for Unix sockets.
    pub peer: Option<SocketAddr>,
}

impl Opening<'_> {
    /// An HTTP connection that ends at the age that the bounds allow.
    pub fn http(&self) -> Http {
        Http::new(match self.limits.age {
            Duration::MAX => Time::NEVER,
            age => self.now + age,
        })
    }
}

/// HTTP/1.1 on plain octets.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainHttp;

impl Stack for PlainHttp {
    type Transport = Plain;
    type Protocol = Http;

    fn open(&mut self, opening: &Opening<'_>) -> (Plain, Http) {
        (Plain, opening.http())
    }
}
