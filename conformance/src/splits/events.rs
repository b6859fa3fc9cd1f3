//! The event stream: everything that `nova-http1` says about what a connection receives.
//!
//! Normalised is one thing: content that comes in several pieces is one piece, since how it is cut is
//! how it arrived. Everything else must be the same to the octet. What the protocol's interface does
//! not show cannot be compared: chunk extensions (RFC 9112 §7.1.1 has them ignored) are there only as
//! the fault that a bad or a long one is.

use nova_http1::connection::ContentLeft;
use nova_http1::{BodyLength, Connection, Fault, Fields, Head, Persistence, Version};

use super::Story;
use crate::text;

/// What a connection said, in order, and where it stood when everything had come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventStream {
    /// The events.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request begins.
    Head(Box<WholeHead>),
    /// Content, joined.
    Content(Vec<u8>),
    /// The trailer section.
    Trailers(Vec<Line>),
    /// The request's content is complete.
    End,
    /// The connection is refused, and with which status.
    Refused(Fault, u16),
    /// Nothing more comes.
    EndOfStream {
        /// Whether the peer may end here.
        verdict: Result<(), Fault>,
        /// The last request was received.
        closed: bool,
        /// Nothing of another request has come.
        idle: bool,
        /// What is missing of the current one's content.
        left: ContentLeft,
    },
}

/// A field line: name and value.
pub type Line = (Vec<u8>, Vec<u8>);

/// Everything that a [`Head`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of `Head` with its name")]
pub struct WholeHead {
    pub method: Vec<u8>,
    pub target: Vec<u8>,
    /// The form that the target has, with its parts.
    pub form: String,
    pub version: Version,
    pub fields: Vec<Line>,
    pub body: BodyLength,
    pub persistence: Persistence,
    pub expects_continue: bool,
    pub upgrade: bool,
    pub len: usize,
}

impl WholeHead {
    /// A copy that outlives the octets.
    pub fn of(head: &Head<'_>) -> Self {
        Self {
            method: head.method.as_bytes().to_vec(),
            target: head.target.raw.to_vec(),
            form: format!("{:?}", head.target.form),
            version: head.version,
            fields: lines(head.fields),
            body: head.body,
            persistence: head.persistence,
            expects_continue: head.expects_continue,
            upgrade: head.upgrade,
            len: head.len,
        }
    }
}

fn lines(fields: Fields<'_>) -> Vec<Line> {
    fields.iter().map(|field| (field.name.to_vec(), field.value.to_vec())).collect()
}

impl EventStream {
    /// Adds what a connection says.
    pub fn add(&mut self, event: nova_http1::Event<'_>) {
        match event {
            nova_http1::Event::Head(head) => {
                self.events.push(Event::Head(Box::new(WholeHead::of(&head))));
            }
            nova_http1::Event::Content(more) => match self.events.last_mut() {
                Some(Event::Content(content)) => content.extend_from_slice(more),
                _ => self.events.push(Event::Content(more.to_vec())),
            },
            nova_http1::Event::Trailers(fields) => {
                self.events.push(Event::Trailers(lines(fields)));
            }
            nova_http1::Event::End => self.events.push(Event::End),
        }
    }

    /// Adds a refusal. A connection that has failed says so again to whatever follows; once is
    /// enough, but it must be the same.
    pub fn refuse(&mut self, fault: Fault) {
        let refused = Event::Refused(fault, fault.status());
        if self.events.last() != Some(&refused) {
            self.events.push(refused);
        }
    }

    /// Adds where `connection` stands at the end.
    pub fn finish(&mut self, connection: &Connection) {
        self.events.push(Event::EndOfStream {
            verdict: connection.end_of_stream(),
            closed: connection.is_closed(),
            idle: connection.idle(),
            left: connection.content_left(),
        });
    }
}

impl Story for EventStream {
    fn difference(&self, cut: &Self) -> Option<(String, String)> {
        if self == cut {
            return None;
        }
        let pairs = self.events.iter().zip(&cut.events);
        let same = pairs.take_while(|(one, other)| one == other).count();
        let tell = |stream: &Self| match stream.events.get(same) {
            Some(event) => format!("event {same} is {}", event.tell()),
            None => format!("there is no event {same}"),
        };
        Some((tell(self), tell(cut)))
    }
}

impl Event {
    /// The event in a form in which people can read it.
    fn tell(&self) -> String {
        let section = |lines: &[Line]| {
            let line = |(name, value): &Line| {
                format!("{}: {}", text::readable(name), text::readable(value))
            };
            lines.iter().map(line).collect::<Vec<_>>().join(" | ")
        };
        match self {
            Self::Head(head) => {
                let WholeHead { method, target, form, version, fields, .. } = &**head;
                let (method, target) = (text::readable(method), text::readable(target));
                format!(
                    "{method} {target} ({form}) {version:?}, {:?}, {:?}, expects {}, upgrade {}, \
                     {} octets, fields {}",
                    head.body,
                    head.persistence,
                    head.expects_continue,
                    head.upgrade,
                    head.len,
                    section(fields)
                )
            }
            Self::Content(content) => {
                format!("{} octets of content: {}", content.len(), text::readable(content))
            }
            Self::Trailers(lines) => format!("trailers {}", section(lines)),
            Self::End => "the end of the content".into(),
            Self::Refused(fault, status) => format!("a refusal: {fault:?}, {status}"),
            end @ Self::EndOfStream { .. } => format!("{end:?}"),
        }
    }
}
