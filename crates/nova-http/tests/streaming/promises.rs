//! Promises that are not kept, and answers that are given up: never a clean end.

use nova_http::testing::Bench;
use nova_http::{Limits, Phase, Reason, Request, Response};
use nova_io::sim::{ClientState, Network};

use crate::common::{
    Log, Script, Step, ask, assert_alive, assert_failures, get, handler, narrow, networks, octets,
    only,
};

/// More than was promised is refused as a whole; what was promised can still be written.
#[test]
fn too_much_is_refused() {
    let log = Log::default();
    let theirs = log.clone();
    let serve = handler(move |_, response| {
        let steps = ["abc", "defg", "de"].map(|text| Step::Write(text.into()));
        response.stream(Some(5), Script::new(steps.into_iter().chain([Step::Finish])).log(&theirs))
    });
    let mut bench = Bench::http(Network::calm(), narrow(), serve);
    let mut client = bench.connect();
    let got = only(&ask(&mut bench, &mut client, &get("/")), "GET");
    assert_eq!(got.content, b"abcde");
    assert_eq!(*log.borrow(), ["TooMuch", "dropped"]);
}

/// Too little is a reset, after what was written; the flow has ended, and the counters tell.
/// Shows [9110-8.6-f].
#[test]
fn too_little_is_a_reset() {
    for (seed, network) in networks(100).enumerate() {
        for pause in [false, true] {
            let serve = handler(move |request: &Request<'_>, response: Response<'_>| {
                if request.head.path() == b"/alive" {
                    return response.send(b"");
                }
                let mut steps = vec![Step::Write(octets(5_000)), Step::Finish];
                if pause {
                    steps.insert(1, Step::Pause);
                }
                response.stream(Some(5_001), Script::new(steps))
            });
            let mut bench = Bench::http(network.clone(), narrow(), serve);
            let mut client = bench.connect();
            client.set_window(700);
            let answer = ask(&mut bench, &mut client, &[get("/"), get("/next")].concat());
            assert_eq!(client.state(), ClientState::Reset, "seed {seed}");
            let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
            assert!(octets(5_000).starts_with(&answer[end..]), "nothing else follows");
            assert_failures(&bench, &[(Reason::BrokenPromise, Phase::Answer, 1)]);
            assert_alive(&mut bench);
        }
    }
}

/// Given up before its head: 500, and the connection goes on. After it: a reset.
#[test]
fn an_abort_is_visible() {
    for (seed, network) in networks(30).enumerate() {
        for length in [None, Some(10)] {
            let log = Log::default();
            let theirs = log.clone();
            let serve = handler(move |request: &Request<'_>, response: Response<'_>| {
                if request.head.path() == b"/alive" {
                    return response.send(b"");
                }
                let steps = [Step::Write(b"abc".into()), Step::Pause, Step::Abort, Step::Finish];
                response.stream(length, Script::new(steps).log(&theirs))
            });
            let mut bench = Bench::http(network.clone(), narrow(), serve);
            let mut client = bench.connect();
            let _ = ask(&mut bench, &mut client, &[get("/"), get("/next")].concat());
            assert_eq!(client.state(), ClientState::Reset, "seed {seed}");
            assert_eq!(*log.borrow(), ["AnsweredAlready", "dropped"]);
            assert_failures(&bench, &[(Reason::Aborted, Phase::Answer, 1)]);
            assert_alive(&mut bench);
        }
    }
}

/// A client that leaves in the middle: the flow is told so, once, and nothing is held for it.
#[test]
fn a_client_that_leaves_is_told_to_the_flow() {
    for (seed, network) in networks(60).enumerate() {
        for reset in [false, true] {
            let log = Log::default();
            let theirs = log.clone();
            let serve = handler(move |request: &Request<'_>, response: Response<'_>| match request
                .head
                .path()
            {
                b"/alive" => response.send(b""),
                _ => response.stream(None, Script::pieces(&octets(1 << 20), 999).log(&theirs)),
            });
            let mut bench = Bench::http(network.clone(), narrow(), serve);
            let mut client = bench.connect();
            client.set_window(1_000);
            client.write(&get("/"));
            bench.settle();
            assert!(log.borrow().is_empty());
            match reset {
                true => client.reset(),
                false => drop(client),
            }
            bench.settle();
            assert_eq!(*log.borrow(), ["gone: Reset", "dropped"], "seed {seed}");
            assert_failures(&bench, &[(Reason::Reset, Phase::Answer, 1)]);
            assert_alive(&mut bench);
        }
    }
}

/// What comes before an answer that is cut short is owed: the reset waits until its client has taken it.
#[test]
fn what_comes_before_an_abort_is_not_cut() {
    let serve = handler(|request: &Request<'_>, response: Response<'_>| {
        if request.head.path() == b"/whole" {
            return response.send(b"this is whole");
        }
        let steps = [Step::Write(b"abc".into()), Step::Abort];
        response.stream(Some(10), Script::new(steps))
    });
    let mut bench = Bench::http(Network::calm(), Limits::default(), serve);
    let mut client = bench.connect();
    client.set_window(10);
    client.write(&[get("/whole"), get("/cut")].concat());
    let mut taken = Vec::new();
    while client.state() != ClientState::Reset {
        bench.settle();
        taken.extend_from_slice(&client.read());
        assert!(taken.len() < 1_000, "it is never reset");
    }
    let taken = String::from_utf8(taken).unwrap();
    assert!(taken.contains("this is whole"), "{taken}");
}
