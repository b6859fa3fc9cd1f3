//! Faults that a test plants, so that each oracle is seen to find something.

use nova_http::{Failed, Limits, Next, Phase, Reason};

use super::stage::Stage;
use crate::oracle::liveness::TURNS;

/// What goes wrong on purpose, in what is seen of the server or in how it is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A client takes another octet than the server has sent.
    Octet,
    /// A client forgets that it has left an answer unread: its request is lost.
    Lost,
    /// Something of a handler's is never dropped.
    Kept,
    /// The oracles believe that a worker may hold less than the server lets it.
    Thrifty,
    /// The oracles believe in shorter deadlines than the server does.
    Hasty,
    /// The oracles believe in longer deadlines than the server does.
    Patient,
    /// The application sees content of an exchange that is not open.
    Callback,
    /// A worker is not turned although it was woken.
    Asleep,
    /// A worker says that it has work left, and has none.
    Restless,
    /// A request is counted twice.
    Miscounted,
    /// A failure is told that nobody has had.
    MadeUp,
    /// A turn panics.
    Panic,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Octet,
        Self::Lost,
        Self::Kept,
        Self::Thrifty,
        Self::Hasty,
        Self::Patient,
        Self::Callback,
        Self::Asleep,
        Self::Restless,
        Self::Miscounted,
        Self::MadeUp,
        Self::Panic,
    ];
}

impl Stage<'_> {
    /// Turns that a worker may make before it must have come to rest; a test need not wait as long.
    pub(super) fn most_turns(&self) -> u64 {
        match self.plant {
            Some(Plant::Restless) => TURNS / 100,
            _ => TURNS,
        }
    }

    /// Does what a test has planted.
    pub(super) fn meddle(&mut self, worker: usize) {
        let Some(plant) = self.plant else { return };
        let watch = &mut self.bench.worker(worker).application().watch;
        match plant {
            Plant::Callback if watch.requests > 0 => watch.meddle(),
            Plant::Restless => self.nexts[worker] = Next::Again,
            Plant::Kept => std::mem::forget(self.books.live()),
            Plant::MadeUp => {
                let peer = self.players.iter().find_map(|it| Some(it.conn.as_ref()?.peer));
                let (reason, phase) = (Reason::Reset, Phase::Idle);
                let failed = Failed { reason, phase, worker: 0, connection: None, peer };
                self.failed.lock().expect("nobody panics with it").push(failed);
            }
            Plant::Panic => panic!("planted"),
            _ => {}
        }
    }
}

/// The limits that the oracles believe in: those of the story.
pub(super) fn believed(limits: &Limits, plant: Option<Plant>) -> Limits {
    let mut limits = *limits;
    let spans = [
        &mut limits.idle,
        &mut limits.head,
        &mut limits.content_silence,
        &mut limits.write_stall,
        &mut limits.linger,
    ];
    match plant {
        Some(Plant::Hasty) => spans.into_iter().for_each(|span| *span /= 2),
        Some(Plant::Patient) => spans.into_iter().for_each(|span| *span *= 2),
        Some(Plant::Thrifty) => limits.buffer_bytes = 0,
        _ => {}
    }
    limits
}
