use super::*;
use crate::transport::Plain;

/// Version 2 with this command, family and block.
fn block(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, family], &length, block].concat()
}

const INET: &[u8] = &[192, 0, 2, 1, 10, 0, 0, 2, 0xDC, 0x04, 0x01, 0xBB];

fn inet6() -> Vec<u8> {
    let octets = |text: &str| text.parse::<Ipv6Addr>().unwrap().octets();
    [&octets("2001:db8::1")[..], &octets("::2"), &[0, 80], &[255, 255]].concat()
}

fn header(source: &str, destination: &str) -> ProxyHeader {
    ProxyHeader::new(source.parse().unwrap(), destination.parse().unwrap())
}

/// Headers of both versions, and what they say.
fn good() -> Vec<(Vec<u8>, ProxyHeader)> {
    let v4 = header("192.0.2.1:56324", "10.0.0.2:443");
    let v6 = header("[2001:db8::1]:80", "[::2]:65535");
    let full = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let longest = format!("PROXY UNKNOWN {full} {full} 65535 65535\r\n");
    assert_eq!(longest.len(), MAX_LINE);
    let silent = ProxyHeader::SILENT;
    vec![
        (b"PROXY TCP4 192.0.2.1 10.0.0.2 56324 443\r\n".to_vec(), v4),
        (b"PROXY TCP6 2001:db8::1 ::2 80 65535\r\n".to_vec(), v6),
        (
            b"PROXY TCP4 0.0.0.0 255.255.255.255 0 0\r\n".to_vec(),
            header("0.0.0.0:0", "255.255.255.255:0"),
        ),
        (b"PROXY UNKNOWN\r\n".to_vec(), silent),
        (b"PROXY UNKNOWN what \xff ever\r\n".to_vec(), silent),
        (longest.into_bytes(), silent),
        (block(0x21, 0x11, INET), v4),
        (block(0x21, 0x21, &inet6()), v6),
        (block(0x21, 0x11, &[INET, b"\x04\x00\x01x"].concat()), v4),
        (block(0x21, 0x11, &[INET, &vec![0; MAX_BLOCK - 12]].concat()), v4),
        (block(0x20, 0x00, b""), silent),
        // LOCAL has no family, whatever it says.
        (block(0x20, 0x11, INET), silent),
        (block(0x20, 0x11, b""), silent),
        (block(0x20, 0xFF, b"anything"), silent),
        (block(0x21, 0x00, b""), silent),
        (block(0x21, 0x00, b"padding"), silent),
        (block(0x21, 0x12, INET), silent),
        (block(0x21, 0x31, &[0; 216]), silent),
    ]
}

/// A header is known when its last octet has come, not before, and what follows does not matter.
#[test]
fn headers_are_read_octet_by_octet() {
    for (octets, expected) in good() {
        for cut in 0..octets.len() {
            let read = ProxyHeader::read(&octets[..cut]);
            assert_eq!(read, Ok(None), "{cut} of {:?}", String::from_utf8_lossy(&octets));
        }
        for rest in [&b""[..], b"GET / HTTP/1.1\r\n", b"\n", b"\r\n\r\n\0\r\nQUIT\n", &[0xFF; 3000]]
        {
            let read = ProxyHeader::read(&[&octets, rest].concat());
            assert_eq!(read, Ok(Some((octets.len(), expected))));
        }
    }
}

