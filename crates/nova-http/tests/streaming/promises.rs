//! Promises that are not kept, and answers that are given up: never a clean end.

use nova_http::testing::Bench;
use nova_http::{Phase, Reason, Request, Response};
use nova_io::sim::ClientState;

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
    let mut bench = Bench::http(nova_io::sim::Network::calm(), narrow(), serve);
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
