//! A server listens on many things at once, over real sockets.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use nova_http::ServerError;
use nova_http::{Answered, Endpoint, ListenOptions, Request, Response, Running, Server};

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

fn ask_tcp(address: impl Into<SocketAddr>) {
    let address = address.into();
    ask(TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}")));
}

fn stop(running: Running) {
    running.handle().stop(Duration::ZERO);
    running.join().unwrap();
}

/// Accepted connections, of all workers.
fn accepted(running: &Running) -> Vec<u64> {
    running.handle().counters().iter().map(|counters| counters.accepted.get()).collect()
}

fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

fn wildcard(address: &str, port: u16) -> String {
    format!("{address}:{port}")
}

/// `localhost` is both loopback addresses with one port, chosen by the system or not.
#[test]
fn localhost_is_both_families() {
    let server = Server::bind("localhost:0").unwrap();
    let port = server.local_addr().port();
    let mut expected = vec![Endpoint::Tcp((Ipv4Addr::LOCALHOST, port).into())];
    if has_ipv6() {
        expected.push(Endpoint::Tcp((Ipv6Addr::LOCALHOST, port).into()));
    }
    assert_eq!(server.local_addrs(), expected);
    let running = server.workers(2).start(hello).unwrap();
    for endpoint in running.handle().local_addrs() {
        for _ in 0..4 {
            ask_tcp(endpoint.tcp().unwrap());
        }
    }
    stop(running);
}

/// Another program on the other family's port would be taken for this one: it is told of.
#[test]
fn localhost_is_busy_if_one_family_is() {
    if !has_ipv6() {
        return;
    }
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let other = listener.local_addr().unwrap();
    let error = Server::bind(format!("LocalHost:{}", other.port())).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{other} is in use: ")), "{error}");
}

/// A port belongs to the server from the moment in which it is named: neither a second server nor one
/// that shares ports gets in, before or after the start, and clients that come early are answered.
#[test]
fn a_port_is_held_from_the_beginning() {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr();
    let busy = || {
        let error = Server::bind(address).unwrap_err();
        assert!(matches!(error, ServerError::Bind { .. }));
        assert!(error.to_string().starts_with(&format!("{address} is in use: ")), "{error}");
    };
    busy();
    let sharing = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    Server::with(sharing).and_bind(address).unwrap_err();
    let early = TcpStream::connect(address).unwrap();
    let running = server.workers(2).start(hello).unwrap();
    busy();
    ask(early);
    stop(running);
}

/// Servers that both want to share a port can.
#[test]
#[cfg(unix)]
fn a_port_can_be_shared_on_request() {
    let sharing = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    let one = Server::with(sharing).and_bind("127.0.0.1:0").unwrap();
    let address = one.local_addr();
    let other = Server::with(sharing).and_bind(address).unwrap();
    let (one, other) = (one.start(hello).unwrap(), other.workers(2).start(hello).unwrap());
    for _ in 0..10 {
        ask_tcp(address);
    }
    assert_eq!(accepted(&one).iter().chain(&accepted(&other)).sum::<u64>(), 10);
    stop(one);
    for _ in 0..10 {
        ask_tcp(address);
    }
    stop(other);
}

/// All of IPv4 and all of IPv6 on one port, whether the system means both by `[::]` or not.
#[test]
fn both_wildcards_go_together() {
    if !has_ipv6() {
        return;
    }
    let server = Server::bind("0.0.0.0:0").unwrap();
    let port = server.local_addr().port();
    let server = server.and_bind(wildcard("[::]", port)).unwrap();
    let running = server.workers(2).start(hello).unwrap();
    for _ in 0..4 {
        ask_tcp((Ipv4Addr::LOCALHOST, port));
        ask_tcp((Ipv6Addr::LOCALHOST, port));
    }
    stop(running);
}

/// `[::]` alone takes clients of both families, where the system has it so.
#[test]
#[cfg(target_os = "linux")]
fn ipv6s_wildcard_is_for_both() {
    let configured = std::fs::read_to_string("/proc/sys/net/ipv6/bindv6only");
    if !has_ipv6() || configured.is_ok_and(|only| only.trim() == "1") {
        return;
    }
    let server = Server::bind("[::]:0").unwrap().workers(2);
    let port = server.local_addr().port();
    let running = server.start(hello).unwrap();
    ask_tcp((Ipv4Addr::LOCALHOST, port));
    ask_tcp((Ipv6Addr::LOCALHOST, port));
    stop(running);
}

/// What the server has already is not blamed on another program.
#[test]
fn an_address_that_is_covered_already_is_told() {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr();
    let error = server.and_bind(address).unwrap_err();
    assert_eq!(error.to_string(), format!("{address} was given twice: give it once"));
    let server = Server::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().port();
    let error = server.and_bind(wildcard("0.0.0.0", port)).unwrap_err();
    assert!(matches!(error, ServerError::Twice { .. }), "{error}");
}

/// A server without anything to listen on does not start, and says why.
#[test]
fn nothing_to_listen_on_is_an_error() {
    let error = Server::with(ListenOptions::default()).start(hello).unwrap_err();
    assert!(matches!(error, ServerError::NoListener));
    let none: [TcpListener; 0] = [];
    Server::from_listeners(none).unwrap().start(hello).unwrap_err();
}

