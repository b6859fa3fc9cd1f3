//! Between the wire and the protocol: nothing (plain), or records to open and seal (TLS).

use std::fmt;
use std::net::SocketAddr;

/// Turns octets of the wire into octets of the protocol, and back. One value for each connection.
///
/// ```
/// use nova_http::{Opened, Transport, TransportError};
///
/// /// Flips every bit: as TLS does, but with a secrecy of zero.
/// #[derive(Debug)]
/// struct Flipped;
///
/// impl Transport for Flipped {
///     fn open<'w>(
///         &mut self,
///         wire: &'w mut [u8],
///         _reply: &mut Vec<u8>,
///     ) -> Result<Opened<'w>, TransportError> {
///         wire.iter_mut().for_each(|octet| *octet = !*octet);
///         Ok(Opened { consumed: wire.len(), plain: wire })
///     }
///
///     fn seal<'b>(&mut self, plain: &'b [u8], wire: &'b mut Vec<u8>) -> &'b [u8] {
///         wire.extend(plain.iter().map(|octet| !octet));
///         wire
///     }
/// }
///
/// let mut wire = Vec::new();
/// Flipped.seal(b"hello", &mut wire);
/// let opened = Flipped.open(&mut wire, &mut Vec::new()).unwrap();
/// assert_eq!((opened.consumed, &*opened.plain), (5, &b"hello"[..]));
/// ```
pub trait Transport: fmt::Debug {
    /// Opens what it can at the front of `wire`, in place.
    ///
    /// A transport that has something to say by itself (a handshake) appends octets of the wire to
    /// `reply`. `consumed == 0` means that more octets are needed. An error ends the connection
    /// after `reply` has been sent.
    fn open<'w>(
        &mut self,
        wire: &'w mut [u8],
        reply: &mut Vec<u8>,
    ) -> Result<Opened<'w>, TransportError>;

    /// Whether it is still with its own beginning, before the protocol's first octet. That must be
    /// over within [`Limits::head`](crate::Limits::head).
    #[inline]
    fn opening(&self) -> bool {
        false
    }

    /// The client's address, if the transport knows better than the socket.
    #[inline]
    fn source(&self) -> Option<SocketAddr> {
        None
    }

    /// Whether [`Transport::seal`] changes anything. If not, it need not see all octets in a row.
    #[inline]
    fn seals(&self) -> bool {
        true
    }

    /// Seals `plain`. Either gives it back as it is, or appends to `wire` and gives that back.
    fn seal<'b>(&mut self, plain: &'b [u8], wire: &'b mut Vec<u8>) -> &'b [u8];
}

/// What [`Transport::open`] has made of the front of the wire.
///
/// ```
/// use nova_http::{Opened, Plain, Transport};
///
/// let mut wire = *b"GET /";
/// let Opened { consumed, plain } = Plain.open(&mut wire, &mut Vec::new()).unwrap();
/// assert_eq!((consumed, &*plain), (5, &b"GET /"[..]));
/// ```
#[derive(Debug)]
pub struct Opened<'w> {
    /// Octets of the wire that are done with.
    pub consumed: usize,
    /// What the protocol is to read; lies within the consumed octets, and may be empty.
    pub plain: &'w mut [u8],
}

/// The wire carries something that this transport cannot open.
///
/// ```
/// use nova_http::{Plain, Proxied, Transport, TransportError};
///
/// // A proxy's header is expected, and something else comes.
/// let mut wire = *b"GET / HTTP/1.1\r\n";
/// let opened = Proxied::new(Plain).open(&mut wire, &mut Vec::new());
/// assert_eq!(opened.err(), Some(TransportError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportError;

/// No transport security: the wire carries the protocol's own octets. Costs nothing.
///
/// ```
/// use nova_http::{Plain, Transport};
///
/// assert!(!Plain.seals() && !Plain.opening());
/// assert_eq!(Plain.seal(b"hello", &mut Vec::new()), b"hello");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Transport for Plain {
    #[inline]
    fn seals(&self) -> bool {
        false
    }

    #[inline]
    fn open<'w>(
        &mut self,
        wire: &'w mut [u8],
        _reply: &mut Vec<u8>,
    ) -> Result<Opened<'w>, TransportError> {
        Ok(Opened { consumed: wire.len(), plain: wire })
    }

    #[inline]
    fn seal<'b>(&mut self, plain: &'b [u8], _wire: &'b mut Vec<u8>) -> &'b [u8] {
        plain
    }
}
