//! What was seen on a connection, as octets that can be compared: the same for the engine and for
//! the reference, and the same however the octets were cut.

use nova_http1::{BodyLength, Event, Fields, Persistence, TargetForm, Version};

use crate::reference::head::{Form, Head, Lines};
use crate::reference::stream::Seen;

/// The log of a connection. Content that comes in several pieces is one entry.
#[derive(Debug, Default)]
pub(crate) struct Log {
    octets: Vec<u8>,
    within_content: bool,
}

impl Log {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.within_content = false;
    }

    /// What was seen, readable.
    pub(crate) fn text(&self) -> String {
        self.octets.escape_ascii().to_string()
    }

    /// Notes an event of the engine.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Head(head) => {
                let form: u8 = match head.target.form {
                    TargetForm::Origin => b'o',
                    TargetForm::Absolute { .. } => b'a',
                    TargetForm::Authority => b'c',
                    TargetForm::Asterisk => b'*',
                };
                self.begin(head.method.as_bytes(), head.target.raw, form);
                self.flags(
                    head.version == Version::Http10,
                    head.persistence,
                    head.expects_continue,
                    head.upgrade,
                );
                self.body(head.body);
                self.fields(head.fields);
            }
            Event::Content(content) => self.piece(content),
            Event::Trailers(fields) => {
                self.entry(b"trailers\n");
                self.fields(*fields);
            }
            Event::End => self.entry(b"end\n"),
        }
    }

    fn entry(&mut self, octets: &[u8]) {
        if self.within_content {
            self.octets.push(b'\n');
            self.within_content = false;
        }
        self.octets.extend_from_slice(octets);
    }

    fn piece(&mut self, content: &[u8]) {
        if !content.is_empty() {
            if !self.within_content {
                self.entry(b"content ");
                self.within_content = true;
            }
            self.octets.extend_from_slice(content);
        }
    }

    fn begin(&mut self, method: &[u8], target: &[u8], form: u8) {
        self.entry(b"head ");
        self.octets.extend_from_slice(method);
        self.octets.push(b' ');
        self.octets.extend_from_slice(target);
        self.octets.extend_from_slice(&[b' ', form, b' ']);
    }

    fn flags(&mut self, http10: bool, persistence: Persistence, expects: bool, upgrade: bool) {
        let persistence = match persistence {
            Persistence::Persistent => b'p',
            Persistence::KeepAlive => b'k',
            Persistence::Close => b'c',
        };
        let flag = |is: bool| if is { b'1' } else { b'0' };
        self.octets.extend_from_slice(&[flag(http10), persistence, flag(expects), flag(upgrade)]);
    }

    fn body(&mut self, body: BodyLength) {
        let (kind, length) = match body {
            BodyLength::None => (b'n', 0),
            BodyLength::Length(length) => (b'l', length),
            BodyLength::Chunked => (b'c', 0),
        };
        self.octets.push(kind);
        self.octets.extend_from_slice(&length.to_be_bytes());
        self.octets.push(b'\n');
    }

    fn fields(&mut self, fields: Fields<'_>) {
        fields.iter().for_each(|field| self.line(field.name, field.value));
    }

    fn line(&mut self, name: &[u8], value: &[u8]) {
        self.octets.extend_from_slice(name);
        self.octets.push(b':');
        self.octets.extend_from_slice(value);
        self.octets.push(b'\n');
    }
}

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl<'a> Seen<'a> for Log {
    fn head(&mut self, head: &Head<'a>, lines: &Lines<'a>) {
        let form = match head.form {
            Form::Origin => b'o',
            Form::Absolute(..) => b'a',
            Form::Authority => b'c',
            Form::Asterisk => b'*',
        };
        self.begin(head.method, head.target, form);
        self.flags(head.http10, head.persistence, head.expects_continue, head.upgrade);
        self.body(head.body);
        lines.iter().for_each(|line| self.line(line.0, line.1));
    }

    fn content(&mut self, content: &[u8]) {
        self.piece(content);
    }

    fn trailers(&mut self, lines: &Lines<'a>) {
        self.entry(b"trailers\n");
        lines.iter().for_each(|line| self.line(line.0, line.1));
    }

    fn end(&mut self) {
        self.entry(b"end\n");
    }
}
