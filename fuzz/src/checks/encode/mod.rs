//! Answers: what the engine encodes, a client reads as it was meant; what it refuses to encode, it
//! refuses for a reason, and leaves nothing behind.
//!
//! - `plan`: an application's answer, sensible or not, from the input;
//! - `rules`: why such an answer may be refused;
//! - this file: encodes it, and reads it as a client does.

mod content;
mod plan;
mod rules;

use nova_http1::Version;
use nova_http1::response::{
    AnswerError, AnswerHead, Asked, ContentInfo, DateField, MaySend, Prepared, Sent, encode,
    encode_prepared, encode_prepared_head, interim, refuse, tunnel,
};

use super::plan::Plan;
use super::{Check, Disagreement, Outcome, Verdict, disagree};
use crate::reference::grammar::{same, trim};
use crate::reference::head::Lines;
use crate::reference::response::{self, Until};
use plan::{Answer, Way};

/// What is under test: [`encode`].
pub type EncodeHead =
    fn(&mut Vec<u8>, Asked, &AnswerHead<'_>, &DateField) -> Result<Sent, AnswerError>;

/// The check.
#[derive(Debug)]
pub struct Encode {
    encode: EncodeHead,
    date: DateField,
    out: Vec<u8>,
}

impl Default for Encode {
    fn default() -> Self {
        Self::of(encode)
    }
}

impl Encode {
    /// The check of another encoder.
    pub fn of(encode: EncodeHead) -> Self {
        Self { encode, date: DateField::new(784_111_777), out: Vec::new() }
    }

    /// Encodes in the way that was planned: `Ok(None)`, if nothing is to be sent.
    fn encoded(&mut self, answer: &Answer<'_>) -> Result<Option<Sent>, AnswerError> {
        let Self { encode, date, out } = self;
        let (asked, fields) = (answer.asked(), answer.fields());
        match answer.way {
            Way::Final => {
                let Answer { status, content, close, .. } = *answer;
                let head = AnswerHead { status, fields, content, close };
                encode(out, asked, &head, date).map(Some)
            }
            Way::Prepared | Way::PreparedHead => {
                let prepared = Prepared::new(answer.status, fields, answer.octets)?;
                let send = match answer.way {
                    Way::Prepared => encode_prepared,
                    _ => encode_prepared_head,
                };
                send(out, asked, &prepared, answer.close, date).map(Some)
            }
            Way::Interim => {
                let sent = interim(out, asked, answer.status, fields)?;
                let nothing = Sent { content: MaySend::Nothing, persistent: true };
                Ok(sent.then_some(nothing))
            }
            Way::Tunnel => {
                tunnel(out, asked, answer.status, fields, date)?;
                Ok(Some(Sent { content: MaySend::Nothing, persistent: true }))
            }
            Way::Refuse => {
                refuse(out, answer.status, "no", asked, date);
                Ok(Some(Sent { content: MaySend::Nothing, persistent: false }))
            }
        }
    }
}

impl Check for Encode {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let mut plan = Plan::new(input);
        let answer = Answer::planned(&mut plan);
        // Something lies in the buffer already.
        self.out.clear();
        self.out.extend_from_slice(b"before");
        let encoded = self.encoded(&answer);
        let before = self.out.starts_with(b"before");
        let reasons = rules::reasons(&answer);
        let sent = match encoded {
            Err(error) if reasons.contains(&error) && before && self.out.len() == 6 => {
                return Ok(Verdict::Misused);
            }
            Ok(None) if answer.version == Version::Http10 && before && self.out.len() == 6 => {
                return Ok(Verdict::Accepted);
            }
            Ok(Some(sent)) if reasons.is_empty() && before => sent,
            encoded => {
                let out = self.out.escape_ascii();
                return disagree!("{encoded:?} of {answer:?} should be {reasons:?}: {out}");
            }
        };
        let octets = &self.out[6..];
        let read = as_client(octets, &answer, sent);
        if let Err(Disagreement(why)) = read {
            return disagree!("{why}: {sent:?} of {answer:?}: {}", octets.escape_ascii());
        }
        if sent.content == MaySend::Chunked {
            content::chunked(&mut plan)?;
        }
        Ok(Verdict::Accepted)
    }
}

