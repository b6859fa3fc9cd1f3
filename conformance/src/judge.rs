//! Whether a transcript is what was required.

use crate::answers::{self, Answer};
use crate::outcome::{Fate, Outcome, Required};
use crate::transcript::{End, Transcript};

/// Holds `transcript` against `outcome`.
///
/// # Errors
/// Why it is not what was required.
pub fn judge(transcript: &Transcript, outcome: &Outcome) -> Result<(), String> {
    let parted = outcome.fate() == Some(Fate::Parted);
    if transcript.end == End::Reset && !parted {
        return Err("the server reset the connection: the client may lose the answer".into());
    }
    if let End::Left { probe } = &transcript.end {
        // What had been answered before the client left is nobody's business.
        let gone = outcome.any_of.iter().any(|required| required.fate == Fate::Gone);
        return if gone { probed(probe) } else { Err("the client has left".into()) };
    }
    let (answers, _) = answers::read(&transcript.octets)?;
    let mut why = String::new();
    for required in &outcome.any_of {
        match fits(&answers, transcript, required) {
            Ok(()) => return Ok(()),
            Err(error) => why = error,
        }
    }
    let seen: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    Err(format!("required {outcome}, but {why} (answers {seen:?})"))
}

fn fits(answers: &[Answer], transcript: &Transcript, required: &Required) -> Result<(), String> {
    let wanted = &required.answers;
    if answers.len() != wanted.len() {
        return Err(format!("there are {} answers instead of {}", answers.len(), wanted.len()));
    }
    for (number, (answer, code)) in answers.iter().zip(wanted).enumerate() {
        if !code.fits(answer.status) {
            return Err(format!("answer {number} is {}", answer.status));
        }
    }
    let (last, earlier) = answers.split_last().map_or((None, answers), |(l, e)| (Some(l), e));
    if earlier.iter().any(|answer| answer.announces_close) {
        return Err("something was answered after an announced close".into());
    }
    let announced = last.map(|answer| answer.announces_close);
    match (required.fate, &transcript.end, announced) {
        (Fate::Kept, End::Open { .. }, Some(true)) => Err("the close is announced".into()),
        (Fate::Kept, End::Open { probe: Some(probe) }, _) => probed(probe),
        (Fate::Wait, End::Open { .. }, None) => Ok(()),
        (Fate::Parted, End::Ended | End::Reset, Some(true)) => Ok(()),
        (Fate::Close, End::Ended, None) => Ok(()),
        // A client that has ended its direction knows that it gets no further answers.
        (Fate::Close, End::Ended, Some(announced)) if announced || transcript.half_closed => Ok(()),
        (Fate::Close, End::Ended, Some(_)) => Err("the close is not announced".into()),
        (fate, end, _) => Err(format!("it should be {fate:?} and is {end:?}")),
    }
}

/// The probe got its own answer, and nothing else.
fn probed(octets: &[u8]) -> Result<(), String> {
    let (answers, interim) = answers::read(octets).map_err(|error| format!("probe: {error}"))?;
    match &answers[..] {
        [Answer { status: 200, content, .. }] if content == b"/probe 0" && interim == 0 => Ok(()),
        _ => Err(format!("the probe was answered with {:?}", crate::text::readable(octets))),
    }
}
