//! Where it listens, and what it says when it cannot.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Output};

use rustix::process::Signal;

use crate::nova::{Nova, REQUEST, ask, hello};

fn fails(mut command: Command, why: &[&str]) {
    let Output { status, stderr, stdout } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(stdout.is_empty());
    assert!(text.starts_with("nova: "), "{text}");
    assert!(why.iter().all(|why| text.contains(why)), "{text}");
}

/// A second copy on the same port is told that the port is in use, and the first one goes on.
#[test]
fn a_busy_port_is_said() {
    let nova = Nova::start(&["--bind", "127.0.0.1:0"]);
    fails(hello(&["--bind", &nova.places[0]]), &[&nova.places[0], "is in use"]);
    ask(&mut nova.connect(), REQUEST);
}

#[test]
fn what_is_no_address_is_said() {
    fails(hello(&["--bind", "nowhere"]), &["'nowhere' is not an address to listen on"]);
    fails(hello(&["--bind", "192.0.2.1:0"]), &["192.0.2.1:0 is not an address of this machine"]);
    let output = hello(&["--proxy-protocol", "10.0.0.1/8"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "the command line is wrong");
}

/// A folder that it may not write to; tried as another user if this one may do everything.
#[test]
fn missing_permission_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    let path = folder.path().join("socket");
    let mut command = hello(&["--unix", path.to_str().unwrap()]);
    if rustix::process::geteuid().is_root() {
        // Nobody may not be allowed to look into the folder of the built command.
        let copy = tempfile::tempdir().unwrap().keep();
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
        let nova = copy.join("nova");
        fs::copy(command.get_program(), &nova).unwrap();
        let mut other = Command::new("setpriv");
        other.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]);
        other.arg(&nova).args(command.get_args());
        if Command::new("setpriv").arg("--version").output().is_err() {
            eprintln!("skipped: root may do everything, and there is no setpriv");
            fs::remove_dir_all(copy).unwrap();
            return;
        }
        command = other;
        fails(command, &["no permission", "socket"]);
        fs::remove_dir_all(copy).unwrap();
    } else {
        fails(command, &["no permission", "socket"]);
    }
}

/// Everything that is named is listened on, and nothing else; the socket's file goes with the server.
#[test]
fn it_listens_on_several_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let words = ["--bind", "127.0.0.1:0", "--bind", "localhost:0", "--unix"];
    let nova = Nova::start(&[&words[..], &[path.to_str().unwrap()]].concat());
    assert!(nova.places.len() >= 3, "{:?}", nova.places);
    for place in &nova.places {
        match place.strip_prefix("unix:") {
            Some(path) => drop(ask(&mut UnixStream::connect(path).unwrap(), REQUEST)),
            None => drop(ask(&mut std::net::TcpStream::connect(&**place).unwrap(), REQUEST)),
        }
    }
    nova.signal(Signal::TERM);
    assert_eq!(nova.end().0.code(), Some(0));
    assert!(!path.exists());
    let nova = Nova::start(&["--unix", path.to_str().unwrap()]);
    assert_eq!(nova.places.len(), 1, "no port of its own choice: {:?}", nova.places);
}
