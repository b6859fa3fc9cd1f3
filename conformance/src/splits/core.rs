//! The protocol alone: octets in, events out, without a server around it.

use nova_http1::{Connection, HeadReader, Limits};

use super::events::EventStream;
use super::{Recipient, Subject};

/// `nova-http1` with a caller's buffer. What the client does besides sending is not told to it.
#[derive(Debug)]
pub struct Core<const REMEMBERS: bool> {
    reader: HeadReader,
    limits: Limits,
    /// What has arrived and was not consumed, behind what was.
    kept: Vec<u8>,
}

/// Walks over every head that comes.
pub type Forgetful = Core<false>;

/// As a worker's: one memory of heads for all connections.
pub type Remembering = Core<true>;

impl<const REMEMBERS: bool> Default for Core<REMEMBERS> {
    fn default() -> Self {
        let reader = if REMEMBERS { HeadReader::new() } else { HeadReader::with_memory(0) };
        Self { reader, limits: Limits::default(), kept: Vec::new() }
    }
}

impl<const REMEMBERS: bool> Core<REMEMBERS> {
    /// Delivers pieces to a new connection.
    pub fn read<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>) -> EventStream {
        let mut connection = Connection::new();
        let mut stream = EventStream::default();
        self.kept.clear();
        let mut done = 0;
        for piece in pieces {
            // Consumed octets are gone before others come, as in a server.
            self.kept.drain(..std::mem::take(&mut done));
            self.kept.extend_from_slice(piece);
            loop {
                let octets = &self.kept[done..];
                let step = match connection.receive(octets, &mut self.reader, &self.limits) {
                    Ok(step) => step,
                    Err(error) => {
                        stream.refuse(error.0);
                        break;
                    }
                };
                done += step.consumed;
                match step.event {
                    Some(event) => stream.add(event),
                    None => break,
                }
            }
        }
        stream.finish(&connection);
        stream
    }
}

impl<const REMEMBERS: bool> Recipient for Core<REMEMBERS> {
    type Story = EventStream;
    const NAME: &'static str =
        if REMEMBERS { "the protocol, with a memory of heads" } else { "the protocol" };

    fn deliver(&mut self, subject: &Subject, cuts: &[usize]) -> EventStream {
        self.read(pieces(&subject.octets, cuts))
    }
}

/// `octets`, cut at the ascending offsets `cuts`.
pub fn pieces<'a>(octets: &'a [u8], cuts: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain(std::iter::once(octets.len()));
    starts.zip(ends).map(|(start, end)| &octets[start..end])
}
