//! The examples whose content comes and goes in pieces: echo, upload, events, deferred.

#![cfg(unix)]

mod common;

use std::io::Write;

use common::Example;

/// More than any buffer on the way holds.
const MUCH: usize = 8 * 1024 * 1024;

fn pattern(octets: usize) -> Vec<u8> {
    (0..octets).map(|at| (at / 7 + at) as u8).collect()
}

/// What comes is sent back before all of it has come.
#[test]
fn an_echo_goes_on_while_content_comes() {
    let example = Example::start(env!("CARGO_BIN_EXE_echo"), &[]);
    let mut client = example.connect();
    client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nzero\r\n");
    let head = client.head();
    assert_eq!(head.status, 200);
    assert_eq!(head.field("content-type"), Some("application/octet-stream"));
    assert_eq!(client.chunk().unwrap(), b"zero");
    for word in ["one", "two", "three"] {
        client.send(format!("{:x}\r\n{word}\r\n", word.len()).as_bytes());
        assert_eq!(client.chunk().unwrap(), word.as_bytes());
    }
    client.send(b"0\r\n\r\n");
    assert_eq!(client.chunk(), None);
    // The connection goes on.
    assert_eq!(client.ask_with("POST /", b"again").text(), "again");
    example.stop();
}

/// Much comes back unchanged, with a client that reads while it writes.
#[test]
fn an_echo_returns_much() {
    let example = Example::start(env!("CARGO_BIN_EXE_echo"), &[]);
    let mut client = example.connect();
    let content = pattern(MUCH);
    client.send_head("POST /", content.len());
    let mut writer = client.writer();
    let sent = content.clone();
    let sender = std::thread::spawn(move || writer.write_all(&sent).unwrap());
    let head = client.head();
    assert!(client.content(&head) == content);
    sender.join().unwrap();
    example.stop();
}

/// A file goes in, is on disk, and comes back; what is too large leaves nothing behind.
#[test]
fn an_upload_is_kept_within_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let example = Example::start(env!("CARGO_BIN_EXE_upload"), &[path]);
    let content = pattern(MUCH);
    let mut client = example.connect();
    client.send_head("PUT /picture.png\nExpect: 100-continue", content.len());
    assert_eq!(client.head().status, 100);
    client.send(&content);
    let answer = client.head();
    assert_eq!(answer.status, 201);
    assert_eq!(client.content(&answer), format!("{MUCH} octets\n").as_bytes());
    assert!(std::fs::read(folder.path().join("picture.png")).unwrap() == content);

    let answer = client.ask("GET /picture.png");
    assert_eq!((answer.status, answer.content.len()), (200, MUCH));
    assert_eq!(answer.field("content-length"), Some(&*MUCH.to_string()));
    assert_eq!(answer.field("content-type"), Some("application/octet-stream"));
    assert!(answer.content == content);

    for (request, status) in [
        ("GET /other.png", 404),
        ("PUT /.hidden", 404),
        ("PUT /a%2Fb", 404),
        ("GET /../picture.png", 404),
        ("DELETE /picture.png", 405),
    ] {
        assert_eq!(client.ask(request).status, status, "{request}");
    }

    // Announced: refused before it is sent.
    let mut client = example.connect();
    client.send_head("PUT /large\nExpect: 100-continue", 100 * 1024 * 1024);
    let answer = client.head();
    assert_eq!((answer.status, answer.field("connection")), (413, Some("close")));
    client.content(&answer);
    assert!(client.is_at_end());
    drop(client);

    // Not announced: refused when it has become too much.
    let mut client = example.connect();
    client.send(b"PUT /large HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    let mut writer = client.writer();
    let sender = std::thread::spawn(move || {
        let chunk = [b"10000\r\n", &[7; 65536][..], b"\r\n"].concat();
        // 64 MiB, or until the server has had enough.
        let _ = (0..1_000).try_for_each(|_| writer.write_all(&chunk));
    });
    assert_eq!(client.head().status, 413);
    drop(client);
    sender.join().unwrap();
    example.stop();
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["picture.png"]);
}

/// Events come one by one; when the client leaves, so does its future.
#[test]
fn events_come_while_somebody_listens() {
    let example = Example::start(env!("CARGO_BIN_EXE_events"), &["10"]);
    let mut client = example.connect();
    client.send_head("GET /events", 0);
    let head = client.head();
    assert_eq!(head.status, 200);
    assert_eq!(head.field("content-type"), Some("text/event-stream"));
    assert_eq!(head.field("content-length"), None);
    for number in 1..=3 {
        let event = format!("id: {number}\nevent: tick\ndata: {number}\n\n");
        assert_eq!(client.chunk().unwrap(), event.as_bytes());
    }
    let mut other = example.connect();
    assert_eq!(other.ask("GET /listeners").text(), "1");
    drop(client);
    // Every question is a turn of the worker; it ends, or the watch ends it.
    while other.ask("GET /listeners").text() != "0" {}
    assert_eq!(other.ask("GET /").status, 404);
    example.stop();
}

/// A client that listens to the end does not hold the stop up.
#[test]
fn events_end_with_the_server() {
    let example = Example::start(env!("CARGO_BIN_EXE_events"), &["10"]);
    let mut client = example.connect();
    client.send_head("GET /events", 0);
    client.head();
    assert!(client.chunk().is_some());
    drop(client);
    example.stop();
}

/// Answers come from a thread, whole and in pieces.
#[test]
fn a_thread_answers() {
    let example = Example::start(env!("CARGO_BIN_EXE_deferred"), &[]);
    let mut client = example.connect();
    let answer = client.ask("GET /count/100");
    assert_eq!((answer.status, answer.text()), (200, "25"));
    assert_eq!(answer.field("content-type"), Some("text/plain; charset=utf-8"));
    let answer = client.ask("GET /primes/20");
    assert_eq!((answer.status, answer.text()), (200, "2\n3\n5\n7\n11\n13\n17\n19\n"));
    assert_eq!(answer.field("transfer-encoding"), Some("chunked"));
    assert_eq!(client.ask("GET /count/x").status, 404);
    assert_eq!(client.ask("GET /count/9999999").status, 404);
    // Much, so that the thread has to wait for us.
    let answer = client.ask("GET /primes/300000");
    assert_eq!(answer.text().lines().count(), 25_997);
    // A client that leaves releases the thread.
    let mut leaving = example.connect();
    leaving.send_head("GET /primes/1000000", 0);
    leaving.head();
    drop(leaving);
    assert_eq!(client.ask("GET /count/10").text(), "4");
    example.stop();
}
