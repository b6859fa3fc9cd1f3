use super::*;
use crate::fields::testing::{ODD, get};

const PEER: &str = "10.0.0.1";

/// The client of a request from `peer`, when 10.0.0.0/8 and 2001:db8::/32 are trusted.
fn client(field: ForwardedField, peer: &str, fields: &[(&str, &str)]) -> String {
    let proxies = TrustedProxies::new(["10.0.0.0/8", "2001:db8::/32"]).unwrap().field(field);
    proxies.client_address(peer.parse().unwrap(), &get("/", fields)).to_string()
}

fn x(value: &str) -> String {
    client(ForwardedField::XForwardedFor, PEER, &[("X-Forwarded-For", value)])
}

fn forwarded(value: &str) -> String {
    client(ForwardedField::Forwarded, PEER, &[("Forwarded", value)])
}

/// The address that the trusted peer has appended is the client's, in every way to write it.
#[test]
fn the_last_element_names_the_client_of_the_peer() {
    for (value, expected) in [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db9::1", "2001:db9::1"),
        ("[2001:db9::1]", "2001:db9::1"),
        ("[2001:db9::1]:4711", "2001:db9::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("\t192.0.2.1 ,", "192.0.2.1"),
        ("", PEER),
    ] {
        assert_eq!(x(value), expected, "{value:?}");
    }
    for (value, expected) in [
        ("for=192.0.2.1", "192.0.2.1"),
        ("For=\"192.0.2.1:4711\"", "192.0.2.1"),
        ("for=\"192.0.2.1:_port-1\"", "192.0.2.1"),
        ("for=\"[2001:db9::1]\"", "2001:db9::1"),
        ("proto=https ; for=\"[2001:db9::1]:4711\";by=_x;", "2001:db9::1"),
        (";;for=\"192.0.\\2.1\";secret=\"a, for=1.1.1.1\"", "192.0.2.1"),
        ("", PEER),
    ] {
        assert_eq!(forwarded(value), expected, "{value:?}");
    }
}

/// Trusted hops are walked past, over several field lines, to the first that is not.
#[test]
fn the_walk_goes_past_trusted_hops() {
    assert_eq!(x("198.51.100.1, 192.0.2.1, 10.1.1.1, 2001:db8::5"), "192.0.2.1");
    assert_eq!(x("10.9.9.9, 10.1.1.1"), "10.9.9.9");
    let lines =
        [("x-forwarded-for", "192.0.2.1, 10.0.0.4"), ("X-FORWARDED-FOR", "10.0.0.3,10.0.0.2")];
    assert_eq!(client(ForwardedField::XForwardedFor, PEER, &lines), "192.0.2.1");
    let lines =
        [("Forwarded", "for=192.0.2.1"), ("x", "y"), ("forwarded", "for=\"[2001:db8::2]:1\"")];
    assert_eq!(client(ForwardedField::Forwarded, "2001:db8::1", &lines), "192.0.2.1");
    assert_eq!(client(ForwardedField::Forwarded, "::ffff:10.0.0.1", &lines), "192.0.2.1");
}

/// Attack: a client without a proxy sends the fields itself. Nothing of them is believed.
#[test]
fn a_peer_that_is_not_trusted_is_the_client() {
    let fields =
        [("X-Forwarded-For", "10.0.0.9"), ("Forwarded", "for=10.0.0.9"), ("X-Real-IP", "10.0.0.9")];
    for field in [ForwardedField::XForwardedFor, ForwardedField::Forwarded] {
        assert_eq!(client(field, "203.0.113.7", &fields), "203.0.113.7");
        assert_eq!(client(field, "::ffff:203.0.113.7", &fields), "203.0.113.7");
    }
    let nobody = TrustedProxies::none().client_address(PEER.parse().unwrap(), &get("/", &fields));
    assert_eq!(nobody.to_string(), PEER);
}

/// Attack: a client sends a list and the proxy appends to it. What stands left of the client's real
/// address is never used, whatever it is.
#[test]
fn what_a_client_says_of_itself_is_never_used() {
    let real = "203.0.113.7";
    let lies = [
        "10.0.0.9",
        "10.0.0.9, 10.0.0.8",
        "127.0.0.1",
        "unknown",
        "::1",
        ",,,",
        "\"",
        "\\",
        "[",
        "[::1",
        "[::1]:",
        "for=10.0.0.9",
        "for=\"10.0.0.9\"",
        "for=10.0.0.9;by=\"\\\\\"",
        "10.0.0.9\0",
        "é",
        "a b",
    ];
    for lie in lies.iter().chain(ODD) {
        // Appended to the client's line, and as a line of its own.
        assert_eq!(x(&format!("{lie}, {real}")), real, "{lie:?}");
        assert_eq!(x(&format!("{lie},{real}, 10.0.0.2")), real, "{lie:?}");
        let lines = [("X-Forwarded-For", *lie), ("X-Forwarded-For", real)];
        assert_eq!(client(ForwardedField::XForwardedFor, PEER, &lines), real, "{lie:?}");
        let real_element = format!("for={real}");
        let lines = [("Forwarded", *lie), ("Forwarded", &real_element)];
        assert_eq!(client(ForwardedField::Forwarded, PEER, &lines), real, "{lie:?}");
    }
}

/// Attack: a quote that the client opens swallows what the proxy appends. The line is then believed
/// in nothing: the client is hidden behind the proxy, but it is not who it wants to be.
#[test]
fn an_open_quote_does_not_move_the_client() {
    for lie in [
        "\"",
        "for=10.0.0.9, x=\"",
        "for=1.1.1.1;x=\"\\",
        "for=1.1.1.1, \"",
        "for=\"",
        "for=1.1.1.1, y=\"\\\"",
    ] {
        for appended in [
            "for=203.0.113.7",
            "for=\"203.0.113.7:1\"",
            "for=\"[2001:db9::7]\";by=\"[2001:db8::1]\"",
        ] {
            let seen = forwarded(&format!("{lie}, {appended}"));
            assert!(seen == PEER || appended.contains(&seen), "{lie:?} {appended:?}: {seen}");
            assert_ne!(seen, "1.1.1.1");
            assert_ne!(seen, "10.0.0.9");
        }
    }
}

/// What names no address ends the walk at the last trusted hop.
#[test]
fn the_walk_ends_at_what_names_nobody() {
    for nobody in [
        "unknown",
        "_hidden",
        "localhost",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.01",
        "192.0.2.1:",
        "192.0.2.1:x",
        "192.0.2.1:65536",
        "192.0.2.1:000080",
        "192.0.2.1 192.0.2.2",
        "[192.0.2.1]",
        "[2001:db9::1",
        "2001:db9::1]",
        "[2001:db9::1]80",
        "fe80::1%eth0",
        "::g",
        "+1.2.3.4",
        "0x7f.1",
        "3232235521",
    ] {
        assert_eq!(x(&format!("192.0.2.9, {nobody}")), PEER, "{nobody:?}");
        assert_eq!(x(&format!("192.0.2.9, {nobody}, 10.0.0.2")), "10.0.0.2", "{nobody:?}");
    }
    for nobody in [
        "for=unknown",
        "for=_hidden",
        "for=\"_x:1\"",
        "for=2001:db9::1",
        "for=\"2001:db9::1\"",
        "for=[2001:db9::1]",
        "for=192.0.2.1:80",
        "for=",
        "for",
        "=192.0.2.1",
        "192.0.2.1",
        "by=192.0.2.1",
        "for=192.0.2.1 x",
        "for=192.0.2.1;for=192.0.2.2",
        "for =192.0.2.1",
        "for= 192.0.2.1",
        "for=192.0.2.1;by",
        "for=\"192.0.2.1:_\"",
    ] {
        assert_eq!(forwarded(&format!("for=192.0.2.9, {nobody}")), PEER, "{nobody:?}");
        assert_eq!(
            forwarded(&format!("for=192.0.2.9,{nobody},for=10.0.0.2")),
            "10.0.0.2",
            "{nobody:?}"
        );
    }
}

/// Attack: the field that the proxy does not write is the client's own. It is never looked at, and is
/// no substitute either.
#[test]
fn only_the_configured_field_is_looked_at() {
    let both = [("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", "192.0.2.2")];
    assert_eq!(client(ForwardedField::Forwarded, PEER, &both), "192.0.2.1");
    assert_eq!(client(ForwardedField::XForwardedFor, PEER, &both), "192.0.2.2");
    assert_eq!(client(ForwardedField::default(), PEER, &both[..1]), PEER);
    assert_eq!(client(ForwardedField::Forwarded, PEER, &both[1..]), PEER);
}

/// A list of networks is read strictly: a mistake in it decides on whom we believe.
#[test]
fn networks_are_read() {
    let trusts = |list: &str, address: &str| {
        list.parse::<TrustedProxies>().unwrap().trusts(address.parse().unwrap())
    };
    assert!(trusts("192.0.2.0/24", "192.0.2.255") && !trusts("192.0.2.0/24", "192.0.3.0"));
    assert!(trusts("192.0.2.1", "192.0.2.1") && !trusts("192.0.2.1", "192.0.2.2"));
    assert!(trusts(" ::1 ,, 10.0.0.0/8,", "::1") && trusts("::1,10.0.0.0/8", "::ffff:10.1.1.1"));
    assert!(
        trusts("::ffff:10.0.0.0/104", "10.255.0.1") && !trusts("::ffff:10.0.0.0/104", "11.0.0.1")
    );
    assert!(trusts("::ffff:192.0.2.1", "192.0.2.1"));
    assert!(!trusts("::/0", "192.0.2.1") && !trusts("0.0.0.0/0", "::1"));
    assert!(!trusts("", "127.0.0.1") && !trusts(" , ", "0.0.0.0"));
    for bad in [
        "localhost",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0/8",
        "10.0.0.0 /8",
        "::1/129",
        "*",
        "10.0.0.0/-1",
    ] {
        let error = bad.parse::<TrustedProxies>().unwrap_err().to_string();
        assert!(error.contains(bad) && error.contains("10.0.0.0/8"), "{error}");
    }
    let error = "10.0.0.1/8".parse::<TrustedProxies>().unwrap_err().to_string();
    assert!(error.contains("the network is 10.0.0.0/8"), "{error}");
}
