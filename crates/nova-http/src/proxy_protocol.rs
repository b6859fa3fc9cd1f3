//! The PROXY protocol, versions 1 and 2 (HAProxy's `proxy-protocol.txt`): what a proxy says about its
//! client in front of the first octet of the connection.
//!
//! Whoever may connect to a listener that expects it can claim any address, so such a listener
//! belongs behind the proxy and nowhere else, or asks
//! [`TrustedProxies::trusts`](crate::TrustedProxies::trusts) about its peers. Whether a header comes is
//! configured and never guessed, as the protocol demands: with [`Proxied`] a connection without one is
//! cut.
//!
//! It is read by our own hand. `ppp` 2.3 takes `PROXY TCP4 127.0.0.1 10.0.0.2 56324 `, with the rest
//! still on its way, for an error. `proxy-header` 0.1.3 takes `PROXY?TCP4`, ports like `+80` and 0080,
//! and a line of any length if it comes at once, and refuses LOCAL with a family that it does not
//! know. Neither bounds the length that version 2 announces.
//!
//! Left out: the additional fields of version 2 (TLVs), its checksum among them, are skipped.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::fields::grammar;
use crate::transport::{Opened, Transport, TransportError};

/// "a 108-byte buffer is always enough to store all the line and a trailing zero" (§2.1).
const MAX_LINE: usize = 107;

/// Addresses and TLVs of version 2 together. The longest addresses that we read have 36 octets, a host
/// name has 255, a unique id 128, and there is room for what a certificate says.
const MAX_BLOCK: usize = 2048;

/// What version 2 begins with (§2.2): no protocol's first line.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The signature, version and command, family and protocol, the length of the block.
const FIXED: usize = SIGNATURE.len() + 4;

/// What a proxy says about a connection.
///
/// ```
/// use nova_http::ProxyHeader;
///
/// let (_, header) = ProxyHeader::read(b"PROXY TCP6 2001:db8::1 ::1 56324 443\r\n")?.unwrap();
/// assert_eq!(header.source, "[2001:db8::1]:56324".parse().ok());
/// assert_eq!(header.destination, "[::1]:443".parse().ok());
///
/// let (length, header) = ProxyHeader::read(b"PROXY UNKNOWN\r\n")?.unwrap();
/// assert_eq!((length, header.source), (15, None));
/// # Ok::<(), nova_http::ProxyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// The client's address. `None` if the connection is the proxy's own (LOCAL, as health checks
    /// are), or not one of TCP over IP (UNKNOWN, UNIX and others): then the socket's addresses count.
    pub source: Option<SocketAddr>,
    /// The address that the client has connected to. There is one exactly if there is a source.
    pub destination: Option<SocketAddr>,
}

/// Why the first octets of a connection are no PROXY protocol header.
///
/// ```
/// use nova_http::{ProxyError, ProxyHeader};
///
/// assert_eq!(ProxyHeader::read(b"GET / HTTP/1.1\r\n"), Err(ProxyError::Missing));
/// assert_eq!(ProxyHeader::read(b"PROXY TCP4 here there\r\n"), Err(ProxyError::Malformed));
/// let endless = [b"PROXY ".to_vec(), vec![b'x'; 200]].concat();
/// assert_eq!(ProxyHeader::read(&endless), Err(ProxyError::TooLong));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyError {
    /// They are something else.
    Missing,
    /// They begin like one, and go on as none can.
    Malformed,
    /// The line of version 1 is longer than 107 octets, or the block of version 2 than 2,048.
    TooLong,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the connection does not begin with a PROXY protocol header",
            Self::Malformed => "the PROXY protocol header is malformed",
            Self::TooLong => "the PROXY protocol header is too long",
        })
    }
}

impl std::error::Error for ProxyError {}

impl ProxyHeader {
    /// Nothing is said about the client.
    const SILENT: Self = Self { source: None, destination: None };

