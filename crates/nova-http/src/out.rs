//! What a connection is about to send: octets of its own, and between them pieces that somebody else
//! owns, too.
//!
//! Heads and small contents are encoded into one buffer of the worker's. A large piece would be
//! copied there only to be copied into the kernel next: it is noted instead, by reference and with
//! its place, and all of it leaves in one call.

use std::ops::{Deref, DerefMut};

use bytes::Bytes;

/// Pieces from this size on are worth a place of their own; copying less costs about as much as
/// telling the kernel of it.
pub(crate) const WORTH_SHARING: usize = 8 * 1024;

/// Shared pieces are taken until so much is under way, and no more than this of one. They are not
/// copied, so what counts is that a slow client does not keep more than twice this from being freed,
/// and that a fast one gets much by one call.
pub(crate) const SHARED_AT_ONCE: usize = 512 * 1024;

/// Octets to be sent, in order. It can be used as the buffer that it has for everything small.
///
/// ```
/// use nova_http::{Bytes, Out};
///
/// let mut out = Out::default();
/// out.extend_from_slice(b"head ");
/// out.push(Bytes::from(vec![b'x'; 100_000])); // By reference.
/// assert_eq!((out.len(), out.total()), (5, 100_005));
/// out.clear();
/// assert!(out.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct Out {
    octets: Vec<u8>,
    pieces: Vec<Piece>,
    shared: usize,
}

#[derive(Debug)]
struct Piece {
    /// How many octets of the buffer come before it.
    at: usize,
    octets: Bytes,
}

/// A place in [`Out`] to which it can be cut back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    octets: usize,
    pieces: usize,
    shared: usize,
}

impl Out {
    pub(crate) fn with_capacity(octets: usize) -> Self {
        Self { octets: Vec::with_capacity(octets), ..Self::default() }
    }

    /// Octets to be sent, those of the pieces among them.
    #[inline]
    pub fn total(&self) -> usize {
        self.octets.len() + self.shared
    }

    /// Puts a piece behind everything else, by reference if that is worth it.
    pub fn push(&mut self, piece: Bytes) {
        if piece.len() < WORTH_SHARING {
            self.octets.extend_from_slice(&piece);
        } else {
            self.shared += piece.len();
            self.pieces.push(Piece { at: self.octets.len(), octets: piece });
        }
    }

    /// Puts everything of `other` behind everything else.
    pub(crate) fn append(&mut self, mut other: Self) {
        let before = self.octets.len();
        self.octets.append(&mut other.octets);
        self.shared += other.shared;
        let moved = |piece: Piece| Piece { at: piece.at + before, octets: piece.octets };
        self.pieces.extend(other.pieces.into_iter().map(moved));
    }

    /// Whether there is nothing to send.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty() && self.pieces.is_empty()
    }

    /// Forgets everything.
    #[inline]
    pub fn clear(&mut self) {
        self.octets.clear();
        if !self.pieces.is_empty() {
            self.pieces.clear();
            self.shared = 0;
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { octets: self.octets.len(), pieces: self.pieces.len(), shared: self.shared }
    }

    /// Forgets what has come since `mark`.
    pub(crate) fn cut(&mut self, mark: Mark) {
        self.octets.truncate(mark.octets);
        self.pieces.truncate(mark.pieces);
        self.shared = mark.shared;
    }

    /// Octets of memory that it holds.
    pub(crate) fn footprint(&self) -> usize {
        self.octets.capacity() + self.shared
    }

    /// Whether all of it lies in the buffer.
    #[inline]
    pub(crate) fn is_flat(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Copies the pieces to where they belong, for a transport that must see all octets in a row.
    pub(crate) fn flatten(&mut self) {
        if self.is_flat() {
            return;
        }
        let mut flat = Vec::with_capacity(self.total());
        self.segments().for_each(|segment| flat.extend_from_slice(segment.as_slice()));
        *self = Self { octets: flat, ..Self::default() };
    }

    /// Everything, in order.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let mut at = 0;
        let between = self.pieces.iter().flat_map(move |piece| {
            let octets = &self.octets[at..piece.at];
            at = piece.at;
            [Segment::Octets(octets), Segment::Shared(&piece.octets)]
        });
        let last = self.pieces.last().map_or(0, |piece| piece.at);
        let all = between.chain([Segment::Octets(&self.octets[last..])]);
        all.filter(|segment| !segment.as_slice().is_empty())
    }
}

/// A part of what is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Segment<'a> {
    /// Of the buffer.
    Octets(&'a [u8]),
    /// A piece.
    Shared(&'a Bytes),
}

impl<'a> Segment<'a> {
    pub(crate) fn as_slice(self) -> &'a [u8] {
        match self {
            Self::Octets(octets) => octets,
            Self::Shared(piece) => piece,
        }
    }
}

impl Deref for Out {
    type Target = Vec<u8>;

    #[inline]
    fn deref(&self) -> &Vec<u8> {
        &self.octets
    }
}

impl DerefMut for Out {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large(octet: u8) -> Bytes {
        vec![octet; WORTH_SHARING].into()
    }

    fn all(out: &Out) -> Vec<u8> {
        out.segments().flat_map(|segment| segment.as_slice().to_vec()).collect()
    }

    /// Whatever is put in, in whatever form, comes out in that order; flattened or appended, too.
    #[test]
    fn the_order_is_kept() {
        let mut out = Out::default();
        out.push(large(b'a'));
        out.extend_from_slice(b"head");
        out.push(Bytes::from_static(b"small"));
        out.push(large(b'b'));
        out.push(large(b'c'));
        out.extend_from_slice(b"end");
        let expected =
            [&large(b'a')[..], b"headsmall", &large(b'b'), &large(b'c'), b"end"].concat();
        assert_eq!((all(&out), out.total()), (expected.clone(), expected.len()));
        let mut first = Out::default();
        first.extend_from_slice(b"first");
        first.append(out);
        assert_eq!(all(&first), [b"first".to_vec(), expected.clone()].concat());
        first.flatten();
        assert!(first.is_flat());
        assert_eq!(first[5..], expected);
    }

    /// What came after a mark is forgotten, pieces and all.
    #[test]
    fn it_can_be_cut_back() {
        let mut out = Out::default();
        out.extend_from_slice(b"kept");
        out.push(large(b'k'));
        let (mark, kept) = (out.mark(), all(&out));
        out.extend_from_slice(b"not");
        out.push(large(b'n'));
        out.cut(mark);
        assert_eq!((all(&out), out.total()), (kept.clone(), kept.len()));
        out.clear();
        assert!(out.is_empty() && out.total() == 0);
    }
}