/// Addresses that are none are refused with how one looks.
#[test]
fn bad_addresses_are_told() {
    for bad in ["localhost", "localhost:http:3", "127.0.0.1:99999", ""] {
        let error = Server::bind(bad).unwrap_err();
        assert!(error.to_string().contains("looks like 127.0.0.1:3000"), "{error}");
    }
    // TEST-NET-1 (RFC 5737): nobody's.
    let error = Server::bind("192.0.2.1:0").unwrap_err();
    assert!(error.to_string().contains("is not an address of this machine"), "{error}");
}

/// A listener made elsewhere is shared by all workers.
#[test]
fn a_listener_made_elsewhere_is_served() {
    let made = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = made.local_addr().unwrap();
    let server = Server::from_listeners([made]).unwrap().and_bind("127.0.0.1:0").unwrap();
    assert_eq!(server.local_addr(), address);
    let running = server.workers(2).start(hello).unwrap();
    for endpoint in running.handle().local_addrs() {
        for _ in 0..4 {
            ask_tcp(endpoint.tcp().unwrap());
        }
    }
    assert_eq!(accepted(&running).iter().sum::<u64>(), 8);
    stop(running);
    TcpStream::connect(address).expect_err("nobody listens any more");
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};

    use super::*;

    fn ask_unix(path: &Path) {
        ask(UnixStream::connect(path).unwrap());
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        (folder, path)
    }

    /// Two TCP addresses and two Unix sockets, served by the same workers; the files go when the
    /// server stops.
    #[test]
    fn many_listeners_at_once() {
        let (folder, path) = folder();
        let second = folder.path().join("second.sock");
        let server = Server::bind("127.0.0.1:0").unwrap().and_bind("127.0.0.1:0").unwrap();
        let server = server.and_unix(&path).unwrap().and_unix(&second).unwrap();
        let addresses = server.local_addrs();
        assert_eq!(addresses[2..], [&path, &second].map(|path| Endpoint::Unix(Some(path.clone()))));
        assert_eq!(addresses[3].to_string(), format!("unix:{}", second.display()));
        let running = server.workers(2).start(hello).unwrap();
        for _ in 0..10 {
            for endpoint in running.handle().local_addrs() {
                match endpoint {
                    Endpoint::Tcp(address) => ask_tcp(*address),
                    Endpoint::Unix(path) => ask_unix(path.as_ref().unwrap()),
                }
            }
        }
        assert_eq!(accepted(&running).iter().sum::<u64>(), 40);
        stop(running);
        assert!(!path.exists() && !second.exists());
    }

    /// Connections to one Unix socket are spread over the workers, although these share its queue.
    #[test]
    fn a_shared_queue_is_spread() {
        let (_folder, path) = folder();
        let running = Server::unix(&path).unwrap().workers(2).start(hello).unwrap();
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let mut client = UnixStream::connect(&path).unwrap();
                client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
                assert_ne!(client.read(&mut [0; 512]).unwrap(), 0);
                client
            })
            .collect();
        let spread = running.handle().connections();
        assert!(spread.iter().all(|count| (3..=5).contains(count)), "{spread:?}");
        drop(clients);
        stop(running);
    }

    /// A server that died left its file: it is replaced. One that lives is left in peace.
    #[test]
    fn a_stale_file_is_replaced_and_a_live_one_is_busy() {
        let (_folder, path) = folder();
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "stale");
        let running = Server::unix(&path).unwrap().start(hello).unwrap();
        let error = Server::unix(&path).unwrap_err();
        let expected = format!("{} is in use: ", path.display());
        assert!(error.to_string().starts_with(&expected), "{error}");
        ask_unix(&path);
        stop(running);
        assert!(!path.exists());
    }

    /// A server that is never started leaves no file, either.
    #[test]
    fn a_server_that_is_dropped_cleans_up() {
        let (_folder, path) = folder();
        let server = Server::unix(&path).unwrap();
        let error = server.and_unix(&path).unwrap_err();
        assert!(error.to_string().ends_with("was given twice: give it once"), "{error}");
        assert!(!path.exists());
    }

    /// What is in the way, or missing, is named.
    #[test]
    fn unix_errors_say_what_to_do() {
        let (folder, path) = folder();
        fs::write(&path, "precious").unwrap();
        let error = Server::unix(&path).unwrap_err().to_string();
        assert!(error.contains("is not a socket: remove it"), "{error}");
        let error = Server::unix(folder.path().join("no/http.sock")).unwrap_err().to_string();
        assert!(error.contains("does not exist: make it first"), "{error}");
        let error = Server::unix(folder.path().join("x".repeat(200))).unwrap_err().to_string();
        assert!(error.starts_with("cannot listen on "), "{error}");
    }

    /// The file has the permissions that were asked for.
    #[test]
    fn a_socket_has_its_mode() {
        let (_folder, path) = folder();
        let options = ListenOptions { mode: Some(0o606), ..ListenOptions::default() };
        let _server = Server::with(options).and_unix(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o606);
    }

    /// Descriptors of either kind are served, and files that are not ours stay; others are refused.
    #[test]
    fn descriptors_are_served() {
        let (_folder, path) = folder();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let unix = UnixListener::bind(&path).unwrap();
        let server = Server::from_listeners([OwnedFd::from(tcp), OwnedFd::from(unix)]).unwrap();
        let running = server.workers(2).start(hello).unwrap();
        ask_tcp(address);
        ask_unix(&path);
        stop(running);
        assert!(path.exists());
        let file = OwnedFd::from(fs::File::open("/dev/null").unwrap());
        let error = Server::from_listeners([file]).unwrap_err().to_string();
        assert!(
            error.contains("number 0 cannot be used: the descriptor is not a socket"),
            "{error}"
        );
    }
}