/// Reads the answer as a client does: it must see what was meant, and guess nothing.
fn as_client(octets: &[u8], answer: &Answer<'_>, sent: Sent) -> Result<(), Disagreement> {
    let mut lines = Lines::new();
    let head = match response::read(octets, &mut lines) {
        Ok(head) => head,
        Err(stop) => return disagree!("a client cannot read it: {stop:?}"),
    };
    if head.status != answer.status.code() || head.reason != answer.status.reason().as_bytes() {
        return disagree!("another status line");
    }
    fields(&lines, answer)?;
    httparse_agrees(octets, &lines, head.len)?;
    let until = match response::until(head.status, &lines, answer.method.as_bytes()) {
        Ok(until) => until,
        Err(why) => return disagree!("{why}"),
    };
    let expected = match (answer.way, sent.content) {
        (Way::Tunnel, _) => Until::Tunnel,
        (_, MaySend::Nothing) if octets.len() > head.len => {
            Until::Length((octets.len() - head.len) as u64)
        }
        (_, MaySend::Nothing) => Until::Nothing,
        (_, MaySend::Exactly(length)) => Until::Length(length),
        (_, MaySend::Chunked) => Until::Chunked,
        (_, MaySend::UntilClose) => Until::Close,
    };
    if until != expected {
        return disagree!("a client sees {until:?} and not {expected:?}");
    }
    if answer.way == Way::Prepared
        && octets.len() > head.len
        && octets[head.len..] != *answer.octets
    {
        return disagree!("other content");
    }
    let http10 = answer.version == Version::Http10;
    if http10 && until == Until::Chunked {
        return disagree!("chunked to HTTP/1.0");
    }
    if matches!(answer.way, Way::Interim | Way::Tunnel) {
        return Ok(());
    }
    // An answer that only the end of the connection ends is the last one, and must say so.
    let persists = response::persists(&lines, http10) && until != Until::Close;
    match persists == sent.persistent && (!persists || !answer.is_last()) {
        true => Ok(()),
        false => disagree!("a client thinks that the connection persists: {persists}"),
    }
}

/// The application's field lines are there, in order and unchanged; what was added is known.
fn fields(lines: &Lines<'_>, answer: &Answer<'_>) -> Result<(), Disagreement> {
    let ours = |name: &[u8]| {
        let names: [&[u8]; 5] =
            [b"Date", b"Connection", b"Content-Length", b"Transfer-Encoding", b"Content-Type"];
        names.iter().any(|own| same(own, name))
    };
    let mut given = answer
        .lines()
        .filter(|line| !same(line.0, b"connection") && !same(line.0, b"transfer-encoding"))
        .peekable();
    for line in lines {
        let next = given.peek().is_some_and(|given| given.0 == line.0 && trim(given.1) == line.1);
        if next {
            given.next();
        } else if !ours(line.0) {
            return disagree!("nobody said {:?}", line.0.escape_ascii().to_string());
        }
    }
    let dates = lines.iter().filter(|line| same(line.0, b"date")).count();
    let own_dates = answer.lines().filter(|line| same(line.0, b"date")).count();
    let enough = match answer.way {
        Way::Interim => dates == own_dates,
        _ => dates == own_dates.max(1),
    };
    match given.next().is_none() && enough {
        true => Ok(()),
        false => disagree!("a field line is missing, or a Date"),
    }
}

/// The head is the same to somebody else.
fn httparse_agrees(octets: &[u8], lines: &Lines<'_>, len: usize) -> Result<(), Disagreement> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut other = httparse::Response::new(&mut headers);
    let parsed = other.parse(octets);
    let theirs = other.headers.iter().map(|header| (header.name.as_bytes(), header.value));
    match parsed == Ok(httparse::Status::Complete(len)) && theirs.eq(lines.iter().copied()) {
        true => Ok(()),
        false => disagree!("httparse says {parsed:?}"),
    }
}

/// The content that was planned is as long as it says.
const fn is_nothing(content: ContentInfo) -> bool {
    matches!(content, ContentInfo::Length(0))
}
