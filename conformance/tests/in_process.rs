//! Every input against a worker over the simulated network: whole, octet by octet, cut in two at
//! every offset, and over a network with bad habits. Wherever it is cut, the answers are the same.

use conformance::case::{Input, Step};
use conformance::in_process::{Cut, InProcess};
use conformance::outcome::Fate;
use conformance::{Transcript, answers, judge};
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

/// What was answered, interim answers left out: whether 100 (Continue) is sent depends on whether
/// the content was already there.
fn essence(transcript: &Transcript) -> (Vec<conformance::Answer>, bool) {
    let (answers, _) = answers::read(&transcript.octets).expect("it was judged");
    (answers, matches!(transcript.end, conformance::End::Open { .. }))
}

#[test]
fn cut_in_two_at_every_offset() {
    let mut server = InProcess::new(Network::calm());
    let mut cuts = 0;
    each(|input| {
        if input.outcome.fate() == Some(Fate::Gone) {
            return Ok(()); // What such a client sees depends on when it leaves.
        }
        let whole = essence(&talk(&mut server, input, Cut::Whole)?);
        let len = len(input);
        let step = if len <= LONG { 1 } else { len / 23 };
        for at in (1..len).step_by(step) {
            let cut = talk(&mut server, input, Cut::At(&[at]));
            let cut = cut.map_err(|error| format!("cut at {at}: {error}"))?;
            if essence(&cut) != whole {
                return Err(format!("cut at {at}: other answers"));
            }
            cuts += 1;
        }
        Ok(())
    });
    println!("{cuts} cuts");
}

#[test]
fn over_a_network_with_bad_habits() {
    for seed in 0..4 {
        let mut server = InProcess::new(Network::rough(seed));
        each(|input| {
            let talk = talk(&mut server, input, Cut::Every(61));
            talk.map(drop).map_err(|error| format!("seed {seed}: {error}"))
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
