//! Content that the engine itself writes as there is room: a file's, or what another thread has
//! posted.

use std::collections::VecDeque;

use bytes::Bytes;
use nova_http1::Fields;
use nova_http1::response::MaySend;

use super::open::Stage;
use super::side::Side;
use crate::exchange::{Gone, Outlet, Written};
use crate::failures::{Phase, Reason};
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

impl Side<'_> {
    /// Writes what the exchange's source has, as far as there is room.
    pub(super) fn pump(&mut self) {
        loop {
            let room = self.room();
            let (Stage::Streaming(stream), Some(extra)) =
                (&mut self.open.stage, &mut self.open.extra)
            else {
                return;
            };
            match &mut extra.source {
                Source::None => return,
                // HEAD: nothing of it is sent.
                Source::File(_) if stream.may == MaySend::Nothing => {
                    let _ = self.finish(Fields::EMPTY);
                    return;
                }
                Source::File(file) if file.left() == 0 => {
                    let _ = self.finish(Fields::EMPTY);
                    return;
                }
                _ if room == 0 => return stream.wants_room = true,
                Source::File(file) => {
                    let start = self.out.len();
                    let read = file.read(room, self.out);
                    let count = self.out.len() - start;
                    if let MaySend::Exactly(left) = &mut stream.may {
                        *left = left.saturating_sub(count as u64);
                    }
                    self.trace(count);
                    if let Err(error) = read {
                        tracing::error!(%error, "a file could not be read while it was sent");
                        return self.break_promise();
                    }
                }
                Source::Posted { pieces, finished } => {
                    let Some(mut piece) = pieces.pop_front() else {
                        if *finished {
                            let _ = self.finish(Fields::EMPTY);
                        }
                        return;
                    };
                    match self.write_shared(&piece) {
                        Ok(Written { octets }) => self.posted_sent(&mut piece, octets),
                        Err(error) => {
                            tracing::error!(%error, "content from another thread is not sent");
                            return self.abort();
                        }
                    }
                }
            }
        }
    }

    /// So much of a posted piece is on its way; the rest stays at the front of the queue.
    fn posted_sent(&mut self, piece: &mut Bytes, octets: usize) {
        let rest = piece.split_off(octets);
        let Some(extra) = &mut self.open.extra else { return };
        if let Some(remote) = &extra.remote {
            remote.sent(octets);
        }
        if !rest.is_empty() {
            extra.source.posted().0.push_front(rest);
        }
    }

    /// Less was written than the head has promised.
    pub(super) fn break_promise(&mut self) {
        self.fail(Reason::BrokenPromise, Phase::Answer);
        self.cut(Gone::Aborted);
    }
}
