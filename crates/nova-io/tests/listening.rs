//! Listeners of every kind, and what the connections that they accept are like.

#![cfg(unix)]

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use nova_io::portable::{Endpoint, Keepalive, ListenOptions, Listener, Portable, Socket};
use nova_io::{Driver, Event, Wait};

/// The next connection of a listener, and the client's address.
fn accept(listener: Listener) -> (Socket, Option<SocketAddr>) {
    let mut driver = Portable::new().unwrap();
    driver.listen(listener).unwrap();
    loop {
        driver.turn(Wait::Forever).unwrap();
        if let Some(Event::Accepted { socket, peer, .. }) = driver.next() {
            return (socket, peer);
        }
    }
}

fn anywhere(options: &ListenOptions) -> Listener {
    Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), options).unwrap()
}

fn connect(listener: &Listener) -> TcpStream {
    TcpStream::connect(listener.local_addr().unwrap()).unwrap()
}

#[cfg(target_os = "linux")]
mod options {
    use std::time::Duration;

    use socket2::SockRef;

    use super::*;

    /// What the accepted socket says of itself.
    fn found(listener: Listener) -> (bool, Option<Keepalive>, Option<Duration>, u32) {
        let _client = connect(&listener);
        let socket = accept(listener).0.into_std().unwrap();
        let socket = SockRef::from(&socket);
        let keepalive = socket.keepalive().unwrap().then(|| Keepalive {
            idle: socket.tcp_keepalive_time().unwrap(),
            interval: socket.tcp_keepalive_interval().unwrap(),
            probes: socket.tcp_keepalive_retries().unwrap(),
        });
        let user_timeout = socket.tcp_user_timeout().unwrap();
        let lowat = socket.tcp_notsent_lowat().unwrap();
        (socket.tcp_nodelay().unwrap(), keepalive, user_timeout, lowat)
    }

    fn expected(options: &ListenOptions) -> (bool, Option<Keepalive>, Option<Duration>, u32) {
        let lowat = options.notsent_lowat.unwrap_or(0);
        (true, options.keepalive, options.user_timeout, lowat)
    }

    #[test]
    fn accepted_connections_have_the_listeners_options() {
        // Linux hands them on, so nothing is set for each connection.
        let keepalive =
            Keepalive { idle: Duration::from_secs(7), interval: Duration::from_secs(3), probes: 2 };
        let others = ListenOptions {
            keepalive: Some(keepalive),
            user_timeout: Some(Duration::from_secs(13)),
            notsent_lowat: Some(1 << 20),
            ..ListenOptions::default()
        };
        let none = ListenOptions {
            keepalive: None,
            user_timeout: None,
            notsent_lowat: None,
            ..ListenOptions::default()
        };
        for options in [ListenOptions::default(), others, none] {
            assert_eq!(found(anywhere(&options)), expected(&options));
            let copy = anywhere(&options).try_clone().unwrap();
            assert_eq!(found(copy), expected(&options));
            let mut changed = anywhere(&ListenOptions::default());
            changed.set_options(&options).unwrap();
            assert_eq!(found(changed), expected(&options));
        }
    }

    #[test]
    fn an_inherited_listener_gets_the_default_ones() {
        // Whatever its maker had set.
        let made = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&made).set_tcp_user_timeout(Some(Duration::from_secs(1))).unwrap();
        let listener = Listener::from_fd(made.into()).unwrap();
        assert_eq!(found(listener), expected(&ListenOptions::default()));
    }
}

#[test]
fn a_descriptor_tells_its_kind() {
    // TCP over both families and Unix are taken as what they are; the peer of the latter has no
    // address.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let v4 = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut made: Vec<OwnedFd> = vec![v4.into()];
    // Not every machine has IPv6.
    made.extend(std::net::TcpListener::bind("[::1]:0").ok().map(OwnedFd::from));
    for descriptor in made {
        let listener = Listener::from_fd(descriptor).unwrap();
        let client = connect(&listener);
        let (socket, peer) = accept(listener);
        assert_eq!(peer, Some(client.local_addr().unwrap()));
        assert_eq!(socket.peer_addr(), peer);
    }
    let unix = UnixListener::bind(&path).unwrap();
    let listener = Listener::from_fd(unix.into()).unwrap();
    assert_eq!(listener.endpoint().unwrap(), Endpoint::Unix(Some(path.clone())));
    assert_eq!(listener.local_addr().unwrap_err().kind(), io::ErrorKind::Unsupported);
    let _client = UnixStream::connect(&path).unwrap();
    let (socket, peer) = accept(listener);
    assert_eq!((socket.peer_addr(), peer), (None, None));
    assert!(path.exists(), "the file is its maker's");
}

#[test]
fn other_descriptors_are_refused() {
    // Each with the reason.
    let file: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
    let datagrams: OwnedFd = UnixDatagram::unbound().unwrap().into();
    for (descriptor, why) in [(file, "not a socket"), (datagrams, "not a stream socket")] {
        let error = Listener::from_fd(descriptor).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains(why), "{error}");
    }
    if cfg!(target_os = "linux") {
        let connected: OwnedFd = UnixStream::pair().unwrap().0.into();
        let error = Listener::from_fd(connected).unwrap_err();
        assert!(error.to_string().contains("does not listen"), "{error}");
    }
}

#[test]
fn the_file_goes_with_the_last_handle() {
    // A copy keeps it; a driver that stops listening lets go.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listener = Listener::bind_unix(&path, &ListenOptions::default()).unwrap();
    let copy = listener.try_clone().unwrap();
    drop(listener);
    let mut driver = Portable::new().unwrap();
    let id = driver.listen(copy).unwrap();
    assert!(path.exists());
    driver.unlisten(id);
    assert!(!path.exists());
}

#[test]
fn a_port_bound_alone_can_be_shared_afterwards() {
    // Between finding out that a port is free and sharing it, nobody can take it.
    let alone = anywhere(&ListenOptions::default());
    let address = alone.local_addr().unwrap();
    let sharing = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    let busy = |options| Listener::bind(address, options).map(drop).map_err(|error| error.kind());
    assert_eq!(busy(&sharing), Err(io::ErrorKind::AddrInUse));
    if ListenOptions::CAN_REUSE_PORT {
        alone.share_port().unwrap();
        assert_eq!(busy(&sharing), Ok(()));
        assert_eq!(busy(&ListenOptions::default()), Err(io::ErrorKind::AddrInUse));
    }
}

#[test]
fn families_can_be_kept_apart() {
    // With `v6_only`, both wildcards can have the same port.
    let apart = ListenOptions { v6_only: Some(true), ..ListenOptions::default() };
    let Ok(v6) = Listener::bind("[::]:0".parse().unwrap(), &apart) else {
        return; // A machine without IPv6.
    };
    let port = v6.local_addr().unwrap().port();
    Listener::bind((Ipv4Addr::UNSPECIFIED, port).into(), &apart).unwrap();
}
