//! What a connection's peer has not taken yet: octets in a buffer of the worker's pool, and behind
//! them pieces that are held by reference.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;
use nova_io::{Driver, Failure, Key};

use crate::buffers::{Buffer, Buffers};
use crate::out::{Out, Segment, WORTH_SHARING};

/// Pieces told to the kernel in one call: all of `SHARED_AT_ONCE` where
/// chunks of 64 KiB alternate with their framing (17), with some room. Linux, macOS and the BSDs take
/// 1,024.
const PIECES_PER_SEND: usize = 32;

/// Octets that wait for room. Without any it owns no memory.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    /// The first of them may have left.
    octets: Buffer,
    /// How many wait, in the buffer and in pieces.
    unsent: usize,
    /// What comes after the octets.
    pieces: Option<Box<Pieces>>,
}

#[derive(Debug, Default)]
struct Pieces {
    queue: VecDeque<Bytes>,
    total: usize,
}

impl Spill {
    /// Octets that wait.
    #[inline]
    pub(crate) fn unsent(&self) -> usize {
        self.unsent
    }

    /// How many octets of the buffer have left.
    fn sent(&self) -> usize {
        self.octets.len() + self.shared() - self.unsent
    }

    /// Those of them that are held by reference.
    #[inline]
    pub(crate) fn shared(&self) -> usize {
        self.pieces.as_ref().map_or(0, |pieces| pieces.total)
    }

    /// Octets of the pool that it holds.
    pub(crate) fn pooled(&self) -> usize {
        self.octets.capacity()
    }

    /// Puts `octets` behind what waits.
    #[inline]
    pub(crate) fn put(&mut self, octets: &[u8], buffers: &mut Buffers) {
        if octets.is_empty() {
            return;
        }
        let sent = self.sent();
        self.unsent += octets.len();
        match &mut self.pieces {
            Some(pieces) => pieces.push(Bytes::copy_from_slice(octets)),
            // Behind others it would move again with each that comes.
            None if octets.len() >= WORTH_SHARING && !self.octets.is_empty() => {
                self.pieces.get_or_insert_default().push(Bytes::copy_from_slice(octets));
            }
            None if self.octets.is_empty() => self.octets = buffers.keep(octets),
            None => {
                if sent >= self.octets.len() - sent {
                    // What has left makes room for what comes: each octet moves once at most.
                    self.octets.drain(..sent);
                }
                buffers.append(&mut self.octets, octets);
            }
        }
    }

    /// Puts what `out` has behind what waits, but for its first `sent` octets.
    pub(crate) fn put_rest(&mut self, out: &Out, mut sent: usize, buffers: &mut Buffers) {
        for segment in out.segments() {
            let length = segment.as_slice().len();
            let skipped = sent.min(length);
            sent -= skipped;
            match segment {
                _ if skipped == length => {}
                Segment::Octets(octets) => self.put(&octets[skipped..], buffers),
                Segment::Shared(piece) => {
                    self.unsent += length - skipped;
                    self.pieces.get_or_insert_default().push(piece.slice(skipped..));
                }
            }
        }
    }

    /// What waits, in a row.
    pub(crate) fn copy(&self) -> Vec<u8> {
        let mut all = self.octets[self.sent().min(self.octets.len())..].to_vec();
        for piece in self.pieces.iter().flat_map(|pieces| &pieces.queue) {
            all.extend_from_slice(piece);
        }
        all
    }

    /// Sends what there is room for.
    pub(crate) fn send<D: Driver>(
        &mut self,
        key: Key,
        driver: &mut D,
        buffers: &mut Buffers,
    ) -> Result<usize, Failure> {
        let mut total = 0;
        while self.sent() < self.octets.len() {
            let sent = driver.send(key, &self.octets[self.sent()..])?;
            if sent == 0 {
                return Ok(total);
            }
            total += sent;
            self.unsent -= sent;
        }
        buffers.give_back(std::mem::take(&mut self.octets));
        while let Some(pieces) = &mut self.pieces {
            let sent = pieces.send(key, driver)?;
            total += sent;
            self.unsent -= sent;
            if pieces.queue.is_empty() {
                self.pieces = None;
            } else if sent == 0 {
                break;
            }
        }
        Ok(total)
    }

    /// Forgets everything.
    pub(crate) fn give_back(self, buffers: &mut Buffers) {
        buffers.give_back(self.octets);
    }
}

impl Pieces {
    fn push(&mut self, piece: Bytes) {
        self.total += piece.len();
        self.queue.push_back(piece);
    }

    fn send<D: Driver>(&mut self, key: Key, driver: &mut D) -> Result<usize, Failure> {
        let mut slices = [IoSlice::new(&[]); PIECES_PER_SEND];
        let count = self.queue.len().min(PIECES_PER_SEND);
        for (slice, piece) in slices.iter_mut().zip(&self.queue) {
            *slice = IoSlice::new(piece);
        }
        let sent = driver.send_pieces(key, &slices[..count])?;
        self.total -= sent;
        let mut left = sent;
        while let Some(first) = self.queue.front_mut()
            && left > 0
        {
            if left < first.len() {
                drop(first.split_to(left));
                break;
            }
            left -= first.len();
            self.queue.pop_front();
        }
        Ok(sent)
    }
}

/// Sends all of `out` that there is room for, in as many calls as it takes: a driver tells when to go
/// on only after it has taken less than it was given.
pub(crate) fn send_out<D: Driver>(key: Key, driver: &mut D, out: &Out) -> Result<usize, Failure> {
    send_all(key, driver, out.segments().map(|segment| IoSlice::new(segment.as_slice())))
}

/// As `send_out`.
pub(crate) fn send_slices<D: Driver>(
    key: Key,
    driver: &mut D,
    slices: &[IoSlice<'_>],
) -> Result<usize, Failure> {
    send_all(key, driver, slices.iter().map(|slice| IoSlice::new(slice)))
}

fn send_all<'a, D: Driver>(
    key: Key,
    driver: &mut D,
    all: impl Iterator<Item = IoSlice<'a>>,
) -> Result<usize, Failure> {
    let (mut all, mut total) = (all, 0);
    loop {
        let mut slices = [IoSlice::new(&[]); PIECES_PER_SEND];
        let (mut count, mut octets) = (0, 0);
        while count < PIECES_PER_SEND
            && let Some(slice) = all.next()
        {
            octets += slice.len();
            slices[count] = slice;
            count += 1;
        }
        if count == 0 {
            return Ok(total);
        }
        let sent = driver.send_pieces(key, &slices[..count])?;
        total += sent;
        if sent < octets {
            return Ok(total);
        }
    }
}
