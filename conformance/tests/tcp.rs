//! Every input against a server behind real sockets: whole, octet by octet, behind a valid request in
//! the same write, and in front of one.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use conformance::case::{Input, Step};
use conformance::outcome::Fate;
use conformance::server::mirror;
use conformance::tcp::Tcp;
use conformance::transcript::Transcript;
use conformance::{End, Outcome, judge};
use nova_http::{Running, Server};

/// Clients at a time.
const CLIENTS: usize = 8;

/// An octet for each write is asked of inputs up to this length.
const SHORT: usize = 512;

const VALID: &[u8] = b"GET /valid HTTP/1.1\r\nHost: h\r\n\r\n";

fn server() -> (Running, SocketAddr) {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr();
    (server.start(mirror).unwrap(), address)
}

/// Runs every input that `deliver` gives steps and an outcome for.
fn each(piece: usize, deliver: impl Fn(&Input) -> Option<(Vec<Step>, Outcome)> + Sync) {
    let (running, address) = server();
    let inputs = conformance::all().unwrap();
    let (next, tried) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Tcp::new(address).unwrap();
                while let Some(input) = inputs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some((steps, outcome)) = deliver(input) else { continue };
                    tried.fetch_add(1, Ordering::Relaxed);
                    let fate = outcome.fate().unwrap();
                    let talk = client.talk(&steps, piece, fate).map_err(|error| error.to_string());
                    if let Err(error) = talk.and_then(|transcript| judge(&transcript, &outcome)) {
                        failures.lock().unwrap().push(format!("{}: {error}", input.name));
                    }
                }
            });
        }
    });
    running.handle().stop(Duration::from_secs(1));
    running.join().unwrap();
    let failures = failures.into_inner().unwrap();
    let tried = tried.into_inner();
    println!("{tried} inputs");
    assert!(tried > 0 || std::env::var_os("NOVA_CASE").is_some(), "nothing was tried");
    assert!(failures.is_empty(), "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn whole() {
    each(usize::MAX, |input| Some((input.steps.clone(), input.outcome.clone())));
}

#[test]
fn octet_by_octet() {
    each(1, |input| {
        let short = input.plain().is_some_and(|octets| octets.len() <= SHORT);
        short.then(|| (input.steps.clone(), input.outcome.clone()))
    });
}

/// The valid request is answered first, whatever follows it.
#[test]
fn behind_a_valid_request() {
    each(usize::MAX, |input| {
        let octets = [VALID, input.plain()?].concat();
        // What is owed for a valid request is owed also if nothing more comes.
        let mut outcome = input.outcome.after_an_answer();
        for required in &mut outcome.any_of {
            if required.fate == Fate::Wait {
                required.fate = Fate::Kept;
            }
        }
        let waits = input.outcome.fate() == Some(Fate::Wait);
        (!waits).then(|| (vec![Step::Send(octets)], outcome))
    });
}

/// A connection that is kept serves what comes in the same write.
#[test]
fn in_front_of_a_valid_request() {
    each(usize::MAX, |input| {
        let octets = [input.plain()?, VALID].concat();
        let kept = input.outcome.fate() == Some(Fate::Kept);
        kept.then(|| (vec![Step::Send(octets)], input.outcome.with_another_answer()))
    });
}

/// The delivery itself sees what it should see: a wrong requirement is found.
#[test]
fn wrong_requirements_are_found() {
    let (running, address) = server();
    let mut client = Tcp::new(address).unwrap();
    let send = |octets: &[u8]| vec![Step::Send(octets.to_vec())];
    let good = client.talk(&send(VALID), usize::MAX, Fate::Kept).unwrap();
    assert!(matches!(good, Transcript { end: End::Open { probe: Some(_) }, .. }));
    assert!(judge(&good, &"200+close".parse().unwrap()).is_err());
    let bad = client.talk(&send(b"x\r\n\r\n"), usize::MAX, Fate::Close).unwrap();
    assert_eq!(bad.end, End::Ended);
    assert!(judge(&bad, &"200+kept".parse().unwrap()).is_err());
    let steps = [Step::Send(VALID.to_vec()), Step::AwaitAnswers(1)];
    let answered = client.talk(&steps, usize::MAX, Fate::Wait).unwrap();
    assert!(judge(&answered, &"wait".parse().unwrap()).is_err());
    running.handle().stop(Duration::from_secs(1));
    running.join().unwrap();
}
