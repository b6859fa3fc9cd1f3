//! The examples about how HTTP ends: stop, and upgrade to something else.

#![cfg(unix)]

mod common;

use std::io::Write;
use std::net::Shutdown;

use common::Example;

/// What runs is finished, what is idle is closed, and a report says so.
#[test]
fn a_stop_finishes_what_runs() {
    let example = Example::start(env!("CARGO_BIN_EXE_stop"), &[]);
    let mut idle = example.connect();
    assert_eq!(idle.ask("GET /").text(), "working\ndone\n");
    let mut client = example.connect();
    client.send_head("GET /", 0);
    let head = client.head();
    assert_eq!(head.status, 200);
    assert_eq!(client.chunk().unwrap(), b"working\n");
    // The request is under way: that is what the line says.
    example.terminate();
    assert_eq!(client.chunk().unwrap(), b"done\n");
    assert_eq!(client.chunk(), None);
    assert!(client.is_at_end());
    assert!(idle.is_at_end());
    drop((client, idle));
    assert_eq!(example.stop(), "2 connections ended, 0 of them cut off by the deadline\n");
}

fn echo(program: &str) {
    let example = Example::start(program, &[]);

    // Without the field: what would be spoken.
    let answer = example.ask("GET /");
    assert_eq!((answer.status, answer.field("upgrade")), (426, Some("echo")));
    assert_eq!(answer.text(), "this server speaks echo");
    let answer = example.ask("GET /\nConnection: Upgrade\nUpgrade: other");
    assert_eq!(answer.status, 426);

    // What comes with the request is the tunnel's already.
    let mut client = example.connect();
    client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello");
    let head = client.head();
    assert_eq!((head.status, head.field("upgrade")), (101, Some("echo")));
    assert_eq!(client.octets(5), b"hello");
    client.send(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.octets(18), b"GET / HTTP/1.1\r\n\r\n");

    // Much, with both directions full.
    let much: Vec<u8> = (0..4 * 1024 * 1024).map(|at: u32| (at / 5 + at) as u8).collect();
    let (mut writer, sent) = (client.writer(), much.clone());
    let sender = std::thread::spawn(move || {
        writer.write_all(&sent).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    assert!(client.octets(much.len()) == much);
    sender.join().unwrap();
    assert!(client.is_at_end());
    example.stop();
}

/// A function's echo.
#[test]
fn an_upgrade_is_an_echo() {
    echo(env!("CARGO_BIN_EXE_upgrade"));
}

/// A future's echo.
#[test]
fn an_async_upgrade_is_an_echo() {
    echo(env!("CARGO_BIN_EXE_upgrade_async"));
}
