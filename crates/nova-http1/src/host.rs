//! `uri-host [ ":" port ]` (RFC 9112 §3.2, RFC 3986 §3.2.2): the value of Host, and authorities.

use std::net::Ipv6Addr;

use crate::scan::class::{self, REG_NAME};

/// Whether `octets` are a host with an optional port. An empty host is not: no client of an origin
/// server has a reason to send one, and what it means differs between recipients. A port may be
/// empty (RFC 3986 §3.2.3) and is at most 65,535.
#[inline]
pub(crate) fn is_host(octets: &[u8]) -> bool {
    let plain = octets.iter().position(|&octet| !class::is(octet, REG_NAME));
    match plain.map_or((octets, &[][..]), |at| octets.split_at(at)) {
        ([], []) => false,
        (_, []) => true,
        ([_, ..], [b':', port @ ..]) => is_port(port),
        _ => is_unusual_host(octets),
    }
}

/// Whether `octets` are a host with a port, as CONNECT must name it (RFC 9110 §9.3.6).
pub(crate) fn is_host_with_port(octets: &[u8]) -> bool {
    let port = octets.iter().rposition(|&octet| octet == b':').map(|at| &octets[at + 1..]);
    is_host(octets) && port.is_some_and(|port| !port.is_empty() && is_port(port))
}

/// Whether two authorities are the same: without case, and without the scheme's default port.
pub(crate) fn is_same_authority(one: &[u8], other: &[u8], default_port: &[u8]) -> bool {
    let bare = |octets| -> &[u8] {
        let octets: &[u8] = octets;
        let without = octets.strip_suffix(default_port).and_then(|rest| rest.strip_suffix(b":"));
        without.or_else(|| octets.strip_suffix(b":")).unwrap_or(octets)
    };
    bare(one).eq_ignore_ascii_case(bare(other))
}

/// At most 65,535, in at most five digits; none at all stand for the scheme's port.
#[inline]
pub(crate) fn is_port(octets: &[u8]) -> bool {
    let mut port = 0;
    for octet in octets {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            return false;
        }
        port = (port * 10 + u32::from(digit)).min(1 << 16);
    }
    octets.len() <= 5 && port <= 65_535
}

/// Percent-encodings and IP literals.
#[cold]
fn is_unusual_host(octets: &[u8]) -> bool {
    let (host, port) = match octets {
        [b'[', rest @ ..] => match rest.iter().position(|&octet| octet == b']') {
            Some(end) if is_ip_literal(&rest[..end]) => (&[][..], &rest[end + 1..]),
            _ => return false,
        },
        _ => match octets.iter().position(|&octet| octet == b':') {
            Some(0) => return false,
            Some(end) => (&octets[..end], &octets[end..]),
            None => (octets, &[][..]),
        },
    };
    is_reg_name(host) && (port.is_empty() || port.strip_prefix(b":").is_some_and(is_port))
}

/// `reg-name = *( unreserved / pct-encoded / sub-delims )`
fn is_reg_name(mut octets: &[u8]) -> bool {
    loop {
        octets = match octets {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest
            }
            [octet, rest @ ..] if class::is(*octet, REG_NAME) => rest,
            _ => return false,
        };
    }
}

/// `IP-literal` without its brackets: `IPv6address / IPvFuture`.
fn is_ip_literal(octets: &[u8]) -> bool {
    if let [b'v' | b'V', rest @ ..] = octets {
        let Some(dot) = rest.iter().position(|&octet| octet == b'.') else { return false };
        let (version, address) = (&rest[..dot], &rest[dot + 1..]);
        let is_address = |&octet: &u8| octet == b':' || class::is(octet, REG_NAME);
        return !version.is_empty()
            && version.iter().all(u8::is_ascii_hexdigit)
            && !address.is_empty()
            && address.iter().all(is_address);
    }
    str::from_utf8(octets).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What RFC 3986 allows, and what it does not.
    #[test]
    fn hosts_are_told_from_other_things() {
        let hosts: [&[u8]; 14] = [
            b"h",
            b"example.org",
            b"example.org:8080",
            b"h:",
            b"127.0.0.1:65535",
            b"[::1]",
            b"[::1]:80",
            b"[2001:db8::192.0.2.1]:1",
            b"[v1.a:b]",
            b"a_b",
            b"a%20b",
            b"a%2Fb:1",
            b"xn--bcher-kva.example",
            b"a,b;c=d",
        ];
        for host in hosts {
            assert!(is_host(host), "{}", String::from_utf8_lossy(host));
        }
        let others: [&[u8]; 24] = [
            b"",
            b":",
            b":80",
            b"h/x",
            b"h x",
            b"user@h",
            b"h:80:80",
            b"h:65536",
            b"h:123456",
            b"h:a",
            b"h:+1",
            b"[::1",
            b"::1",
            b"[]",
            b"[::g]",
            b"[::1]x",
            b"[::1]80",
            b"a%2",
            b"a%zz",
            b"h?x",
            b"h#x",
            b"h\\x",
            b"\xC3\xA9",
            b"[v.a]",
        ];
        for other in others {
            assert!(!is_host(other), "{}", String::from_utf8_lossy(other));
        }
    }

    /// Case and default ports do not tell authorities apart; anything else does.
    #[test]
    fn authorities_are_compared() {
        assert!(is_same_authority(b"H:80", b"h", b"80"));
        assert!(is_same_authority(b"h:", b"h:80", b"80"));
        assert!(!is_same_authority(b"h:8080", b"h", b"80"));
        assert!(!is_same_authority(b"h:80", b"h", b"443"));
        assert!(!is_same_authority(b"h.", b"h", b"80"));
    }
}
