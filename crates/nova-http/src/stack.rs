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
///
/// ```
/// use nova_http::testing::Bench;
/// use nova_http::{Call, Http, Limits, Opening, Plain, Stack, Tasks};
/// use nova_io::sim::Network;
///
/// /// HTTP on plain octets, with a line for each connection.
/// struct Told;
///
/// impl Stack for Told {
///     type Transport = Plain;
///     type Protocol = Http;
///
///     fn open(&mut self, opening: &Opening<'_>) -> (Plain, Http) {
///         println!("{:?} has connected", opening.peer);
///         (Plain, opening.http())
///     }
/// }
///
/// # async fn hello(_: Call) -> &'static str { "hello" }
/// let make = |_| (Told, Tasks::new(hello));
/// let mut bench = Bench::new(Network::calm(), Limits::default(), 1, make);
/// let mut client = bench.connect();
/// client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
/// assert!(bench.drain(&mut client).ends_with(b"hello"));
/// ```
pub trait Stack {
    /// Between wire and protocol.
    type Transport: Transport;
    /// What the octets mean.
    type Protocol: Protocol;
    /// Both, for one new connection.
    fn open(&mut self, opening: &Opening<'_>) -> (Self::Transport, Self::Protocol);
}

/// What is known of a connection before anything has been read from it.
///
/// ```
/// use nova_http::{Awaits, Limits, Opening, Protocol};
/// use nova_io::Time;
///
/// let limits = Limits::default();
/// let opening = Opening { now: Time::ZERO, limits: &limits, peer: None };
/// assert_eq!(opening.http().awaits(), Awaits::Request);
/// ```
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
///
/// ```
/// use nova_http::testing::Bench;
/// use nova_http::{Call, Limits, PlainHttp, Tasks};
/// use nova_io::sim::Network;
///
/// async fn hello(_call: Call) -> &'static str {
///     "hello"
/// }
///
/// // Two workers over one network.
/// let make = |_| (PlainHttp, Tasks::new(hello));
/// let mut bench = Bench::new(Network::calm(), Limits::default(), 2, make);
/// let mut client = bench.connect();
/// client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
/// assert!(bench.drain(&mut client).ends_with(b"hello"));
/// ```
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
///
/// ```
/// use nova_http::testing::Bench;
/// use nova_http::{Call, Limits, ProxiedHttp, Tasks, TrustedProxies};
/// use nova_io::sim::Network;
///
/// async fn who(call: Call) -> String {
///     call.peer().map_or("somebody".to_owned(), |peer| peer.ip().to_string())
/// }
///
/// let balancers: TrustedProxies = "10.0.0.0/8".parse()?;
/// let make = |_| (ProxiedHttp::new(balancers.clone()), Tasks::new(who));
/// let mut bench = Bench::new(Network::calm(), Limits::default(), 1, make);
/// let mut balancer = bench.connect_from("10.0.0.1:1000".parse()?);
/// balancer.write(b"PROXY TCP4 192.0.2.7 10.0.0.2 56324 80\r\n");
/// balancer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
/// assert!(bench.drain(&mut balancer).ends_with(b"192.0.2.7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