    /// Reads the header at the front of `octets`, and says how many octets it has; `Ok(None)` if it
    /// may be one that has not all arrived. However the octets come, the verdict is the same.
    ///
    /// ```
    /// use nova_http::ProxyHeader;
    ///
    /// let octets = b"PROXY TCP4 192.0.2.1 10.0.0.2 56324 443\r\nGET / HTTP/1.1\r\n";
    /// let (length, header) = ProxyHeader::read(octets)?.unwrap();
    /// assert_eq!(header.source, "192.0.2.1:56324".parse().ok());
    /// assert!(octets[length..].starts_with(b"GET"));
    /// assert_eq!(ProxyHeader::read(b"PROXY TCP4 192.0")?, None);
    /// # Ok::<(), nova_http::ProxyError>(())
    /// ```
    ///
    /// # Errors
    /// Why it is none, as early as that is certain and after 2,064 octets at the latest.
    pub fn read(octets: &[u8]) -> Result<Option<(usize, Self)>, ProxyError> {
        if begins_like(octets, SIGNATURE) {
            return read_block(octets);
        }
        match begins_like(octets, b"PROXY ") {
            true => read_line(octets),
            false => Err(ProxyError::Missing),
        }
    }

    const fn new(source: SocketAddr, destination: SocketAddr) -> Self {
        Self { source: Some(source), destination: Some(destination) }
    }
}

/// Whether `octets` are `start` and more, or a beginning of it. No octets begin like everything.
fn begins_like(octets: &[u8], start: &[u8]) -> bool {
    let common = octets.len().min(start.len());
    octets[..common] == start[..common]
}

/// Version 1: `PROXY TCP4 source destination port port CRLF`.
fn read_line(octets: &[u8]) -> Result<Option<(usize, ProxyHeader)>, ProxyError> {
    let window = &octets[..octets.len().min(MAX_LINE)];
    let Some(end) = window.iter().position(|octet| matches!(octet, b'\r' | b'\n')) else {
        // One octet of a window without an end is left for the line feed.
        return if octets.len() < MAX_LINE - 1 { Ok(None) } else { Err(ProxyError::TooLong) };
    };
    match window.get(end..) {
        Some([b'\r', b'\n', ..]) => {}
        Some([b'\r']) if octets.len() < MAX_LINE => return Ok(None),
        Some([b'\r']) => return Err(ProxyError::TooLong),
        _ => return Err(ProxyError::Malformed),
    }
    // A line that ends within "PROXY " does not begin like it, so there is something to cut.
    let said = window.get(b"PROXY ".len()..end).ok_or(ProxyError::Malformed)?;
    let header = line(said).ok_or(ProxyError::Malformed)?;
    Ok(Some((end + 2, header)))
}

/// What is between `PROXY ` and the end of the line.
fn line(said: &[u8]) -> Option<ProxyHeader> {
    if said == b"UNKNOWN" || said.starts_with(b"UNKNOWN ") {
        // "the receiver must ignore anything presented before the CRLF".
        return Some(ProxyHeader::SILENT);
    }
    let mut parts = str::from_utf8(said).ok()?.split(' ');
    let mut next = || parts.next();
    let (family, source, destination) = (next()?, next()?, next()?);
    let (from, to) = (port(next()?)?, port(next()?)?);
    if next().is_some() {
        return None;
    }
    Some(match family {
        "TCP4" => {
            let (source, destination): (Ipv4Addr, Ipv4Addr) =
                (source.parse().ok()?, destination.parse().ok()?);
            ProxyHeader::new((source, from).into(), (destination, to).into())
        }
        "TCP6" => {
            let (source, destination): (Ipv6Addr, Ipv6Addr) =
                (source.parse().ok()?, destination.parse().ok()?);
            ProxyHeader::new((source, from).into(), (destination, to).into())
        }
        _ => return None,
    })
}

/// A decimal number without leading zeros.
fn port(digits: &str) -> Option<u16> {
    let padded = digits.len() > 1 && digits.starts_with('0');
    let number = grammar::number(digits.as_bytes()).filter(|_| !padded)?;
    number.try_into().ok()
}

/// Version 2: a fixed part, then a block of the length that it announces.
fn read_block(octets: &[u8]) -> Result<Option<(usize, ProxyHeader)>, ProxyError> {
    let Some(&command) = octets.get(SIGNATURE.len()) else { return Ok(None) };
    let local = match command {
        0x20 => true,
        0x21 => false,
        _ => return Err(ProxyError::Malformed),
    };
    let Some(&family) = octets.get(SIGNATURE.len() + 1) else { return Ok(None) };
    let addresses = match family {
        // LOCAL: "the receiver (...) must discard the protocol block including the family which is
        // ignored".
        _ if local => 0,
        0x11 => 2 * (4 + 2),
        0x21 => 2 * (16 + 2),
        // No addresses, datagrams, sockets of UNIX: legal, and nothing that we could use.
        0x00 | 0x12 | 0x22 | 0x31 | 0x32 => 0,
        _ => return Err(ProxyError::Malformed),
    };
    let Some(&[high, low]) = octets.get(SIGNATURE.len() + 2..FIXED) else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_BLOCK {
        return Err(ProxyError::TooLong);
    }
    if length < addresses {
        return Err(ProxyError::Malformed);
    }
    let Some(block) = octets.get(FIXED..FIXED + length) else { return Ok(None) };
    Ok(Some((FIXED + length, block_addresses(&block[..addresses]))))
}

