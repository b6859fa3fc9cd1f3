//! What a connection is made of: a transport and a protocol.

use std::net::SocketAddr;
use std::time::Duration;

use nova_io::Time;

use crate::limits::Limits;
use crate::protocol::{Http, Protocol};
use crate::proxies::TrustedProxies;
use crate::proxy_protocol::Proxied;
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

/// HTTP/1.1 behind a PROXY header, from the addresses of proxies; from others, without.
#[derive(Clone, Debug)]
pub struct ProxiedHttp {
    from: TrustedProxies,
}

impl ProxiedHttp {
    /// Expects the header from these addresses, and from Unix sockets.
    pub const fn new(from: TrustedProxies) -> Self {
        Self { from }
    }
}

impl Stack for ProxiedHttp {
    type Transport = Proxied<Plain>;
    type Protocol = Http;

    fn open(&mut self, opening: &Opening<'_>) -> (Proxied<Plain>, Http) {
        let expected = opening.peer.is_none_or(|peer| self.from.trusts(peer.ip()));
        let transport = if expected { Proxied::new(Plain) } else { Proxied::direct(Plain) };
        (transport, opening.http())
    }
}
