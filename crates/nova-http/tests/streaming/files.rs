//! Files as content: sent while they are read, never held.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use nova_http::testing::Bench;
use nova_http::{Answered, FileContent, Handler, Limits, Phase, Reason, Request, Response, Status};
use nova_io::sim::{ClientState, Network};

use crate::common::{
    ask, assert_alive, assert_failures, get, handler, narrow, networks, octets, only, take,
};

/// A file that nobody else sees.
fn file(content: &[u8]) -> Arc<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Arc::new(file)
}

/// Sends `/` whole, and `/from-to` as that part.
fn sends(file: Arc<File>) -> impl Handler {
    handler(move |request: &Request<'_>, response: Response<'_>| -> Answered {
        let path = std::str::from_utf8(request.head.path()).unwrap();
        match path[1..].split_once('-') {
            None if path == "/alive" => response.send(b""),
            None => response.send_file(FileContent::whole(file.clone()).unwrap()),
            Some((from, to)) => {
                let part = from.parse().unwrap()..to.parse().unwrap();
                response
                    .status(Status::PARTIAL_CONTENT)
                    .send_file(FileContent::part(file.clone(), part))
            }
        }
    })
}

/// Whole or in part, empty or larger than all room: what arrives is what the file has.
#[test]
fn files_arrive() {
    let content = octets(50_000);
    let file = file(&content);
    for (seed, network) in networks(60).enumerate() {
        for window in [1 << 20, 900] {
            let mut bench = Bench::http(network.clone(), narrow(), sends(file.clone()));
            let mut client = bench.connect();
            client.set_window(window);
            for (target, part) in [
                ("/", 0..50_000),
                ("/0-50000", 0..50_000),
                ("/0-0", 0..0),
                ("/7-7", 7..7),
                ("/49999-50000", 49_999..50_000),
                ("/100-20100", 100..20_100),
            ] {
                client.write(&get(target));
                let mut answer = Vec::new();
                loop {
                    bench.settle();
                    let held = bench.worker(0).spilled_bytes();
                    assert!(held <= 16 * 1024, "seed {seed}: {held} are held");
                    let more = client.drain();
                    if more.is_empty() {
                        break;
                    }
                    answer.extend(more);
                }
                let got = only(&answer, "GET");
                assert!(got.has(&format!("Content-Length: {}", part.len())), "{}", got.head);
                assert!(got.content == content[part], "{target}, seed {seed}");
            }
            assert_eq!(client.state(), ClientState::Open);
            assert_failures(&bench, &[]);
            assert_alive(&mut bench);
        }
    }
}

/// HEAD gets the length, and no octet of the file is read for it.
#[test]
fn head_gets_the_length_of_a_file() {
    let mut bench = Bench::http(Network::calm(), narrow(), sends(file(&octets(50_000))));
    let mut client = bench.connect();
    let answer = ask(&mut bench, &mut client, &[b"HEAD", &get("/")[3..]].concat());
    assert!(only(&answer, "HEAD").has("Content-Length: 50000"));
    // A part beyond the end: HEAD does not find out.
    let answer = ask(&mut bench, &mut client, &[b"HEAD", &get("/0-60000")[3..]].concat());
    assert!(only(&answer, "HEAD").has("Content-Length: 60000"));
    assert_eq!(client.state(), ClientState::Open);
}

/// Files behind each other on one connection come in order, and each waits for its turn.
#[test]
fn pipelined_files_keep_their_order() {
    let content = octets(20_000);
    let file = file(&content);
    let parts = [0..20_000, 5..6, 0..0, 300..15_000, 1..20_000];
    let requests: Vec<u8> =
        parts.iter().flat_map(|part| get(&format!("/{}-{}", part.start, part.end))).collect();
    for open_exchanges in [1, 4] {
        for (seed, network) in networks(60).enumerate() {
            let limits = Limits { open_exchanges, ..narrow() };
            let mut bench = Bench::http(network, limits, sends(file.clone()));
            let mut client = bench.connect();
            client.set_window(3_000);
            let answers = ask(&mut bench, &mut client, &requests);
            let mut rest = &answers[..];
            for part in parts.clone() {
                let got = take(&mut rest, "GET").unwrap();
                assert!(got.content == content[part.clone()], "{part:?}, seed {seed}");
            }
            assert!(rest.is_empty());
            assert_alive(&mut bench);
        }
    }
}

/// Many clients get the same open file at once: nothing moves its position.
#[test]
fn one_file_for_many() {
    let content = octets(30_000);
    let file = file(&content);
    for network in networks(5) {
        let mut bench = Bench::http(network, narrow(), sends(file.clone()));
        let mut clients: Vec<_> = (0..50).map(|_| (bench.connect(), Vec::new())).collect();
        for (n, (client, _)) in clients.iter_mut().enumerate() {
            client.set_window(1_000 + 100 * n);
            client.write(&get("/"));
        }
        loop {
            bench.settle();
            let mut quiet = true;
            for (client, answer) in &mut clients {
                let more = client.drain();
                quiet &= more.is_empty();
                answer.extend(more);
            }
            if quiet {
                break;
            }
        }
        for (_, answer) in &clients {
            assert!(only(answer, "GET").content == content);
        }
    }
}

/// A file that becomes shorter while it is sent is a promise that is not kept.
#[test]
fn a_file_that_is_cut_is_a_reset() {
    let content = octets(50_000);
    for (seed, network) in networks(40).enumerate() {
        let file = file(&content);
        let mut bench = Bench::http(network, narrow(), sends(file.clone()));
        let mut client = bench.connect();
        client.set_window(2_000);
        client.write(&get("/"));
        bench.settle();
        file.set_len(20_000).unwrap();
        let answer = bench.drain(&mut client);
        assert_eq!(client.state(), ClientState::Reset, "seed {seed}");
        let head = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        assert!(content[..20_000].starts_with(&answer[head..]), "seed {seed}");
        assert_failures(&bench, &[(Reason::BrokenPromise, Phase::Answer, 1)]);
        assert_alive(&mut bench);
    }
}

/// A part that the file has never had: the length has been promised, and cannot be kept.
#[test]
fn a_part_beyond_the_end_is_a_reset() {
    let mut bench = Bench::http(Network::calm(), narrow(), sends(file(b"short")));
    let mut client = bench.connect();
    let answer = ask(&mut bench, &mut client, &get("/0-10"));
    assert_eq!(client.state(), ClientState::Reset, "{}", String::from_utf8_lossy(&answer));
    assert_failures(&bench, &[(Reason::BrokenPromise, Phase::Answer, 1)]);
}

/// A client that leaves in the middle closes the file.
#[test]
fn a_client_that_leaves_closes_the_file() {
    let file = file(&octets(50_000));
    let theirs = file.clone();
    let mut served = 0;
    let mut bench =
        Bench::http(Network::calm(), narrow(), move |_: &Request<'_>, r: Response<'_>| {
            served += 1;
            match served {
                1 => r.send_file(FileContent::whole(theirs.clone()).unwrap()),
                _ => r.send(b""),
            }
        });
    let mut client = bench.connect();
    client.set_window(1_000);
    client.write(&get("/"));
    bench.settle();
    assert_eq!(Arc::strong_count(&file), 3);
    client.reset();
    bench.settle();
    assert_eq!(Arc::strong_count(&file), 2);
    assert_alive(&mut bench);
}
