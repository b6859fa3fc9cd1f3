//! Content in pieces, in both directions.

use std::sync::Arc;

use ledger::{Ledger, Reading, Receipt};
use nova_http::{Exchange, Flowing, Status, Streamed};

use super::Entry;
use super::handler::PIECE;

/// Credit of an upload: as many octets as may be under way.
const CREDIT: u64 = 16 * 1024;

/// Writes an answer as there is room.
#[derive(Debug)]
pub(super) struct Pour {
    content: Vec<u8>,
    written: usize,
}

impl Pour {
    pub(super) const fn new(content: Vec<u8>) -> Self {
        Self { content, written: 0 }
    }
}

impl Flowing for Pour {
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        while self.written < self.content.len() {
            let rest = &self.content[self.written..];
            let piece = &rest[..rest.len().min(PIECE)];
            let Ok(written) = exchange.write(piece) else { return };
            self.written += written.octets;
            if written.octets < piece.len() {
                return;
            }
        }
        let _ = exchange.finish();
    }
}

/// Reads content as it comes, then pours the answer.
#[derive(Debug)]
pub(super) struct Upload {
    books: Arc<Ledger>,
    entry: Entry,
    reading: Reading,
    pour: Option<Pour>,
}

impl Upload {
    pub(super) fn new(books: Arc<Ledger>, entry: Entry) -> Self {
        Self { books, entry, reading: Receipt::reading(), pour: None }
    }
}

impl Flowing for Upload {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        self.books.ran(self.entry.mark);
        exchange.grant(CREDIT);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.reading.update(octets);
        exchange.grant(octets.len() as u64);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.books.read(self.entry.mark);
        let content = self.entry.answer(&self.reading.receipt(self.entry.mark));
        if exchange.start(&Streamed::new(Status::OK)).is_ok() {
            self.pour.insert(Pour::new(content)).writable(exchange);
        }
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(pour) = &mut self.pour {
            pour.writable(exchange);
        }
    }
}
