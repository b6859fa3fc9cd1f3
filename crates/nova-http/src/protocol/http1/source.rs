//! Content that the engine itself writes as there is room: a file's, or what another thread has
//! posted.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::file::FileContent;

/// Where the rest of an answer comes from without the application.
#[derive(Debug, Default)]
pub(super) enum Source {
    /// The application writes.
    #[default]
    None,
    /// A part of a file.
    File(FileContent),
    /// Another thread: what it has posted, and whether that is all. Bounded by
    /// [`Remote`](crate::Remote).
    Posted {
        /// In order; the first may be a rest.
        pieces: VecDeque<Bytes>,
        /// The other thread has said so.
        finished: bool,
    },
}

impl Source {
    /// The queue of posted pieces; makes one of nothing.
    pub(super) fn posted(&mut self) -> (&mut VecDeque<Bytes>, &mut bool) {
        if !matches!(self, Self::Posted { .. }) {
            *self = Self::Posted { pieces: VecDeque::new(), finished: false };
        }
        match self {
            Self::Posted { pieces, finished } => (pieces, finished),
            Self::None | Self::File(_) => unreachable!("it has just been made one"),
        }
    }

    /// Octets that lie here.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::None | Self::File(_) => 0,
            Self::Posted { pieces, .. } => pieces.iter().map(Bytes::len).sum(),
        }
    }
}
