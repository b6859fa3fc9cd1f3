//! Who the client is when proxies stand in front of us: `Forwarded` (RFC 7239) and
//! `X-Forwarded-For`, believed as far as they were written by someone we trust.
//!
//! Anybody can send these fields. The only element with a witness is the last one: it was written by
//! the peer, so it is believed if the peer is trusted; the one before it was written by whoever the
//! last one names, so it is believed if that one is trusted, too; and so on. The first hop that is
//! not trusted is the client, and what stands left of it is what the client says of itself.
//!
//! One field is looked at and never the other, whichever is there: a proxy that writes one of them
//! hands the other through as the client has sent it. `X-Forwarded-For` is the default because
//! nearly all proxies and load balancers append to it unasked, and few write `Forwarded`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

use crate::fields::grammar::{self, Elements, Malformed, Parameter, Parameters};
use crate::request::RequestHead;

/// The proxies whose word about their clients is believed.
///
/// ```
/// use nova_http::TrustedProxies;
///
/// let proxies: TrustedProxies = "10.0.0.0/8, 127.0.0.1, 2001:db8::/32".parse()?;
/// assert!(proxies.trusts("10.1.2.3".parse().unwrap()));
/// assert!(!proxies.trusts("192.0.2.1".parse().unwrap()));
/// # Ok::<(), nova_http::NotANetwork>(())
/// ```
///
/// # What a trusted proxy must do
/// Append its client's address to the configured field, or replace the field. One that hands it
/// through as it came lets every client choose its own address.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    field: ForwardedField,
}

/// Which field the proxies write.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, ForwardedField, Request, Response, TrustedProxies};
///
/// let proxies = TrustedProxies::new(["10.0.0.0/8"])?.field(ForwardedField::Forwarded);
/// let app = App::new(move |request: &Request<'_>, response: Response<'_>| -> Answered {
///     let Some(peer) = request.peer else { return response.send(b"a Unix socket") };
///     let client = proxies.client_address(peer.ip(), &request.head);
///     response.send(client.to_string().as_bytes())
/// });
/// let asking = app.get("/").from("10.0.0.1:1000".parse()?).field("forwarded", "for=192.0.2.7");
/// assert_eq!(asking.send().text(), "192.0.2.7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedField {
    /// `X-Forwarded-For: client, proxy, proxy`. The default.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy` (RFC 7239).
    Forwarded,
}

impl TrustedProxies {
    /// Trusts nobody: the client is whoever has the connection.
    pub const fn none() -> Self {
        Self { networks: Vec::new(), field: ForwardedField::XForwardedFor }
    }

    /// Trusts these networks (`10.0.0.0/8`, `2001:db8::/32`) and addresses (`127.0.0.1`).
    ///
    /// ```
    /// use nova_http::TrustedProxies;
    ///
    /// assert!(TrustedProxies::new(["192.0.2.0/24", "::1"]).is_ok());
    /// let error = TrustedProxies::new(["192.0.2.1/24"]).unwrap_err();
    /// assert!(error.to_string().contains("192.0.2.0/24"));
    /// ```
    ///
    /// # Errors
    /// The first one that is neither.
    pub fn new<S: AsRef<str>>(networks: impl IntoIterator<Item = S>) -> Result<Self, NotANetwork> {
        let networks = networks.into_iter().map(|it| parse_network(it.as_ref().trim()));
        Ok(Self { networks: networks.collect::<Result<_, _>>()?, ..Self::none() })
    }

    /// The field that these proxies write. Only this one is looked at.
    pub fn field(mut self, field: ForwardedField) -> Self {
        self.field = field;
        self
    }

    /// Whether `address` belongs to a trusted proxy. An IPv4 address is the same one when it is
    /// written in IPv6 (`::ffff:192.0.2.1`).
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The address of the client that the request comes from.
    ///
    /// Begins with `peer`, who has the connection, and walks the field from the right while the
    /// address that it is at is trusted. An element that names no address (`unknown`, an obfuscated
    /// identifier, anything malformed) ends the walk where it is.
    ///
    /// ```
    /// use std::net::IpAddr;
    ///
    /// use nova_http::{RequestHead, TrustedProxies};
    ///
    /// fn client(proxies: &TrustedProxies, peer: IpAddr, head: &RequestHead<'_>) -> String {
    ///     proxies.client_address(peer, head).to_string()
    /// }
    /// ```
    pub fn client_address(&self, peer: IpAddr, head: &RequestHead<'_>) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let mut walk = Walk { proxies: self, client: None };
        match self.field {
            ForwardedField::XForwardedFor => {
                let lines = head.fields.all("x-forwarded-for");
                let elements = lines.flat_map(|line| line.split(|&octet| octet == b','));
                for element in elements.map(grammar::trim).filter(|it| !it.is_empty()) {
                    walk.pass(node(element, Ipv6::Bare));
                }
            }
            ForwardedField::Forwarded => {
                for element in head.fields.all("forwarded").flat_map(Elements) {
                    walk.pass(element.ok().and_then(forwarded_for));
                }
            }
        }
        walk.client.unwrap_or(peer)
    }
}