/// Source, destination, port of the source, port of the destination.
fn block_addresses(block: &[u8]) -> ProxyHeader {
    if let Ok([a, b, c, d, e, f, g, h, i, j, k, l]) = <[u8; 12]>::try_from(block) {
        let source = (Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([i, j]));
        let destination = (Ipv4Addr::new(e, f, g, h), u16::from_be_bytes([k, l]));
        return ProxyHeader::new(source.into(), destination.into());
    }
    let halves = block.split_first_chunk::<16>();
    let halves = halves.and_then(|(source, rest)| Some((source, rest.split_first_chunk::<16>()?)));
    match halves {
        Some((source, (destination, &[a, b, c, d]))) => ProxyHeader::new(
            (Ipv6Addr::from(*source), u16::from_be_bytes([a, b])).into(),
            (Ipv6Addr::from(*destination), u16::from_be_bytes([c, d])).into(),
        ),
        _ => ProxyHeader::SILENT,
    }
}

/// A transport behind a PROXY protocol header: it reads the header, and then is the inner transport.
///
/// ```
/// use nova_http::{Http, Opening, Plain, Proxied, Stack};
///
/// #[derive(Debug)]
/// struct AlwaysProxied;
///
/// impl Stack for AlwaysProxied {
///     type Transport = Proxied<Plain>;
///     type Protocol = Http;
///
///     fn open(&mut self, opening: &Opening<'_>) -> (Proxied<Plain>, Http) {
///         (Proxied::new(Plain), opening.http())
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Proxied<T> {
    header: Header,
    inner: T,
}

#[derive(Clone, Copy, Debug)]
enum Header {
    /// None will come: this client is no proxy.
    NotExpected,
    Awaited,
    Read(ProxyHeader),
}

impl<T> Proxied<T> {
    /// A new connection, whose first octets must be a header.
    pub const fn new(inner: T) -> Self {
        Self { header: Header::Awaited, inner }
    }

    /// A new connection that is not a proxy's, and begins without a header.
    pub const fn direct(inner: T) -> Self {
        Self { header: Header::NotExpected, inner }
    }

    /// What the proxy has said, once it has.
    pub const fn header(&self) -> Option<ProxyHeader> {
        match self.header {
            Header::NotExpected | Header::Awaited => None,
            Header::Read(header) => Some(header),
        }
    }

    /// The transport that follows the header.
    pub const fn inner(&self) -> &T {
        &self.inner
    }
}

impl<T: Transport> Transport for Proxied<T> {
    #[inline]
    fn open<'w>(
        &mut self,
        wire: &'w mut [u8],
        reply: &mut Vec<u8>,
    ) -> Result<Opened<'w>, TransportError> {
        match self.header {
            Header::NotExpected | Header::Read(_) => self.inner.open(wire, reply),
            Header::Awaited => {
                let read = ProxyHeader::read(wire).map_err(|error| {
                    tracing::debug!(%error, "a connection is refused");
                    TransportError
                })?;
                let consumed = read.map_or(0, |(length, header)| {
                    self.header = Header::Read(header);
                    length
                });
                Ok(Opened { consumed, plain: &mut wire[..0] })
            }
        }
    }

    #[inline]
    fn seals(&self) -> bool {
        self.inner.seals()
    }

    fn opening(&self) -> bool {
        matches!(self.header, Header::Awaited) || self.inner.opening()
    }

    /// The client's address, if the proxy has named one.
    #[inline]
    fn source(&self) -> Option<SocketAddr> {
        match self.header {
            Header::Read(header) => header.source,
            Header::NotExpected | Header::Awaited => self.inner.source(),
        }
    }

    #[inline]
    fn seal<'b>(&mut self, plain: &'b [u8], wire: &'b mut Vec<u8>) -> &'b [u8] {
        self.inner.seal(plain, wire)
    }
}

#[cfg(test)]
mod tests;
