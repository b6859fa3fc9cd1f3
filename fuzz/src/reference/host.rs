//! `uri-host [ ":" port ]` (RFC 9110 §4.2.1, RFC 3986 §3.2.2 and §3.2.3).

use super::grammar::{is_reg_name, same};

/// An authority without userinfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority<'a> {
    /// Before the colon of the port; never empty here.
    pub host: &'a [u8],
    /// After it, if there is one; perhaps empty.
    pub port: Option<&'a [u8]>,
}

/// Reads an authority, all of it.
pub fn authority(octets: &[u8]) -> Option<Authority<'_>> {
    // The colon of a port comes after the brackets of an IP-literal; a reg-name has none.
    let host_end = match octets.first()? {
        b'[' => octets.iter().position(|&octet| octet == b']')? + 1,
        _ => octets.iter().position(|&octet| octet == b':').unwrap_or(octets.len()),
    };
    let (host, rest) = octets.split_at(host_end);
    let port = match rest {
        [] => None,
        [b':', port @ ..] => Some(port),
        _ => return None,
    };
    let is_host = match host {
        [] => false,
        [b'[', literal @ .., b']'] => is_ipv6(literal) || is_future(literal),
        name => is_name(name),
    };
    (is_host && port.is_none_or(is_port)).then_some(Authority { host, port })
}

/// Whether two authorities of URIs with a scheme name the same server.
pub fn agree(one: Authority<'_>, other: Authority<'_>, default_port: &[u8]) -> bool {
    fn said<'a>(authority: Authority<'a>, default_port: &[u8]) -> Option<&'a [u8]> {
        authority.port.filter(|&port| !port.is_empty() && port != default_port)
    }
    same(one.host, other.host) && said(one, default_port) == said(other, default_port)
}

/// `port = *DIGIT`, and what a port can be: at most 65,535, in at most five digits.
fn is_port(octets: &[u8]) -> bool {
    octets.len() <= 5
        && octets.iter().all(u8::is_ascii_digit)
        && octets.iter().fold(0_u32, |port, octet| port * 10 + u32::from(octet - b'0')) <= 65_535
}

/// `reg-name = *( unreserved / pct-encoded / sub-delims )`; an IPv4address is one, too.
fn is_name(octets: &[u8]) -> bool {
    let mut at = 0;
    while at < octets.len() {
        if octets[at] == b'%' {
            let digits = octets.get(at + 1..at + 3);
            if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                return false;
            }
            at += 3;
        } else if is_reg_name(octets[at]) {
            at += 1;
        } else {
            return false;
        }
    }
    true
}

/// `IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`
fn is_future(octets: &[u8]) -> bool {
    let [b'v' | b'V', rest @ ..] = octets else { return false };
    let digits = rest.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
    let [b'.', address @ ..] = &rest[digits..] else { return false };
    digits > 0
        && !address.is_empty()
        && address.iter().all(|&octet| octet == b':' || is_reg_name(octet))
}

/// `IPv6address`: its nine alternatives are eight groups of 16 bits, of which one run of at least one
/// may be left out as `::`, and of which the last two may be written as an IPv4address.
fn is_ipv6(octets: &[u8]) -> bool {
    let gap = octets.windows(2).position(|pair| pair == b"::");
    match gap {
        None => groups(octets, true) == Some(8),
        Some(gap) => {
            // In front of the gap there is no IPv4address: it would have to be the last.
            let (front, back) = (groups(&octets[..gap], false), groups(&octets[gap + 2..], true));
            matches!((front, back), (Some(front), Some(back)) if front + back <= 7)
        }
    }
}

/// How many groups of 16 bits these are, separated by colons.
fn groups(octets: &[u8], may_end_in_ipv4: bool) -> Option<usize> {
    if octets.is_empty() {
        return Some(0);
    }
    let mut count = 0;
    let mut parts = octets.split(|&octet| octet == b':').peekable();
    while let Some(part) = parts.next() {
        let is_h16 = (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_hexdigit);
        count += match () {
            () if is_h16 => 1,
            () if may_end_in_ipv4 && parts.peek().is_none() && is_ipv4(part) => 2,
            () => return None,
        };
    }
    Some(count)
}

/// `IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet`
fn is_ipv4(octets: &[u8]) -> bool {
    // No leading zeros: some would read them as octal.
    let is_dec_octet = |part: &[u8]| {
        part.iter().all(u8::is_ascii_digit)
            && (matches!(part, [_]) || matches!(part, [b'1'..=b'9', _] | [b'1', _, _]))
            || matches!(part, [b'2', b'0'..=b'4', b'0'..=b'9'] | [b'2', b'5', b'0'..=b'5'])
    };
    let mut parts = octets.split(|&octet| octet == b'.');
    (0..4).all(|_| parts.next().is_some_and(is_dec_octet)) && parts.next().is_none()
}
