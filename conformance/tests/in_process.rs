//! Every input against a worker over the simulated network: whole, octet by octet, and over networks
//! with bad habits. That it is the same wherever it is cut is shown in `splits.rs`.

use conformance::case::{Input, Step};
use conformance::in_process::{Cut, InProcess};
use conformance::outcome::Fate;
use conformance::{End, Transcript, judge};
use nova_io::sim::Network;

/// Inputs longer than this are cut at some offsets only, and sent in larger pieces.
const LONG: usize = 2_048;

fn talk(server: &mut InProcess, input: &Input, cut: Cut<'_>) -> Result<Transcript, String> {
    let probe = input.outcome.fate() == Some(Fate::Kept);
    let transcript = server.talk(&input.steps, cut, probe)?;
    judge(&transcript, &input.outcome)?;
    Ok(transcript)
}

fn len(input: &Input) -> usize {
    let sent = input.steps.iter().map(|step| match step {
        Step::Send(octets) => octets.len(),
        _ => 0,
    });
    sent.sum()
}

/// Runs all inputs through `check` and lists those that fail.
fn each(mut check: impl FnMut(&Input) -> Result<(), String>) {
    let inputs = conformance::all().unwrap();
    let mut failures = Vec::new();
    for input in &inputs {
        if let Err(error) = check(input) {
            failures.push(format!("{}: {error}", input.name));
        }
    }
    let (failed, all) = (failures.len(), inputs.len());
    assert!(failures.is_empty(), "{failed} of {all} inputs:\n{}", failures.join("\n"));
}

#[test]
fn whole() {
    let mut server = InProcess::new(Network::calm());
    each(|input| talk(&mut server, input, Cut::Whole).map(drop));
}

#[test]
fn octet_by_octet() {
    let mut server = InProcess::new(Network::calm());
    each(|input| {
        let piece = if len(input) <= LONG { 1 } else { 997 };
        talk(&mut server, input, Cut::Every(piece)).map(drop)
    });
}

#[test]
fn over_a_network_with_bad_habits() {
    for seed in 0..4 {
        let mut server = InProcess::new(Network::rough(seed));
        each(|input| {
            let probe = input.outcome.fate() == Some(Fate::Kept);
            let transcript = server.talk(&input.steps, Cut::Every(61), probe)?;
            // What such a client sends after its own end may meet a socket that is closed, and the
            // reset for it may overtake the answer: RFC 9112 §9.6.
            if input.outcome.fate() == Some(Fate::Parted) && transcript.end == End::Reset {
                return Ok(());
            }
            let verdict = judge(&transcript, &input.outcome);
            verdict.map_err(|error| format!("seed {seed}: {error}"))
        });
    }
}

/// Nobody waits for ever: what is incomplete is answered with 408, or closed silently if nothing of a
/// request has come.
#[test]
fn what_waits_expires() {
    let mut server = InProcess::new(Network::calm());
    each(|input| {
        let (Some(Fate::Wait), Some(octets)) = (input.outcome.fate(), input.plain()) else {
            return Ok(());
        };
        judge(&server.expire(octets), &"408+close".parse()?)
    });
    for nothing in [&b""[..], b"\r\n"] {
        judge(&server.expire(nothing), &"close".parse().unwrap()).unwrap();
    }
}
