//! Calls of a connection in any order, sensible or not, against a model of it: after each call it
//! must say of itself what the model says, and what it hands out must be what the model expects.
//!
//! The input is a script, an octet for each call, and then what the client sends.

use nova_http1::connection::ContentLeft;
use nova_http1::{
    BodyLength, Connection, Event, Fault, HeadReader, Limits, PeerError, Persistence, Step,
};

use super::log::Log;
use super::pieces::Receive;
use super::{Check, Disagreement, Outcome, Verdict, disagree};
use crate::reference::head::Lines;
use crate::reference::stream::{Reader, Seen};

/// What is under test: methods of [`Connection`].
#[derive(Clone, Copy, Debug)]
pub struct Methods {
    /// [`Connection::receive`]
    pub receive: Receive,
    /// [`Connection::take_at_hand`]
    pub take_at_hand: for<'a> fn(&mut Connection, &'a [u8], &Limits) -> Option<&'a [u8]>,
    /// [`Connection::end_of_stream`]
    pub end_of_stream: fn(&Connection) -> Result<(), Fault>,
    /// [`Connection::content_left`]
    pub content_left: fn(&Connection) -> ContentLeft,
    /// [`Connection::idle`]
    pub idle: fn(&Connection) -> bool,
}

impl Methods {
    /// The engine's.
    pub const NOVA: Self = Self {
        receive: Connection::receive,
        take_at_hand: Connection::take_at_hand,
        end_of_stream: Connection::end_of_stream,
        content_left: Connection::content_left,
        idle: Connection::idle,
    };
}

/// The check.
#[derive(Debug)]
pub struct Conversation {
    methods: Methods,
    heads: HeadReader,
    reference: Reader,
    expected: Log,
    found: Log,
}

impl Default for Conversation {
    fn default() -> Self {
        Self::of(Methods::NOVA)
    }
}

impl Conversation {
    /// The check of other methods.
    pub fn of(methods: Methods) -> Self {
        Self {
            methods,
            heads: HeadReader::with_memory(0),
            reference: Reader::default(),
            expected: Log::default(),
            found: Log::default(),
        }
    }
}

/// What the model expects next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Model {
    /// A head; whether anything of it was seen.
    Head { seen: bool },
    /// So many octets of content.
    Length { left: u64, last: bool },
    /// Chunks or a trailer section.
    Chunked { last: bool },
    /// That the content was complete.
    End { last: bool },
    /// Nothing.
    Closed,
    /// This fault, again and again.
    Failed(Fault),
}

impl Model {
    const fn after(last: bool) -> Self {
        if last { Self::Closed } else { Self::Head { seen: false } }
    }
}

impl Check for Conversation {
    fn check(&mut self, input: &[u8]) -> Outcome {
        let (&len, rest) = input.split_first().unwrap_or((&0, &[]));
        let (script, stream) = rest.split_at(usize::from(len % 64).min(rest.len()));
        self.found.clear();
        let mut talk = Talk {
            methods: self.methods,
            connection: Connection::new(),
            model: Model::Head { seen: false },
            limits: Limits { content_bytes: 40, ..Limits::default() },
            stream,
            at: 0,
            arrived: 0,
        };
        let mut same_limits = true;
        for &call in script {
            let amount = usize::from(call >> 4);
            match call & 15 {
                0..=5 => {
                    talk.arrived = (talk.arrived + 1 + 3 * amount).min(stream.len());
                    talk.receive(talk.arrived, &mut self.heads, &mut self.found)?;
                }
                6 | 7 => talk.receive(talk.arrived, &mut self.heads, &mut self.found)?,
                8 => while_some(|| talk.step(talk.arrived, &mut self.heads, &mut self.found))?,
                // As if some of it had not arrived yet.
                9 | 10 => {
                    let fewer = talk.arrived - amount.min(talk.arrived - talk.at);
                    talk.receive(fewer, &mut self.heads, &mut self.found)?;
                }
                11 => talk.look_at_hand()?,
                12 | 13 => talk.take_at_hand(&mut self.found)?,
                14 => {
                    same_limits &= talk.limits.content_bytes == 40;
                    talk.limits.content_bytes = [40, 0, 8, u64::MAX][amount % 4];
                    same_limits &= talk.limits.content_bytes == 40;
                }
                _ => talk.arrived = stream.len(),
            }
            talk.agrees()?;
        }
        talk.arrived = stream.len();
        while_some(|| talk.step(talk.arrived, &mut self.heads, &mut self.found))?;
        talk.agrees()?;
        if same_limits {
            // Nothing that was asked in between has changed what was seen.
            self.expected.clear();
            let (limits, mut lines) = (talk.limits, Lines::new());
            let expected = self.reference.read(stream, &limits, &mut lines, &mut self.expected);
            if self.expected != self.found {
                let (found, expected_log) = (self.found.text(), self.expected.text());
                return disagree!("found {found}, expected {expected:?} {expected_log}");
            }
        }
        Ok(match talk.model {
            Model::Failed(fault) => Verdict::Refused(fault),
            Model::Head { seen: false } | Model::Closed => Verdict::Accepted,
            _ => Verdict::Incomplete,
        })
    }
}

