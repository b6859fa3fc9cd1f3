//! An answer as an object, and its octets.

use crate::clock::Clock;
use crate::fields::{Fields, copy};

/// An answer. Filled again, it keeps the memory of its strings.
#[derive(Debug, Default)]
pub struct Answer {
    reason: String,
    fields: Fields,
    content: String,
}

/// What of a request decides about the octets of its answer.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Only the head is wanted.
    pub head: bool,
    /// HTTP/1.0: that the connection goes on must be said.
    pub old: bool,
    /// The connection ends with the answer.
    pub last: bool,
}

impl Answer {
    /// Forgets what was said.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.content.clear();
    }

    /// The status line's text: `200 OK`.
    pub fn status(&mut self, text: &str) {
        copy(&mut self.reason, text);
    }

    /// One more field.
    pub fn field(&mut self, name: &str, value: &str) {
        self.fields.add(name, value);
    }

    /// The content.
    pub fn content(&mut self, content: &str) {
        copy(&mut self.content, content);
    }

    /// Adds what all answers say, and appends the octets to `out`.
    pub fn render(&mut self, asked: Asked, clock: &Clock, out: &mut Vec<u8>) {
        let length = self.content.len().to_string();
        self.field("content-length", &length);
        self.field("date", clock.date());
        if asked.last {
            self.field("connection", "close");
        } else if asked.old {
            self.field("connection", "keep-alive");
        }
        let parts = [b"HTTP/1.1 ", self.reason.as_bytes(), b"\r\n"];
        parts.iter().for_each(|part| out.extend_from_slice(part));
        for (name, value) in self.fields.iter() {
            let parts = [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"];
            parts.iter().for_each(|part| out.extend_from_slice(part));
        }
        out.extend_from_slice(b"\r\n");
        if !asked.head {
            out.extend_from_slice(self.content.as_bytes());
        }
    }
}
