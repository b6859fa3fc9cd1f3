//! The application of the engine's own.

use std::collections::HashMap;
use std::rc::Rc;

use http::{HeaderName, HeaderValue, Method, Uri};
use nova_http::{
    Answer, Application, Content, Exchange, ExchangeId, Field, Fields, Gone, Incoming, RequestHead,
    Status, Streamed, TargetForm, Version,
};

use super::notes::{Lines, Manner, Notes};

/// Notes what it sees.
#[derive(Debug)]
pub(super) struct Plain {
    notes: Rc<Notes>,
    manner: u8,
    begun: u32,
    open: HashMap<ExchangeId, Open>,
}

/// A request whose content comes.
#[derive(Debug)]
struct Open {
    manner: Manner,
    content: Vec<u8>,
    trailers: Option<Lines>,
}

impl Plain {
    pub(super) fn new(notes: Rc<Notes>, manner: u8) -> Self {
        Self { notes, manner, begun: 0, open: HashMap::new() }
    }

    fn answer(&self, open: &Open, exchange: &mut Exchange<'_>) {
        self.notes.end();
        let Open { manner, content, trailers } = open;
        let sent = match (manner, trailers) {
            (Manner::Fails, _) => exchange.respond(&Answer::new(Status::INTERNAL_SERVER_ERROR)),
            (Manner::Trailed, Some(trailers)) => {
                exchange.start(&Streamed::new(Status::OK)).and_then(|()| {
                    if !content.is_empty() {
                        exchange.write(content)?;
                    }
                    let lines: Vec<_> =
                        trailers.iter().map(|(name, value)| Field { name, value }).collect();
                    exchange.finish_with(Fields::from_slices(&lines))
                })
            }
            _ => {
                let answer = Answer::new(Status::OK);
                exchange.respond(&Answer { content: Content::Bytes(content), ..answer })
            }
        };
        if sent.is_err() && exchange.respond(&Answer::new(Status::INTERNAL_SERVER_ERROR)).is_err() {
            exchange.abort();
        }
    }
}

impl Application for Plain {
    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        let Some(target) = target(head).filter(|_| has_a_form(head)) else {
            let _ = exchange.respond(&Answer::new(Status::BAD_REQUEST));
            return;
        };
        let manner = Manner::of(self.manner, self.begun);
        self.begun += 1;
        let version = match head.version {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        };
        let length = match content {
            Incoming::None => Some(0),
            Incoming::Whole(octets) => Some(octets.len() as u64),
            Incoming::Follows { length } => length,
        };
        let method = head.method.as_bytes();
        self.notes.begin(method, &target, version, &lines(head.fields), length);
        let mut open = Open { manner, content: Vec::new(), trailers: None };
        if manner == Manner::Early {
            return self.answer(&open, exchange);
        }
        match content {
            Incoming::None => self.answer(&open, exchange),
            Incoming::Whole(octets) => {
                self.notes.content(octets);
                open.content.extend_from_slice(octets);
                self.answer(&open, exchange);
            }
            Incoming::Follows { .. } => {
                self.open.insert(exchange.id(), open);
                exchange.grant(u64::MAX);
            }
        }
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        if let Some(open) = self.open.get_mut(&exchange.id()) {
            self.notes.content(octets);
            open.content.extend_from_slice(octets);
        }
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        if let Some(open) = self.open.get_mut(&exchange.id()) {
            let lines = lines(fields);
            self.notes.trailers(&lines);
            open.trailers = Some(lines);
        }
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(open) = self.open.remove(&exchange.id()) {
            self.answer(&open, exchange);
        }
    }

    fn gone(&mut self, id: ExchangeId, _: Gone) {
        if self.open.remove(&id).is_some() {
            self.notes.gone();
        }
    }
}

fn lines(fields: Fields<'_>) -> Lines {
    let mut lines = Lines::default();
    fields.iter().for_each(|field| lines.put(field.name, field.value));
    lines
}

/// The target as the `http` crate writes it, if it has a form for it.
fn target(head: &RequestHead<'_>) -> Option<Vec<u8>> {
    let raw = head.target.raw;
    let uri = Uri::try_from(raw).ok()?;
    match head.target.form {
        // Only what it is in itself.
        TargetForm::Origin | TargetForm::Asterisk => Some(raw.to_vec()),
        TargetForm::Absolute { .. } | TargetForm::Authority => Some(uri.to_string().into_bytes()),
    }
}

/// Whether the `http` crate has a form for all other parts of this head.
fn has_a_form(head: &RequestHead<'_>) -> bool {
    let line = |field: Field<'_>| {
        HeaderName::from_bytes(field.name).is_ok() && HeaderValue::from_bytes(field.value).is_ok()
    };
    Method::from_bytes(head.method.as_bytes()).is_ok() && head.fields.iter().all(line)
}
