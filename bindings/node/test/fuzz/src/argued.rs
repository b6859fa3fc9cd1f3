//! Where the door reads as the RFCs say, and llhttp does not: each with the reason why nobody is harmed.
//!
//! None of them moves an octet from one message into another. Some are told by what was read:
//! [`about_connection`]. The others are told by the input: a second one is made of it that both must read
//! alike, [`in_other_words`] and [`WIDE`].

use crate::reading::Head;

/// Whether two heads that are not equal are one, but for a word about the connection that llhttp takes
/// otherwise than RFC 9112 §9.3 and RFC 9110 §7.8 do.
///
/// - It takes `Proxy-Connection` for `Connection`. It is no field of HTTP (RFC 9112, appendix C.2.2), and
///   whoever sent it through a proxy did not mean us.
/// - In HTTP/1.0 it lets `keep-alive` win over `close`. The door closes, and reads less.
/// - It lets HTTP/1.0 ask for an upgrade, which RFC 9110 §7.8 has us ignore: such a client may be behind a
///   proxy that knows nothing of it. The door serves the request as one of HTTP.
pub fn about_connection(head: &Head, other: &Head) -> bool {
    let alike = Head { keep_alive: head.keep_alive, upgrade: head.upgrade, ..other.clone() };
    let old = head.version == 10;
    let for_proxies =
        head.lines.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"proxy-connection"));
    let persistence =
        head.keep_alive == other.keep_alive || for_proxies || (old && !head.keep_alive);
    let upgrade = head.upgrade == other.upgrade || ((for_proxies || old) && !head.upgrade);
    *head == alike && persistence && upgrade
}

/// The bound of a head in other words, which nothing crosses: llhttp counts white space behind a value as
/// a part of the head's octets, the door does not, and a bound is no reading.
pub const WIDE: u32 = 1 << 20;

/// The same requests, in words that llhttp does not stumble over. Around values OWS may be HTAB (RFC 9110
/// §5.6.3). Behind those of Content-Length and Transfer-Encoding llhttp refuses it, and with it an option
/// of Connection is one that it does not know: it keeps open what the door closes, or closes what the
/// door keeps. In other words: with SP instead.
pub fn in_other_words(input: &[u8]) -> Vec<u8> {
    let names: [&[u8]; 5] =
        [b"content-length", b"transfer-encoding", b"connection", b"proxy-connection", b"upgrade"];
    let mut others = input.to_vec();
    for line in others.split_mut(|&octet| octet == b'\n') {
        let Some(colon) = line.iter().position(|&octet| octet == b':') else { continue };
        if names.iter().any(|name| line[..colon].eq_ignore_ascii_case(name)) {
            line[colon..]
                .iter_mut()
                .filter(|octet| **octet == b'\t')
                .for_each(|octet| *octet = b' ');
        }
    }
    others
}
