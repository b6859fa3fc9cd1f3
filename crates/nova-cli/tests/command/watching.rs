//! The access log and the counters.

use std::io::{Read, Write};

use rustix::process::Signal;

use crate::nova::{Nova, REQUEST, ask, await_line};

const ANY_PORT: [&str; 4] = ["--bind", "127.0.0.1:0", "--workers", "2"];

/// Each answer has its line, with everything that Combined Log Format has.
#[test]
fn answers_are_logged() {
    let nova = Nova::start(&[&ANY_PORT[..], &["--access-log"]].concat());
    let mut client = nova.connect();
    ask(
        &mut client,
        "GET /a?b=%22 HTTP/1.1\r\nHost: h\r\nReferer: http://h/\r\nUser-Agent: \"x\" é\r\n\r\n",
    );
    let line = await_line(&nova.out, |_| true);
    let (before, rest) = line.split_once(" [").unwrap();
    let (time, rest) = rest.split_once("] ").unwrap();
    assert_eq!(before, "127.0.0.1 - -");
    assert_eq!((time.len(), &time[20..]), (26, " +0000"), "{line}");
    let agent = r#""\"x\" \xc3\xa9""#;
    assert_eq!(rest, format!(r#""GET /a?b=%22 HTTP/1.1" 200 11 "http://h/" {agent}"#));
    client.write_all(b"HEAD / HTTP/1.0\r\n\r\n").unwrap();
    client.read_to_end(&mut Vec::new()).unwrap();
    drop(client);
    let line = await_line(&nova.out, |_| true);
    assert!(line.ends_with(r#"] "HEAD / HTTP/1.0" 200 - "-" "-""#), "{line}");
    nova.signal(Signal::TERM);
    let (status, out, err) = nova.end();
    assert_eq!((status.code(), out, err), (Some(0), vec![], vec![]));
}

/// Lines that are under way when the server stops are written before it ends.
#[test]
fn the_last_lines_are_written() {
    let nova = Nova::start(&[&ANY_PORT[..], &["--access-log"]].concat());
    let mut client = nova.connect();
    client.write_all(REQUEST.repeat(500).as_bytes()).unwrap();
    let mut answers = Vec::new();
    let mut octets = [0; 4_096];
    while count(&answers, b"Hello World") < 500 {
        let octets_read = client.read(&mut octets).unwrap();
        answers.extend_from_slice(&octets[..octets_read]);
    }
    nova.signal(Signal::TERM);
    let (status, out, _) = nova.end();
    assert_eq!((status.code(), out.len()), (Some(0), 500));
}

fn count(octets: &[u8], word: &[u8]) -> usize {
    octets.windows(word.len()).filter(|window| *window == word).count()
}

/// A log that nobody reads keeps no client waiting; what is lost is said.
#[test]
fn an_unread_log_blocks_nobody() {
    let nova = Nova::start_unread(&[&ANY_PORT[..], &["--access-log"]].concat());
    let mut client = nova.connect();
    // Many times what the pipe and the channel hold.
    let mut octets = vec![0; 1 << 16];
    for _ in 0..300 {
        client.write_all(REQUEST.repeat(100).as_bytes()).unwrap();
        let mut answered = 0;
        while answered < 100 {
            let octets_read = client.read(&mut octets).unwrap();
            // An answer ends with this letter, and has no other one.
            answered += octets[..octets_read].iter().filter(|&&it| it == b'W').count();
        }
    }
    nova.signal(Signal::TERM);
    let line = await_line(&nova.err, |line| line.contains("lines of the access log were not"));
    let lost: u64 = line.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(lost > 10_000, "{line}");
    assert_eq!(nova.end().0.code(), Some(0));
}

/// Counters and failures come while it runs and at the end.
#[test]
fn counters_are_printed() {
    let nova = Nova::start(&[&ANY_PORT[..], &["--stats", "1"]].concat());
    ask(&mut nova.connect(), &REQUEST.repeat(2));
    let mut bad = nova.connect();
    bad.write_all(b"BAD\0\r\n\r\n").unwrap();
    bad.read_to_end(&mut Vec::new()).unwrap();
    drop(bad);
    let has = |line: &str, word: &str| line.split(' ').any(|it| it == word);
    await_line(&nova.err, |line| has(line, "requests=2") && has(line, "open=0"));
    await_line(&nova.err, |line| line == "nova: failures malformed/head=1");
    nova.signal(Signal::TERM);
    let (status, _, err) = nova.end();
    assert_eq!(status.code(), Some(0));
    let stats = err.iter().rfind(|line| line.starts_with("nova: stats ")).unwrap();
    for word in ["accepted=2", "closed=2", "answers_2xx=2", "answers_4xx=1"] {
        assert!(has(stats, word), "{stats}");
    }
    assert_eq!(err.last().unwrap(), "nova: failures malformed/head=1");
}

/// Behind a balancer that says who the client is, that is who is logged.
#[test]
fn clients_behind_proxies_are_logged() {
    let words = ["--access-log", "--proxy-protocol", "127.0.0.0/8"];
    let nova = Nova::start(&[&ANY_PORT[..], &words].concat());
    let request = format!("PROXY TCP4 192.0.2.9 127.0.0.1 5000 80\r\n{REQUEST}");
    ask(&mut nova.connect(), &request);
    let line = await_line(&nova.out, |_| true);
    assert!(line.starts_with("192.0.2.9 - - ["), "{line}");
}