/// What is no header, and the earliest moment at which that is certain.
#[test]
fn what_is_no_header_is_refused() {
    use ProxyError::{Malformed, Missing, TooLong};
    let line = |middle: &str| format!("PROXY {middle}\r\n").into_bytes();
    let mut bad = vec![
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), Missing),
        (b"POST / HTTP/1.1\r\n\r\n".to_vec(), Missing),
        (b"PROXY\r\n".to_vec(), Missing),
        (b"PROXY?TCP4 192.0.2.1 10.0.0.2 1 2\r\n".to_vec(), Missing),
        (b"proxy UNKNOWN\r\n".to_vec(), Missing),
        (b" PROXY UNKNOWN\r\n".to_vec(), Missing),
        (b"\r\nGET / HTTP/1.1\r\n".to_vec(), Missing),
        (b"\r\n\r\n\0\r\nQUIX\n".to_vec(), Missing),
        (b"\x16\x03\x01\x02\x00\x01".to_vec(), Missing),
        (b"PROXY UNKNOWN\n".to_vec(), Malformed),
        (b"PROXY UNKNOWN\rX".to_vec(), Malformed),
        (b"PROXY UNKNOWN\r\r\n".to_vec(), Malformed),
        ([b"PROXY UNKNOWN ".to_vec(), vec![b'x'; 92], b"\r\n".to_vec()].concat(), TooLong),
        ([b"PROXY UNKNOWN ".to_vec(), vec![b'x'; 5000], b"\r\n".to_vec()].concat(), TooLong),
        (block(0x21, 0x11, &[0; MAX_BLOCK + 1]), TooLong),
        (block(0x20, 0x00, &[0; u16::MAX as usize]), TooLong),
        (block(0x21, 0x11, &INET[..11]), Malformed),
        (block(0x21, 0x21, &inet6()[..35]), Malformed),
        (block(0x21, 0x21, INET), Malformed),
    ];
    for middle in [
        "",
        " ",
        "TCP4",
        "TCP4 192.0.2.1 10.0.0.2 1",
        "TCP4 192.0.2.1 10.0.0.2 1 2 3",
        "TCP4 192.0.2.1 10.0.0.2 1 2 ",
        "TCP4  192.0.2.1 10.0.0.2 1 2",
        "TCP4\t192.0.2.1 10.0.0.2 1 2",
        "TCP4 192.0.2.1 10.0.0.2 +1 2",
        "TCP4 192.0.2.1 10.0.0.2 01 2",
        "TCP4 192.0.2.1 10.0.0.2 1 65536",
        "TCP4 192.0.2.1 10.0.0.2 1 00000000000002",
        "TCP4 192.0.2.1 10.0.0.2  2",
        "TCP4 192.0.2.256 10.0.0.2 1 2",
        "TCP4 192.0.2.01 10.0.0.2 1 2",
        "TCP4 ::1 ::2 1 2",
        "TCP6 192.0.2.1 10.0.0.2 1 2",
        "TCP6 ::1 10.0.0.2 1 2",
        "TCP6 [::1] [::2] 1 2",
        "TCP6 fe80::1%1 ::2 1 2",
        "TCP5 192.0.2.1 10.0.0.2 1 2",
        "tcp4 192.0.2.1 10.0.0.2 1 2",
        "UNKNOWNx",
        "UDP4 a b 1 2",
        "TCP4 192.0.2.1\0 10.0.0.2 1 2",
        "TCP4 192.0.2.é 10.0.0.2 1 2",
    ] {
        bad.push((line(middle), Malformed));
    }
    for command in (0..=255).filter(|command| !matches!(command, 0x20 | 0x21)) {
        bad.push((block(command, 0x11, INET), Malformed));
    }
    for family in 0..=255 {
        if ![0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32].contains(&family) {
            bad.push((block(0x21, family, &[0; 216]), Malformed));
        }
    }
    for (octets, error) in bad {
        let shown = String::from_utf8_lossy(&octets[..octets.len().min(120)]).into_owned();
        assert_eq!(ProxyHeader::read(&octets), Err(error), "{shown:?}");
        // Once refused, always refused; and never taken for complete before.
        let verdicts: Vec<_> =
            (0..=octets.len()).map(|cut| ProxyHeader::read(&octets[..cut])).collect();
        let certain = verdicts.iter().position(Result::is_err).unwrap();
        assert!(verdicts[..certain].iter().all(|read| *read == Ok(None)), "{shown:?}");
        assert!(verdicts[certain..].iter().all(|read| *read == Err(error)), "{shown:?}");
        assert!(certain <= MAX_LINE, "{shown:?} is known to be wrong only after {certain} octets");
    }
}

/// No octet anywhere makes it panic or read beyond a header's bound.
#[test]
fn octets_of_any_kind_do_no_harm() {
    for (octets, _) in good() {
        for at in 0..octets.len().min(60) {
            for octet in 0..=255 {
                let mut changed = octets.clone();
                changed[at] = octet;
                changed.resize(FIXED + MAX_BLOCK, 0);
                match ProxyHeader::read(&changed) {
                    Ok(read) => assert!(read.unwrap().0 <= FIXED + MAX_BLOCK),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}

/// The transport strips the header, at whatever place the octets are cut, and hands the rest on.
#[test]
fn a_header_is_stripped_at_every_cut() {
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
    for (octets, expected) in good() {
        let whole = [&octets, REQUEST].concat();
        for cut in 0..=whole.len() {
            let mut transport = Proxied::new(Plain);
            let (mut wire, mut plain) = (whole[..cut].to_vec(), Vec::new());
            for more in [&whole[cut..], &[]] {
                // What a connection does: opens until nothing more is consumed, keeps the rest.
                while !wire.is_empty() {
                    let opened = transport.open(&mut wire, &mut Vec::new()).unwrap();
                    let consumed = opened.consumed;
                    plain.extend_from_slice(opened.plain);
                    if consumed == 0 {
                        break;
                    }
                    wire.drain(..consumed);
                }
                wire.extend_from_slice(more);
            }
            assert_eq!(plain, REQUEST);
            assert_eq!(transport.header(), Some(expected));
            assert_eq!(transport.source(), expected.source);
        }
    }
}

/// Without a header nothing is opened, and nobody has a source.
#[test]
fn a_connection_without_a_header_is_an_error() {
    let mut transport = Proxied::new(Plain);
    let mut wire = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    assert_eq!(transport.open(&mut wire, &mut Vec::new()).err(), Some(TransportError));
    assert_eq!((transport.header(), transport.source()), (None, None));
    let mut wire = Vec::new();
    assert_eq!(transport.seal(b"out", &mut wire), b"out");
}