/// The walk from the right, made in one pass from the left: quoted strings can only be read forwards,
/// and a list of any length must not cost more than its length.
struct Walk<'p> {
    proxies: &'p TrustedProxies,
    /// Where the walk ends if every hop from here to the right is trusted; `None` is the next hop to
    /// the right.
    client: Option<IpAddr>,
}

impl Walk<'_> {
    /// The next element to the right names `hop`, or nobody.
    fn pass(&mut self, hop: Option<IpAddr>) {
        self.client = match (hop, self.client) {
            // The walk cannot come past this one.
            (None, _) => None,
            (Some(hop), Some(client)) if self.proxies.trusts(hop) => Some(client),
            (Some(hop), _) => Some(hop),
        };
    }
}

/// The address in the `for` parameter of a `forwarded-element` (RFC 7239 §4). None of the parameters
/// may be malformed, and `for` is there once.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut found = None;
    for parameter in pairs(element) {
        let parameter = parameter.ok()?;
        if parameter.name.eq_ignore_ascii_case("for") && found.replace(parameter).is_some() {
            return None;
        }
    }
    node(&found?.value(), Ipv6::Bracketed)
}

/// `[ forwarded-pair ] *( ";" [ forwarded-pair ] )`
fn pairs(element: &[u8]) -> impl Iterator<Item = Result<Parameter<'_>, Malformed>> {
    let (first, rest) = match Parameter::split(element) {
        _ if element.starts_with(b";") => (None, element),
        Some((first, rest)) => (Some(Ok(first)), rest),
        None => (Some(Err(Malformed)), &[][..]),
    };
    first.into_iter().chain(Parameters(rest))
}

/// Whether an IPv6 address needs brackets around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ipv6 {
    Bare,
    Bracketed,
}

/// `node = nodename [ ":" node-port ]` (RFC 7239 §6), if it is an address. The port is not kept.
fn node(octets: &[u8], ipv6: Ipv6) -> Option<IpAddr> {
    let text = str::from_utf8(octets).ok()?;
    let (address, port): (IpAddr, &str) = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        (address.parse::<Ipv6Addr>().ok()?.into(), port)
    } else if let (Ipv6::Bare, Ok(address)) = (ipv6, text.parse::<Ipv6Addr>()) {
        (address.into(), "")
    } else {
        let (address, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        (address.parse::<Ipv4Addr>().ok()?.into(), port)
    };
    let port = port.as_bytes();
    (port.is_empty() || is_port(port.strip_prefix(b":")?)).then(|| address.to_canonical())
}

/// `port = 1*5DIGIT`, `obfport = "_" 1*( ALPHA / DIGIT / "." / "_" / "-" )`
fn is_port(octets: &[u8]) -> bool {
    match octets {
        [b'_', rest @ ..] => {
            let allowed = |octet: &u8| octet.is_ascii_alphanumeric() || b"._-".contains(octet);
            !rest.is_empty() && rest.iter().all(allowed)
        }
        _ => octets.len() <= 5 && grammar::number(octets).is_some_and(|port| port <= 65_535),
    }
}

impl FromStr for TrustedProxies {
    type Err = NotANetwork;

    /// Networks and addresses, separated by commas; nothing trusts nobody.
    fn from_str(list: &str) -> Result<Self, NotANetwork> {
        Self::new(list.split(',').filter(|it| !it.trim().is_empty()))
    }
}

/// A network, or an address as the network that has only this one.
fn parse_network(text: &str) -> Result<IpNet, NotANetwork> {
    let error = |meant| NotANetwork { given: text.to_owned(), meant };
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().map_err(|_| error(None))?,
    };
    if network.addr() != network.network() {
        return Err(error(Some(network.trunc())));
    }
    // IPv4 in IPv6, as a socket for both shows its peers; they are compared as IPv4.
    if let IpNet::V6(v6) = network
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Some(length) = v6.prefix_len().checked_sub(96)
    {
        return Ipv4Net::new(v4, length).map(IpNet::V4).map_err(|_| error(None));
    }
    Ok(network)
}

/// What was given as a trusted proxy is neither a network nor an address.
///
/// ```
/// use nova_http::{NotANetwork, TrustedProxies};
///
/// let error: NotANetwork = TrustedProxies::new(["10.0.0.1/8"]).unwrap_err();
/// assert!(error.to_string().contains("the network is 10.0.0.0/8"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotANetwork {
    given: String,
    /// The network that the given address lies in, if it has a prefix.
    meant: Option<IpNet>,
}

impl fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a network to trust: ", self.given)?;
        match self.meant {
            Some(meant) => write!(
                f,
                "it has bits behind its prefix; the network is {meant}, and one address has no prefix"
            ),
            None => f.write_str("it should look like 10.0.0.0/8, 2001:db8::/32 or 127.0.0.1"),
        }
    }
}

impl std::error::Error for NotANetwork {}

#[cfg(test)]
mod tests;
