//! Listeners that a service manager has opened.
//!
//! It is played by a shell, which can do what a test cannot do to itself: open descriptors 3 and 4,
//! set variables, and become another program under the same number. A program of its own, because a
//! process that is just being started has everybody's descriptors for a moment.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command};

use nova_http::{Answered, Request, Response, Server, activated};

fn hello(_: &Request<'_>, response: Response<'_>) -> Answered {
    response.send(b"hello")
}

/// One request on a connection of its own is answered.
fn ask(mut client: impl Read + Write) {
    client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hello"), "{answer}");
}

/// Does not outlive its test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the test `part` of this program with `third` and `fourth` as its descriptors.
fn activate(part: &str, variables: &str, third: OwnedFd, fourth: OwnedFd) -> Service {
    let script = format!(
        "exec 3<&0 4<&1 0</dev/null 1>&2
         export {variables}
         exec \"$0\" {part} --exact --ignored --nocapture"
    );
    let test = std::env::current_exe().unwrap();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).arg(test).stdin(third).stdout(fourth);
    Service(shell.spawn().unwrap())
}

/// Whether this process has been started by one of these tests, and not by `--ignored`.
fn is_a_service() -> bool {
    std::env::var_os("LISTEN_FDS").is_some()
}

fn no_socket() -> OwnedFd {
    File::open("/dev/null").unwrap().into()
}

/// Whatever the manager opened is served, under the names that it gave.
#[test]
fn what_the_service_manager_opened_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let unix = UnixListener::bind(&path).unwrap();
    let variables = "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=web:";
    let _service = activate("serves", variables, tcp.into(), unix.into());
    ask(TcpStream::connect(address).unwrap());
    ask(UnixStream::connect(&path).unwrap());
}

#[test]
#[ignore = "a part of the test above"]
fn serves() {
    if !is_a_service() {
        return;
    }
    let found = activated().unwrap();
    let names: Vec<_> = found.iter().map(|found| found.name.as_deref()).collect();
    assert_eq!(names, [Some("web"), None]);
    assert!(Server::activated().unwrap().is_none(), "they are there once");
    let listeners = found.into_iter().map(|found| found.listener);
    Server::from_listeners(listeners).unwrap().workers(2).serve(hello).unwrap();
}

/// Variables that a parent forgot to remove are not for us.
#[test]
fn what_was_meant_for_another_is_left_alone() {
    let variables = "LISTEN_PID=1 LISTEN_FDS=2";
    let mut service = activate("finds_nothing", variables, no_socket(), no_socket());
    assert!(service.0.wait().unwrap().success());
}

#[test]
#[ignore = "a part of the test above"]
fn finds_nothing() {
    if !is_a_service() {
        return;
    }
    assert!(activated().unwrap().is_empty());
    assert!(Server::activated().unwrap().is_none());
}

/// What is not a listener is refused by its name.
#[test]
fn what_cannot_be_served_is_told() {
    let connected = UnixStream::pair().unwrap().0;
    let variables = "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=peer:file";
    let mut service = activate("is_refused", variables, connected.into(), no_socket());
    assert!(service.0.wait().unwrap().success());
}

#[test]
#[ignore = "a part of the test above"]
fn is_refused() {
    if !is_a_service() {
        return;
    }
    let error = Server::activated().unwrap_err().to_string();
    let expected = "the inherited listener peer cannot be used: the descriptor is a socket that";
    assert!(error.starts_with(expected), "{error}");
    assert!(error.contains("ListenStream= and Accept=no"), "{error}");
}
