//! What was seen of a connection's requests, in words that both sides share, and how they are answered.

use std::cell::{Cell, RefCell};
use std::fmt;

/// The notes of one connection.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    words: RefCell<Vec<u8>>,
    closed: Cell<bool>,
}

impl Notes {
    /// From now on nothing is noted: what a server lets go of when it is taken down does not count.
    pub(super) fn close(&self) {
        self.closed.set(true);
    }

    /// A request has begun. `length` is that of its content, if it is known.
    pub(super) fn begin(
        &self,
        method: &[u8],
        target: &[u8],
        version: &str,
        fields: &Lines,
        length: Option<u64>,
    ) {
        self.put(&[method, b" ", target, b" ", version.as_bytes(), b"\n"]);
        self.lines(fields);
        self.line(&match length {
            Some(length) => format!("length {length}"),
            None => "some length".into(),
        });
    }

    /// Content has come: where it is cut does not matter.
    pub(super) fn content(&self, octets: &[u8]) {
        self.put(&[octets]);
    }

    /// A trailer section has come.
    pub(super) fn trailers(&self, fields: &Lines) {
        self.line("\ntrailers");
        self.lines(fields);
    }

    /// All of a request has been seen.
    pub(super) fn end(&self) {
        self.line("\nend");
    }

    /// There is no more of it.
    pub(super) fn gone(&self) {
        self.line("\ngone");
    }

    fn lines(&self, fields: &Lines) {
        fields.iter().for_each(|(name, value)| self.put(&[name, b": ", value, b"\n"]));
    }

    fn line(&self, text: &str) {
        self.put(&[text.as_bytes(), b"\n"]);
    }

    fn put(&self, words: &[&[u8]]) {
        if !self.closed.get() {
            let mut notes = self.words.borrow_mut();
            words.iter().for_each(|word| notes.extend_from_slice(word));
        }
    }
}

impl fmt::Display for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.words.borrow().split_inclusive(|&octet| octet == b'\n') {
            writeln!(f, "  {}", line.escape_ascii())?;
        }
        Ok(())
    }
}

/// Field lines as a map of fields gives them back: names in lower case, those with the same name together.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Vec<(Vec<u8>, Vec<u8>)>);

impl Lines {
    /// A line, behind those with the same name.
    pub(super) fn put(&mut self, name: &[u8], value: &[u8]) {
        let name = name.to_ascii_lowercase();
        let last = self.0.iter().rposition(|(other, _)| *other == name);
        self.0.insert(last.map_or(self.0.len(), |at| at + 1), (name, value.to_vec()));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// With its content, when all of that has come.
    Whole,
    /// Before any of its content has come.
    Early,
    /// With its content in pieces, and its trailer section behind it.
    Trailed,
    /// It fails when all of the content has come.
    Fails,
}

impl Manner {
    /// How the request with this number is answered on a connection with this `manner`.
    pub(super) const fn of(manner: u8, number: u32) -> Self {
        match manner.wrapping_add(number as u8) % 8 {
            0..4 => Self::Whole,
            4 => Self::Early,
            5..7 => Self::Trailed,
            _ => Self::Fails,
        }
    }
}