/// Calls until there is nothing more.
fn while_some(mut step: impl FnMut() -> Result<bool, Disagreement>) -> Result<(), Disagreement> {
    while step()? {}
    Ok(())
}

/// A connection, its model, and what the client has sent.
struct Talk<'a> {
    methods: Methods,
    connection: Connection,
    model: Model,
    limits: Limits,
    stream: &'a [u8],
    at: usize,
    arrived: usize,
}

impl Talk<'_> {
    fn receive(
        &mut self,
        to: usize,
        heads: &mut HeadReader,
        log: &mut Log,
    ) -> Result<(), Disagreement> {
        self.step(to, heads, log).map(drop)
    }

    /// Gives it what has arrived up to `to`; whether there was an event.
    fn step(
        &mut self,
        to: usize,
        heads: &mut HeadReader,
        log: &mut Log,
    ) -> Result<bool, Disagreement> {
        let there = &self.stream[self.at..to];
        let before = self.model;
        let received = (self.methods.receive)(&mut self.connection, there, heads, &self.limits);
        let after = self.expect(there, &received);
        let Some(after) = after else {
            return disagree!("{before:?}, {} octets: {received:?}", there.len());
        };
        self.model = after;
        let Ok(Step { consumed, event }) = received else { return Ok(false) };
        if let Some(event) = &event {
            log.event(event);
        }
        self.at += consumed;
        Ok(event.is_some())
    }

    /// What the model comes to, if it can come of `there`.
    fn expect(&self, there: &[u8], received: &Result<Step<'_>, PeerError>) -> Option<Model> {
        let step = match received {
            Ok(step) => step,
            Err(PeerError(fault)) => return self.may_fail(*fault).then_some(Model::Failed(*fault)),
        };
        let consumed = step.consumed;
        let stays = (consumed == 0).then_some(self.model);
        match (self.model, &step.event) {
            (Model::Head { .. }, None) => {
                (consumed == 0).then_some(Model::Head { seen: !b"\r\n".starts_with(there) })
            }
            (Model::Head { .. }, Some(Event::Head(head))) => {
                let last = head.persistence == Persistence::Close;
                (consumed == head.len && consumed <= there.len()).then_some(match head.body {
                    BodyLength::None => Model::after(last),
                    BodyLength::Length(left) => Model::Length { left, last },
                    BodyLength::Chunked => Model::Chunked { last },
                })
            }
            (Model::Length { .. }, None) => stays.filter(|_| there.is_empty()),
            (Model::Length { left, last }, Some(Event::Content(content))) => {
                let left = left.checked_sub(consumed as u64)?;
                let all = consumed == there.len() || left == 0;
                (all && left <= self.limits.content_bytes && there.get(..consumed) == Some(content))
                    .then_some(match left {
                        0 => Model::End { last },
                        left => Model::Length { left, last },
                    })
            }
            (Model::Chunked { .. }, None) => (consumed <= there.len()).then_some(self.model),
            (Model::Chunked { .. }, Some(Event::Content(content))) => {
                (!content.is_empty() && consumed <= there.len()).then_some(self.model)
            }
            (Model::Chunked { last }, Some(Event::Trailers(fields))) => {
                (!fields.is_empty() && consumed <= there.len()).then_some(Model::End { last })
            }
            (Model::Chunked { last }, Some(Event::End)) => {
                (consumed <= there.len()).then_some(Model::after(last))
            }
            (Model::End { last }, Some(Event::End)) => stays.map(|_| Model::after(last)),
            (Model::Closed, None) => (consumed == there.len()).then_some(Model::Closed),
            _ => None,
        }
    }

    /// Whether this fault can be one of what comes now.
    fn may_fail(&self, fault: Fault) -> bool {
        match self.model {
            Model::Head { .. } => {
                !matches!(fault, Fault::Chunk | Fault::ContentTooLarge | Fault::Trailer)
            }
            Model::Length { left, .. } => {
                fault == Fault::ContentTooLarge && left > self.limits.content_bytes
            }
            Model::Chunked { .. } => matches!(
                fault,
                Fault::Chunk
                    | Fault::ContentTooLarge
                    | Fault::Trailer
                    | Fault::FieldName
                    | Fault::FieldValue
                    | Fault::FieldsTooLarge
                    | Fault::LineEnd
                    | Fault::LineFolding
            ),
            Model::End { .. } | Model::Closed => false,
            Model::Failed(first) => fault == first,
        }
    }

    /// What is at hand, by the model.
    fn at_hand(&self) -> Option<&[u8]> {
        match self.model {
            Model::Length { left, .. } if left <= self.limits.content_bytes => {
                self.stream[self.at..self.arrived].get(..usize::try_from(left).ok()?)
            }
            _ => None,
        }
    }

    fn look_at_hand(&self) -> Result<(), Disagreement> {
        let there = &self.stream[self.at..self.arrived];
        let (found, expected) = (self.connection.at_hand(there, &self.limits), self.at_hand());
        match found == expected {
            true => Ok(()),
            false => disagree!("at hand {found:02x?}, expected {expected:02x?}"),
        }
    }

    fn take_at_hand(&mut self, log: &mut Log) -> Result<(), Disagreement> {
        let there = &self.stream[self.at..self.arrived];
        let taken = (self.methods.take_at_hand)(&mut self.connection, there, &self.limits);
        let expected = self.at_hand();
        if taken != expected {
            return disagree!("taken {taken:02x?}, expected {expected:02x?}");
        }
        if let (Some(taken), Model::Length { last, .. }) = (taken, self.model) {
            log.content(taken);
            log.end();
            self.at += taken.len();
            self.model = Model::after(last);
        }
        Ok(())
    }

    /// Whether the connection says of itself what the model does.
    fn agrees(&self) -> Result<(), Disagreement> {
        let idle = self.model == Model::Head { seen: false };
        let end = match self.model {
            Model::Head { seen: false } | Model::End { .. } | Model::Closed => Ok(()),
            Model::Failed(fault) => Err(fault),
            _ => Err(Fault::Incomplete),
        };
        let left = match self.model {
            Model::Length { left, .. } => ContentLeft::Known(left),
            Model::Chunked { .. } => ContentLeft::Unknown,
            _ => ContentLeft::None,
        };
        // In a trailer section there is no more content, but the model does not see where it begins.
        let may_bring = match self.model {
            Model::Length { .. } => true,
            Model::Chunked { .. } => self.connection.may_bring_content(),
            _ => false,
        };
        let connection = &self.connection;
        let agrees = (self.methods.idle)(connection) == idle
            && (self.methods.end_of_stream)(connection) == end
            && (self.methods.content_left)(connection) == left
            && connection.may_bring_content() == may_bring
            && connection.is_closed() == (self.model == Model::Closed);
        match agrees {
            true => Ok(()),
            false => disagree!("{connection:?} is not {:?}", self.model),
        }
    }
}
