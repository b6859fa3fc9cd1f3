//! The adapter (`nova-tower`): what a tower service sees of a connection's octets, and what its client
//! gets, held against an application of the engine's own that does the same.
//!
//! Both are whole servers over a simulated network, with the same limits, and get the same octets in the
//! same pieces. Each notes what it sees of every request, and answers it in the same way; so the notes are
//! the same, and what comes back is, octet by octet. What the `http` crate has no form for is 400.

mod notes;
mod plain;
mod service;

use std::rc::Rc;

use nova_http::testing::Bench;
use nova_http::{Application, Limits, PlainHttp};
use nova_http1::{Connection, HeadReader};
use nova_io::sim::{Client, ClientState, Network};
use nova_tower::Door;

use self::notes::Notes;
use self::plain::Plain;
use self::service::Scribe;
use super::log::Log;
use super::pieces;
use super::{Check, Outcome, Verdict, disagree};
use crate::generate::Dice;

/// Makes what is under test.
pub type Make<A> = fn(Behind) -> A;

/// A service that notes what it sees, behind its door.
pub type Behind = Door<Scribe>;

/// The check.
#[derive(Debug)]
pub struct Adapter<A> {
    make: Make<A>,
    heads: HeadReader,
    log: Log,
}

impl Default for Adapter<Behind> {
    fn default() -> Self {
        Self::of(|door| door)
    }
}

impl<A: Application> Adapter<A> {
    /// The check of another adapter, which is made of the right one.
    pub fn of(make: Make<A>) -> Self {
        Self { make, heads: HeadReader::with_memory(0), log: Log::default() }
    }
}

impl<A: Application> Check for Adapter<A> {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let mut dice = Dice::for_octets(input);
        let message = super::limits(&mut dice);
        let limits = Limits { message, ..Limits::default() };
        let manner = dice.octet();
        let mut cuts = Vec::new();
        // One piece, as a rule: to receive is what takes the time.
        let longest = if dice.one_in(2) { input.len() } else { input.len().min(60) };
        while cuts.iter().sum::<usize>() < input.len() {
            cuts.push(if longest == input.len() { longest } else { dice.up_to(longest) + 1 });
        }
        let (expected, found) = (Rc::<Notes>::default(), Rc::<Notes>::default());
        let door = Door::new(Scribe::new(found.clone(), manner));
        let plain = Plain::new(expected.clone(), manner);
        let plain = talk(plain, &expected, limits, input, &cuts);
        let adapted = talk((self.make)(door), &found, limits, input, &cuts);
        if *expected != *found {
            return disagree!("the service sees\n{found}and the engine\n{expected}");
        }
        if plain != adapted {
            let (found, expected) = (adapted.0.escape_ascii(), plain.0.escape_ascii());
            return disagree!(
                "the client of the service gets\n{found}, {:?},\nand the engine's\n{expected}, {:?}",
                adapted.1,
                plain.1
            );
        }
        self.log.clear();
        let mut whole = || usize::MAX;
        let (receive, log) = (Connection::receive, &mut self.log);
        let end = pieces::run(receive, &mut self.heads, input, &message, &mut whole, log)?;
        Ok(match end.fault {
            Some(fault) => Verdict::Refused(fault),
            None if end.may_end => Verdict::Accepted,
            None => Verdict::Incomplete,
        })
    }
}

/// What a client gets that says these octets in pieces and then ends its stream, and how that has ended.
fn talk<A: Application>(
    application: A,
    notes: &Notes,
    limits: Limits,
    input: &[u8],
    cuts: &[usize],
) -> (Vec<u8>, ClientState) {
    let mut application = Some(application);
    let mut bench = Bench::new(Network::calm(), limits, 1, |_| {
        (PlainHttp, application.take().expect("one worker asks once"))
    });
    let mut client: Client = bench.connect();
    let mut rest = input;
    for cut in cuts {
        let (piece, others) = rest.split_at((*cut).min(rest.len()));
        client.write(piece);
        bench.settle();
        rest = others;
    }
    client.shutdown();
    let octets = bench.drain(&mut client);
    notes.close();
    (octets, client.state())
}
