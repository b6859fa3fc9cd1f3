//! Signals, and how it ends.

use std::fs;
use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::nova::{Nova, REQUEST, ask, await_line, hello};

/// One worker: connections are accepted, and so served, in the order in which they come.
const ANY_PORT: [&str; 4] = ["--bind", "127.0.0.1:0", "--workers", "1"];

fn with<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&ANY_PORT, words].concat()
}

/// The first signal stops: an idle client sees the end, the process ends well and says nothing.
#[test]
fn a_signal_stops_it() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let nova = Nova::start(&ANY_PORT);
        assert!(!nova.places[0].ends_with(":0"), "it says its real port: {:?}", nova.places);
        let mut client = nova.connect();
        let answer = ask(&mut client, REQUEST);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        nova.signal(signal);
        assert_eq!(client.read(&mut [0; 16]).unwrap(), 0, "{signal:?}");
        let (status, out, err) = nova.end();
        assert_eq!(status.code(), Some(0), "{signal:?}");
        assert_eq!((out, err), (vec![], vec![]), "{signal:?}");
    }
}

/// A request that is under way is answered during the grace, and told that it is the last one.
#[test]
fn a_request_under_way_is_answered() {
    let nova = Nova::start(&ANY_PORT);
    let mut client = nova.connect();
    let (half, rest) = REQUEST.split_at(20);
    client.write_all(half.as_bytes()).unwrap();
    // The worker has accepted it before it answers this.
    ask(&mut nova.connect(), REQUEST);
    nova.signal(Signal::TERM);
    nova.await_stop();
    assert!(ask(&mut client, rest).contains("\r\nConnection: close\r\n"));
    drop(client);
    let (status, _, err) = nova.end();
    assert_eq!((status.code(), err), (Some(0), vec![]));
}

/// What is still open after the grace is cut off, and said.
#[test]
fn what_was_cut_is_reported() {
    let nova = Nova::start(&with(&["--grace", "1"]));
    let mut client = nova.connect();
    client.write_all(&REQUEST.as_bytes()[..20]).unwrap();
    ask(&mut nova.connect(), REQUEST);
    let began = Instant::now();
    nova.signal(Signal::TERM);
    let report = await_line(&nova.err, |line| line.contains("cut off"));
    assert!(report.contains(" 1 of them cut off"), "{report}");
    assert!(began.elapsed() >= Duration::from_secs(1), "the grace is waited for");
    assert_eq!(nova.end().0.code(), Some(0));
    client.read(&mut [0; 16]).expect_err("it was reset");
}

/// A second signal does not wait for anybody.
#[test]
fn a_second_signal_ends_it_at_once() {
    let nova = Nova::start(&with(&["--grace", "3600"]));
    let mut client = nova.connect();
    client.write_all(&REQUEST.as_bytes()[..20]).unwrap();
    ask(&mut nova.connect(), REQUEST);
    nova.signal(Signal::TERM);
    nova.await_stop();
    nova.signal(Signal::INT);
    let (status, _, err) = nova.end();
    assert_eq!(status.code(), Some(130));
    assert!(err.iter().any(|line| line.contains("a second signal")), "{err:?}");
}

/// As the first process of its own namespace, where the kernel ignores signals without a handler.
#[test]
fn it_works_as_pid_1() {
    let allowed = Command::new("unshare").args(["--pid", "--fork", "true"]).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may not make PID namespaces (or there is no unshare)");
        return;
    }
    for signal in [Signal::TERM, Signal::INT] {
        let plain = hello(&ANY_PORT);
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork"]).arg(plain.get_program()).args(plain.get_args());
        let mut nova = Nova::start_command(command);
        ask(&mut nova.connect(), REQUEST);
        let id = nova.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let child: i32 = children.trim().parse().unwrap();
        let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap();
        let ids = status.lines().find(|line| line.starts_with("NSpid:")).unwrap();
        assert!(ids.ends_with("\t1"), "it is PID 1: {ids}");
        nova.target = Pid::from_raw(child);
        nova.signal(signal);
        assert_eq!(nova.end().0.code(), Some(0), "{signal:?}");
    }
}
