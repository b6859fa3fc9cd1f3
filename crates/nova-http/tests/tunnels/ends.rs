//! What a tunnel costs, and how it ends.

use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{Limits, Phase, Reason};
use nova_io::sim::{ClientState, Network};

use crate::common::{Echoes, Log, UPGRADE, ask, failures, networks, server, switching};

/// A client that does not read is not read from either: what a tunnel holds is bounded, and all of
/// it arrives in the end.
#[test]
fn a_slow_tunnel_costs_little() {
    let content: Vec<u8> = (0..200_000).map(|at| (at % 200 + 50) as u8 | 0x80).collect();
    let limits = Limits { unsent_bytes: 4_096, ..Limits::default() };
    for (seed, network) in networks(20).enumerate() {
        let echoes = Echoes { log: Log::default(), step: 1_000, connect: true };
        let mut bench = Bench::http(network, limits, echoes);
        let mut client = bench.connect();
        client.set_window(2_000);
        client.write(&[UPGRADE, &content].concat());
        let mut got = Vec::new();
        loop {
            bench.settle();
            let held = bench.worker(0).spilled_bytes();
            assert!(held <= 16 * 1024 + 128 * 1024, "seed {seed}: {held} are held");
            let more = client.drain();
            if more.is_empty() {
                break;
            }
            got.extend(more);
        }
        let start = switching().len() + "hi ".len();
        assert!(got[start..] == content, "seed {seed}");
    }
}

/// The server can end a tunnel, give it up, or fail in it: an end, a reset, a reset that is counted.
#[test]
fn how_a_tunnel_ends() {
    for (seed, network) in networks(50).enumerate() {
        for (last, state, logged, failed) in [
            ("bye~", ClientState::Ended, &["dropped"][..], None),
            ("bye!", ClientState::Reset, &["dropped"], Some(Reason::Aborted)),
            ("bye?", ClientState::Reset, &["Aborted", "dropped"], Some(Reason::Panicked)),
        ] {
            let (mut bench, log) = server(network.clone(), Limits::default());
            let mut client = bench.connect();
            let _ = ask(&mut bench, &mut client, UPGRADE);
            let got = ask(&mut bench, &mut client, last.as_bytes());
            assert!(last.starts_with(&got), "seed {seed}: {got}");
            assert_eq!(client.state(), state, "{last}, seed {seed}");
            assert_eq!(*log.borrow(), logged, "{last}, seed {seed}");
            let failed: Vec<_> = failed.map(|why| (why, Phase::Tunnel, 1)).into_iter().collect();
            assert_eq!(failures(&bench), failed);
            drop(client);
            bench.settle();
            assert_eq!((bench.worker(0).connections(), bench.worker(0).spilled_bytes()), (0, 0));
        }
    }
}

/// The client can leave without a word.
#[test]
fn a_client_that_leaves_a_tunnel() {
    for network in networks(50) {
        let (mut bench, log) = server(network, Limits::default());
        let mut client = bench.connect();
        let _ = ask(&mut bench, &mut client, UPGRADE);
        client.reset();
        bench.settle();
        assert_eq!(*log.borrow(), ["Reset", "dropped"]);
        assert_eq!(failures(&bench), [(Reason::Reset, Phase::Tunnel, 1)]);
        assert_eq!((bench.worker(0).connections(), bench.worker(0).spilled_bytes()), (0, 0));
    }
}

/// A tunnel that is silent in both directions for too long is cut; one that speaks is not.
#[test]
fn silence_has_a_bound() {
    let second = Duration::from_secs(1);
    let limits = Limits { tunnel_silence: second * 10, ..Limits::default() };
    let (mut bench, log) = server(Network::calm(), limits);
    let mut client = bench.connect();
    let _ = ask(&mut bench, &mut client, UPGRADE);
    for _ in 0..5 {
        bench.advance(second * 9);
        assert_eq!(ask(&mut bench, &mut client, b"still here"), "still here");
    }
    bench.advance(second * 11);
    assert_eq!(client.state(), ClientState::Reset);
    assert_eq!(*log.borrow(), ["Expired", "dropped"]);
    assert_eq!(failures(&bench), [(Reason::TimedOut, Phase::Tunnel, 1)]);
}

/// A stop leaves a tunnel its grace, in which it works, and then cuts it.
#[test]
fn a_stop_cuts_a_tunnel() {
    let (mut bench, log) = server(Network::calm(), Limits::default());
    let mut client = bench.connect();
    let _ = ask(&mut bench, &mut client, UPGRADE);
    bench.stop(Duration::from_secs(4));
    bench.settle();
    bench.advance(Duration::from_secs(3));
    assert_eq!(ask(&mut bench, &mut client, b"go on"), "go on");
    bench.advance(Duration::from_secs(2));
    assert_eq!(client.state(), ClientState::Reset);
    assert_eq!(*log.borrow(), ["Stopped", "dropped"]);
    assert_eq!(failures(&bench), [(Reason::Stopped, Phase::Tunnel, 1)]);
    assert_eq!(bench.worker(0).connections(), 0);
}
