//! A reader that remembers says what one says that does not.

use crate::{Fault, Head, HeadReader, Limits};

/// Everything about a head.
fn told(head: Result<Option<Head<'_>>, Fault>) -> String {
    format!("{head:?}")
}

fn read(reader: &mut HeadReader, octets: &[u8]) -> String {
    told(reader.read(octets, &Limits::default()))
}

/// Lines of which heads are made: ordinary ones, ones that the connection must understand, bad ones.
const LINES: [&str; 16] = [
    "Host: h",
    "Host: other.example:8080",
    "Accept: */*",
    "Accept: text/html,application/xhtml+xml;q=0.9",
    "Cookie: a=1; b=2",
    "Cookie: a=1; b=3",
    "Connection: close",
    "Connection: keep-alive, Upgrade",
    "Upgrade: websocket",
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "Expect: 100-continue",
    "X-Empty:",
    "X:   y  ",
    "Bad name: x",
    "A: b\x01",
];

/// Whatever heads came before: the same head, or the same refusal.
#[test]
fn memory_does_not_change_what_is_read() {
    let mut random = 0x9E37_79B9_7F4A_7C15u64;
    let mut dice = move |sides: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) as usize % sides
    };
    let mut remembers = HeadReader::new();
    let mut last = String::new();
    let (mut good, mut bad) = (0, 0);
    for _ in 0..60_000 {
        let head = match dice(4) {
            0 => last.clone(),
            // Another path, the same lines.
            1 => last.replacen("/", &format!("/{}", dice(100)), 1),
            // The same beginning, cut.
            2 => last[..last.len() - dice(last.len() + 1).min(last.len())].to_owned(),
            _ => {
                let method = ["GET", "POST", "FROB", "get", "OPTIONS"][dice(5)];
                let target = ["/", "/a?b", "http://h/", "*"][dice(4)];
                let version = ["1.1", "1.1", "1.1", "1.0"][dice(4)];
                let mut head = format!("{method} {target} HTTP/{version}\r\n");
                for _ in 0..dice(7) {
                    let bad = 2 * dice(2);
                    head.push_str(LINES[dice(LINES.len() - bad)]);
                    head.push_str("\r\n");
                }
                head + "\r\n"
            }
        };
        let whole = format!("{head}more");
        let expected = read(&mut HeadReader::new(), whole.as_bytes());
        assert_eq!(read(&mut remembers, whole.as_bytes()), expected, "{whole:?}");
        if expected.starts_with("Ok") {
            good += 1
        } else {
            bad += 1
        }
        if head.len() < 400 && head.contains('/') {
            last = head;
        }
    }
    assert!(good > 5_000 && bad > 5_000, "{good} good, {bad} bad");
}

/// Remembered lines count, too, where lines are limited.
#[test]
fn limits_hold_for_remembered_lines() {
    let limits = Limits { fields: 3, ..Limits::default() };
    let mut reader = HeadReader::new();
    let head = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: h\r\nA: b\r\n{more}C: d\r\n\r\n").into_bytes()
    };
    for path in ["/a", "/a", "/b"] {
        assert_eq!(reader.read(&head(path, ""), &limits).unwrap().unwrap().fields.len(), 3);
    }
    let four = head("/b", "X: y\r\n");
    assert_eq!(told(reader.read(&four, &limits)), told(Err(Fault::FieldsTooLarge)));
    let fewer = Limits { fields: 2, ..limits };
    for path in ["/a", "/b"] {
        let three = head(path, "");
        assert_eq!(told(reader.read(&three, &fewer)), told(Err(Fault::FieldsTooLarge)));
    }
}

/// A head that helps stays, one that does not is replaced, and the memory is bounded.
#[test]
fn what_does_not_help_is_forgotten() {
    let mut reader = HeadReader::new();
    let head = |name: &str| format!("GET / HTTP/1.1\r\nHost: {name}\r\nX: {name}\r\n\r\n");
    let limits = Limits::default();
    let remembered = |reader: &HeadReader, name: &str| reader.remembers(head(name).as_bytes());
    reader.read(head("a").as_bytes(), &limits).unwrap();
    assert!(remembered(&reader, "a"));
    for _ in 0..100 {
        reader.read(head("a").as_bytes(), &limits).unwrap();
        reader.read(head("b").as_bytes(), &limits).unwrap();
    }
    assert!(remembered(&reader, "a") || remembered(&reader, "b"));
    for _ in 0..600 {
        reader.read(head("c").as_bytes(), &limits).unwrap();
    }
    assert!(remembered(&reader, "c"));
    let long = format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "y".repeat(4_000));
    for _ in 0..600 {
        reader.read(long.as_bytes(), &limits).unwrap();
    }
    assert!(!reader.remembers(long.as_bytes()));
}
