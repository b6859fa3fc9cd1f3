//! Very many inputs, a batch at a time: the door reads them, every llhttp reads them, and both are held
//! against each other.

use anyhow::anyhow;

use crate::argued::{WIDE, in_other_words};
use crate::compare;
use crate::door::Reads;
use crate::inputs::{Cuts, deliveries};
use crate::llhttp::Llhttp;
use crate::reading::{Ending, Reading};

/// Makes what is under test, for Node's `maxHeaderSize`.
pub type Make<'a> = &'a dyn Fn(u32) -> Box<dyn Reads>;

/// What inputs have come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Inputs.
    pub inputs: u64,
    /// How often one of them was read, cut in some way.
    pub readings: u64,
    /// Inputs that the door has understood to their end, or until they leave HTTP.
    pub accepted: u64,
    /// Requests that the door has accepted in them.
    pub requests: u64,
    /// Readings that were the same only in other words.
    pub argued: u64,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.inputs += other.inputs;
        self.readings += other.readings;
        self.accepted += other.accepted;
        self.requests += other.requests;
        self.argued += other.argued;
    }
}

/// An input that is read in two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which input of those that were read together.
    pub at: usize,
    /// In which pieces.
    pub pieces: Vec<Vec<u8>>,
    /// What differs, and for whom.
    pub what: String,
}

/// An input as it was read by the door.
struct Read<'a> {
    at: usize,
    pieces: Vec<&'a [u8]>,
    door: Reading,
}

impl Read<'_> {
    fn finding(&self, what: String) -> Finding {
        let pieces = self.pieces.iter().map(|piece| piece.to_vec()).collect();
        Finding { at: self.at, pieces, what }
    }
}

/// Has the door and every llhttp read `inputs` on new connections. The first disagreement, if there is
/// one.
///
/// # Errors
/// An llhttp has ended.
pub fn batch(
    make: Make<'_>,
    llhttps: &mut [Llhttp],
    head_bytes: u32,
    inputs: &[Vec<u8>],
    cuts: Cuts,
) -> anyhow::Result<Result<Tally, Finding>> {
    let mut tally = Tally { inputs: inputs.len() as u64, ..Tally::default() };
    let mut door = make(head_bytes);
    let mut reads: Vec<Read<'_>> = Vec::new();
    for (at, input) in inputs.iter().enumerate() {
        let first = reads.len();
        for pieces in deliveries(input, cuts) {
            let door = door.read(&pieces);
            reads.push(Read { at, pieces, door });
        }
        let whole = &reads[first].door;
        if let Some(other) = reads[first..].iter().find(|other| !is_same(whole, &other.door)) {
            let what = format!("whole\n{whole}\n  in pieces\n{}", other.door);
            return Ok(Err(other.finding(what)));
        }
        let over = matches!(whole.ending, Ending::Over | Ending::Left(_));
        tally.accepted += u64::from(over && whole.requests() > 0);
        tally.requests += whole.requests() as u64;
    }
    tally.readings = reads.len() as u64;
    let mut doubtful: Vec<(usize, String)> = differences(llhttps, head_bytes, &reads)?;
    doubtful.sort_by_key(|(read, _)| *read);
    doubtful.dedup_by_key(|(read, _)| *read);
    tally.argued = doubtful.len() as u64;
    let doubted: Vec<_> = doubtful.iter().map(|(read, _)| &reads[*read]).collect();
    let argued = are_argued(make, llhttps, &doubted)?;
    let found = doubtful.into_iter().zip(argued).find(|(_, argued)| !argued);
    Ok(found.map_or(Ok(tally), |((read, what), _)| Err(reads[read].finding(what))))
}

/// Which of `reads` some llhttp reads in another way, and what it is.
fn differences(
    llhttps: &mut [Llhttp],
    head_bytes: u32,
    reads: &[Read<'_>],
) -> anyhow::Result<Vec<(usize, String)>> {
    // All of them read at the same time.
    for llhttp in llhttps.iter_mut() {
        reads.iter().for_each(|read| llhttp.add(head_bytes, &read.pieces));
        llhttp.ask()?;
    }
    let mut found = Vec::new();
    for llhttp in llhttps {
        let others = llhttp.answers()?;
        if others.len() != reads.len() {
            return Err(anyhow!("{} has answered {} questions", llhttp.name, others.len()));
        }
        for (at, (read, other)) in reads.iter().zip(&others).enumerate() {
            if let Err(what) = compare(&read.door, other) {
                let (door, name) = (&read.door, &llhttp.name);
                found.push((at, format!("{what}\n  the door\n{door}\n  {name}\n{other}")));
            }
        }
    }
    Ok(found)
}

/// For each of `reads` whether what differs is only one of the things that `argued.rs` knows: then both
/// read alike what says the same in other words, and the door as many requests as before.
fn are_argued(
    make: Make<'_>,
    llhttps: &mut [Llhttp],
    reads: &[&Read<'_>],
) -> anyhow::Result<Vec<bool>> {
    if reads.is_empty() {
        return Ok(Vec::new());
    }
    let inputs: Vec<_> = reads.iter().map(|read| in_other_words(&read.pieces.concat())).collect();
    let mut door = make(WIDE);
    let mut again = Vec::new();
    for (read, input) in reads.iter().zip(&inputs) {
        let mut rest = &input[..];
        let pieces = read.pieces.iter().map(|piece| {
            let (piece, others) = rest.split_at(piece.len());
            rest = others;
            piece
        });
        let pieces: Vec<_> = pieces.collect();
        let door = door.read(&pieces);
        again.push(Read { at: read.at, pieces, door });
    }
    let mut argued: Vec<_> = again
        .iter()
        .zip(reads)
        .map(|(again, read)| again.door.requests() >= read.door.requests())
        .collect();
    for (at, _) in differences(llhttps, WIDE, &again)? {
        argued[at] = false;
    }
    Ok(argued)
}

/// The same, however it was cut: but for the rule of several that are broken which was found first.
fn is_same(whole: &Reading, pieces: &Reading) -> bool {
    let faults = (&whole.ending, &pieces.ending);
    let both_refused = matches!(faults, (Ending::Fault(_), Ending::Fault(_)));
    whole.saw == pieces.saw && (both_refused || whole.ending == pieces.ending)
}
