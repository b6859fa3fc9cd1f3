//! Between the wire and the protocol: nothing (plain), or records to open and seal (TLS).

use std::fmt;
use std::net::SocketAddr;

/// Turns octets of the wire into octets of the protocol, and back. One value for each connection.
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
#[derive(Debug)]
pub struct Opened<'w> {
    /// Octets of the wire that are done with.
    pub consumed: usize,
    /// What the protocol is to read; lies within the consumed octets, and may be empty.
    pub plain: &'w mut [u8],
}

/// The wire carries something that this transport cannot open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportError;

/// No transport security: the wire carries the protocol's own octets. Costs nothing.
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
