//! What a request is, in one line: the content of its answer.

use crc32fast::Hasher;
use nova_http::{Fields, Method};

/// A request that is being read.
#[derive(Debug)]
pub(super) struct Digest {
    method: String,
    head: u32,
    content: Hasher,
    length: u64,
}

impl Digest {
    /// Of a head.
    pub(super) fn new(method: Method<'_>, target: &[u8], fields: Fields<'_>) -> Self {
        let mut head = Hasher::new();
        head.update(target);
        for field in fields.iter() {
            // What may not be in either stands between them.
            head.update(b"\n");
            head.update(field.name);
            head.update(b"\0");
            head.update(field.value);
        }
        let method = String::from_utf8_lossy(method.as_bytes()).into_owned();
        Self { method, head: head.finalize(), content: Hasher::new(), length: 0 }
    }

    /// The next piece of content.
    pub(super) fn content(&mut self, octets: &[u8]) {
        self.content.update(octets);
        self.length += octets.len() as u64;
    }

    /// The line.
    pub(super) fn line(&self) -> String {
        let content = self.content.clone().finalize();
        format!("{} {:08x} {content:08x} {}\n", self.method, self.head, self.length)
    }
}
