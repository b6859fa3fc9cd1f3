//! Pipelined requests: the same events whole, cut anywhere, and in single octets, and those that the
//! reference sees.

use nova_http1::{Connection, Fault, HeadReader, Limits, PeerError, Step};

use super::log::Log;
use super::{Check, Disagreement, Outcome, Verdict, disagree};
use crate::generate::Dice;
use crate::reference::head::Lines;
use crate::reference::stream::{Fate, Reader};

/// What is under test: [`Connection::receive`].
pub type Receive = for<'a> fn(
    &mut Connection,
    &'a [u8],
    &'a mut HeadReader,
    &Limits,
) -> Result<Step<'a>, PeerError>;

/// The check.
#[derive(Debug)]
pub struct Pieces {
    receive: Receive,
    heads: HeadReader,
    reference: Reader,
    expected: Log,
    found: Log,
}

impl Default for Pieces {
    fn default() -> Self {
        Self::of(Connection::receive)
    }
}

impl Pieces {
    /// The check of another connection.
    pub fn of(receive: Receive) -> Self {
        Self {
            receive,
            heads: HeadReader::with_memory(0),
            reference: Reader::default(),
            expected: Log::default(),
            found: Log::default(),
        }
    }

    /// Reads `input` in pieces, each of which is at most as long as `piece` says, and compares.
    fn compare(
        &mut self,
        input: &[u8],
        limits: &Limits,
        (fate, understood): (Fate, usize),
        mut piece: impl FnMut() -> usize,
    ) -> Result<Option<Fault>, Disagreement> {
        self.found.clear();
        let end = run(self.receive, &mut self.heads, input, limits, &mut piece, &mut self.found)?;
        let same = match (fate, end.fault) {
            (Fate::Refused(faults), Some(fault)) => faults.has(fault),
            (Fate::Refused(_), None) | (_, Some(_)) => false,
            (Fate::Idle, None) => end.may_end && !end.closed && end.consumed == understood,
            (Fate::Closed, None) => end.may_end && end.closed && end.consumed == understood,
            // Content is handed out, and chunks are walked over, before all of it is there.
            (Fate::Within, None) => !end.may_end && !end.closed && end.consumed >= understood,
        };
        if same && self.found == self.expected {
            return Ok(end.fault);
        }
        disagree!(
            "found {end:?} {}, expected {fate:?} at {understood} {}",
            self.found.text(),
            self.expected.text()
        )
    }
}

impl Check for Pieces {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let mut dice = Dice::for_octets(input);
        let limits = super::limits(&mut dice);
        self.expected.clear();
        let mut lines = Lines::new();
        let expected = self.reference.read(input, &limits, &mut lines, &mut self.expected);
        let whole = self.compare(input, &limits, expected, || usize::MAX)?;
        let longest = dice.below(40) + 1;
        let cut = self.compare(input, &limits, expected, || dice.below(longest) + 1)?;
        // The same rule is named, and not only one of those that are broken.
        if cut != whole {
            return disagree!("whole {whole:?}, in pieces {cut:?}");
        }
        if input.len() < 64 {
            let drops = self.compare(input, &limits, expected, || 1)?;
            if drops != whole {
                return disagree!("whole {whole:?}, in octets {drops:?}");
            }
        }
        Ok(match (expected.0, whole) {
            (_, Some(fault)) => Verdict::Refused(fault),
            (Fate::Within, None) => Verdict::Incomplete,
            (_, None) => Verdict::Accepted,
        })
    }
}

/// How a connection stands when all octets were given to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) consumed: usize,
    pub(crate) fault: Option<Fault>,
    pub(crate) may_end: bool,
    pub(crate) closed: bool,
}

/// Gives `input` to a new connection, as it would arrive in pieces: what was not consumed is kept in
/// front of the next piece.
pub(crate) fn run(
    receive: Receive,
    heads: &mut HeadReader,
    input: &[u8],
    limits: &Limits,
    piece: &mut impl FnMut() -> usize,
    log: &mut Log,
) -> Result<End, Disagreement> {
    let mut connection = Connection::new();
    let (mut consumed, mut arrived) = (0, 0);
    let mut fault = None;
    // The first look is at nothing at all.
    'arrival: loop {
        loop {
            let there = &input[consumed..arrived];
            match receive(&mut connection, there, heads, limits) {
                Err(PeerError(found)) => {
                    fault = Some(found);
                    break 'arrival;
                }
                Ok(step) if step.consumed > there.len() => {
                    return disagree!("{} octets consumed of {}", step.consumed, there.len());
                }
                Ok(Step { consumed: some, event: None }) => {
                    consumed += some;
                    break;
                }
                Ok(Step { consumed: some, event: Some(event) }) => {
                    log.event(&event);
                    consumed += some;
                }
            }
        }
        if arrived == input.len() {
            break;
        }
        arrived = arrived.saturating_add(piece()).min(input.len());
    }
    if let Some(fault) = fault {
        // It stays a fault, whatever comes.
        let again = receive(&mut connection, b"GET / HTTP/1.1\r\n", heads, limits);
        if again.err() != Some(PeerError(fault)) || connection.end_of_stream() != Err(fault) {
            return disagree!("{fault:?} is forgotten");
        }
    }
    Ok(End {
        consumed,
        fault,
        may_end: connection.end_of_stream().is_ok(),
        closed: connection.is_closed(),
    })
}
