//! A round with a server that is not part of this process: `bindings/node/test/ledger/server.js`.
//!
//! It keeps its own half of the books and gives it away, once, when it is asked for `/books` and
//! nothing is under way any more: a line of JSON (`counts`: what happened how often; `faults`: what
//! must not have), then ten octets for each request in the order of their numbers: its tag, how often
//! its handler ran, and how often it has read the content.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use ledger::{Ledger, Mark};
use serde::Deserialize;

use crate::reader;
use crate::round::Outcome;
use crate::traffic::{Crowd, Mix, Notes, Stop};

/// How long the server may take to come to rest and to give its books away.
const REST: Duration = Duration::from_secs(60);

/// Octets of an entry.
const ENTRY: usize = 10;

/// What every round with such a server has at least a tenth of.
pub const KINDS: [&str; 5] =
    ["pipelined", "aborted_in_content", "aborted_in_answer", "awaited", "back_pressure"];

/// What a round consists of.
#[derive(Clone, Debug)]
pub struct External {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Requests.
    pub requests: usize,
    /// What the same traffic comes of again.
    pub seed: u64,
    /// What the traffic is like.
    pub mix: Mix,
}

/// The line before the entries.
#[derive(Debug, Deserialize)]
struct Said {
    counts: BTreeMap<String, u64>,
    faults: BTreeMap<String, u64>,
}

impl External {
    /// Runs it.
    ///
    /// # Errors
    /// What the kernel refuses, or if the server has no books.
    pub fn run(&self) -> io::Result<Outcome> {
        let books = Ledger::with_room_for(self.requests);
        // What another run has left there.
        fetch(self.address)?;
        let none = None::<Stop<fn()>>;
        let crowd = Crowd::visit(self.address, &books, &self.mix, self.seed, none)?;
        let (mut notes, mut sums) = (crowd.notes, crowd.sums);
        let said = enter(&fetch(self.address)?, &books)?;
        for (what, count) in said.faults.iter().filter(|(_, count)| **count > 0) {
            notes.take(|| format!("the server says: {count} times {what}"));
        }
        for (mark, fault) in books.faults().take(10) {
            notes.first.push(format!("request {mark} is {fault}"));
        }
        for (name, count) in said.counts {
            // The names are few, and the same in every round.
            sums.add(name.leak(), count);
        }
        shares(books.opened() as u64, |kind| sums.get(kind), &mut notes);
        Ok(Outcome { balance: books.balance(), notes, sums })
    }
}

/// A tenth of the requests must be of each kind.
fn shares(requests: u64, sum: impl Fn(&str) -> u64, notes: &mut Notes) {
    // Few requests prove nothing, and their shares are what chance makes of them.
    for kind in KINDS.into_iter().filter(|_| requests >= 5_000) {
        if sum(kind) * 10 < requests {
            notes.take(|| format!("only {} of {requests} requests are {kind}", sum(kind)));
        }
    }
}

/// Enters what the server has said into our books.
fn enter(content: &[u8], books: &Ledger) -> io::Result<Said> {
    let end =
        memchr::memchr(b'\n', content).ok_or_else(|| io::Error::other("no line of counts"))?;
    let said = serde_json::from_slice(&content[..end])?;
    let entries = content[end + 1..].chunks_exact(ENTRY);
    if !entries.remainder().is_empty() {
        return Err(io::Error::other("an entry that is not whole"));
    }
    for (number, entry) in (0..).zip(entries) {
        let (tag, counts) = entry.split_at(ENTRY - 2);
        let tag = tag.iter().fold(0, |tag, octet| tag << 8 | u64::from(*octet));
        let mark = Mark { number, tag };
        (0..counts[0]).for_each(|_| books.ran(mark));
        (0..counts[1]).for_each(|_| books.read(mark));
    }
    Ok(said)
}

/// The books of the server.
fn fetch(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(REST))?;
    stream.write_all(b"GET /books HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n")?;
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets)?;
    match reader::read(&octets, false) {
        Ok(Some((response, _))) if response.status == 200 => Ok(response.content),
        other => Err(io::Error::other(format!("no books: {other:.200?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server's half: one entry for each number.
    fn said(faults: &str, entries: &[(u64, u8, u8)]) -> Vec<u8> {
        let mut content = format!("{{\"counts\":{{}},\"faults\":{{{faults}}}}}\n").into_bytes();
        for (tag, ran, read) in entries {
            content.extend_from_slice(&tag.to_be_bytes());
            content.extend_from_slice(&[*ran, *read]);
        }
        content
    }

    #[test]
    fn what_ran_twice_is_doubled_and_what_was_read_is_owed_an_answer() {
        let books = Ledger::with_room_for(3);
        let marks = [7, 8, 9].map(|tag| books.open(tag).expect("room"));
        let content = said("\"foreign\":2", &[(7, 2, 1), (8, 1, 1), (9, 1, 0)]);
        let said = enter(&content, &books).expect("entries");
        assert_eq!(said.faults["foreign"], 2);
        books.refused(marks[2]);
        let balance = books.balance();
        assert_eq!((balance.doubled, balance.lost, balance.refused), (1, 1, 1), "{balance}");
    }

    #[test]
    fn an_entry_with_another_tag_is_forged() {
        let books = Ledger::with_room_for(1);
        books.open(7).expect("room");
        enter(&said("", &[(6, 1, 0)]), &books).expect("entries");
        assert_eq!(books.balance().forged, 1);
        assert!(enter(&said("", &[])[..5], &books).is_err(), "half a line");
        let content = said("", &[(6, 1, 0)]);
        assert!(enter(&content[..content.len() - 1], &books).is_err(), "half an entry");
    }

    #[test]
    fn less_than_a_tenth_of_a_kind_is_noticed() {
        let mut notes = Notes::default();
        shares(10_000, |kind| if kind == "awaited" { 999 } else { 1_000 }, &mut notes);
        assert_eq!(notes.count, 1, "{notes:?}");
    }
}
