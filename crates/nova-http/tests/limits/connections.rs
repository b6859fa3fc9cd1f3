//! Who is let in: connections of a worker, of an address; accepts that fail.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{Buffered, Limits, Phase, PlainHttp, Reason};
use nova_io::sim::{Client, ClientState, Network};

use crate::log::warnings;
use crate::rig::{App, ask, get, got, server, servers, status};

/// A full worker lets the others wait, loses none of them, and serves them as places become free.
#[test]
fn connections() {
    let mut bench = server(Limits { connections: 3, ..Limits::default() });
    let mut clients: Vec<_> = (0..10).map(|_| bench.connect()).collect();
    for client in &mut clients {
        client.write(get("/").as_bytes());
    }
    bench.settle();
    let mut served = 0;
    while !clients.is_empty() {
        assert_eq!(bench.worker(0).connections(), clients.len().min(3));
        let answered = clients.iter_mut().position(|client| status(&got(client)) == "200");
        let client = clients.remove(answered.expect("the first ones are served first"));
        assert_eq!(client.state(), ClientState::Open);
        served += 1;
        drop(client);
        bench.settle();
    }
    assert_eq!((served, bench.total().accepted.get()), (10, 10));
    assert_eq!(bench.total().failures.all().count(), 0);
}

fn from(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), port)
}

/// The bound of an address holds over all workers, whoever has accepted its connections and whoever
/// serves them; one that has ended makes room. IPv4 within IPv6 is the same address.
#[test]
fn connections_per_address() {
    let (mut bench, _) = servers(Limits { connections_per_address: 20, ..Limits::default() }, 3);
    let mut clients: Vec<Client> = Vec::new();
    for port in 0..30 {
        let address = if port % 2 == 0 { "192.0.2.7" } else { "::ffff:192.0.2.7" };
        clients.push(bench.connect_from(from(address, 1_000 + port)));
        bench.settle();
    }
    let open = |client: &&Client| client.state() == ClientState::Open;
    assert_eq!(clients.iter().filter(open).count(), 20);
    assert!(bench.total().handed_over.get() > 0, "some are served by others than have accepted");
    assert_eq!(bench.total().failures.get(Reason::Crowded, Phase::Accept), 10);
    let mut other = bench.connect_from(from("192.0.2.8", 1_000));
    assert_eq!(status(&ask(&mut bench, &mut other, get("/"))), "200");
    for place in (0..20).step_by(3) {
        clients[place].reset();
        bench.settle();
        let mut next = bench.connect_from(from("192.0.2.7", 2_000 + place as u16));
        assert_eq!(status(&ask(&mut bench, &mut next, get("/"))), "200");
        clients.push(next);
        assert_eq!(bench.connect_from(from("192.0.2.7", 3_000)).state(), ClientState::Open);
        bench.settle();
    }
}

/// Accepting that fails for want of descriptors is tried again soon, or when a connection ends; it is
/// counted each time, logged once, and again only after it has worked between.
#[test]
fn accept_failures() {
    let network = Network::calm();
    let limits = Limits::default();
    let mut bench =
        Bench::new(network.clone(), limits, 1, |_| (PlainHttp, Buffered::new(App::default())));
    let no_descriptors = || io::Error::from_raw_os_error(24);
    let logged = warnings(|| {
        let first = bench.connect();
        bench.settle();
        for _ in 0..5 {
            network.fail_next_accept(no_descriptors());
        }
        let mut client = bench.connect();
        client.write(get("/").as_bytes());
        bench.settle();
        assert_eq!(bench.total().accept_failures.get(), 1, "it does not spin");
        for failures in 2..=4 {
            bench.advance(Duration::from_millis(150));
            assert_eq!(bench.total().accept_failures.get(), failures);
        }
        drop(first);
        bench.settle();
        assert_eq!(bench.total().accept_failures.get(), 5, "an end is a reason to try again");
        assert_eq!(got(&mut client), "");
        bench.advance(Duration::from_millis(150));
        assert_eq!(status(&got(&mut client)), "200");
    });
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(logged[0].contains("accepting connections failed"), "{logged:?}");
    let logged = warnings(|| {
        for _ in 0..3 {
            network.fail_next_adopt(no_descriptors());
            let refused = bench.connect();
            bench.settle();
            assert_eq!(refused.state(), ClientState::Ended);
        }
        let mut client = bench.connect();
        assert_eq!(status(&ask(&mut bench, &mut client, get("/"))), "200");
    });
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!(bench.total().accept_failures.get(), 8);
}
