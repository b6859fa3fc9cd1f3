//! Exchanges that outlive the step in which they were opened, in the order of their requests.

use std::cell::RefCell;
use std::collections::VecDeque;

use nova_http1::connection::ContentLeft;
use nova_http1::response::Asked;
use nova_io::Time;

use super::open::{Expects, Open, Stage};
use super::side::{Shared, Side};
use crate::out::Out;

/// An exchange that outlives the step in which it was opened.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(super) open: Open,
    /// What it has encoded, if that must wait for earlier answers.
    pub(super) held: Out,
}

impl Turn {
    pub(super) fn new(open: Open) -> Self {
        Self { open, held: Out::default() }
    }

    pub(super) fn side<'a>(
        &'a mut self,
        out: &'a mut Out,
        front: bool,
        left: ContentLeft,
        closing: bool,
        shared: &'a Shared<'a>,
    ) -> Side<'a> {
        let out = if front { out } else { &mut self.held };
        Side { open: &mut self.open, out, shared, left, front, closing, gone: None }
    }

    /// Octets that it holds in memory.
    fn held(&self) -> usize {
        let posted = self.open.extra.as_ref().map_or(0, |extra| extra.source.held());
        let collected = if self.open.ended() { 0 } else { self.open.collected };
        self.held.footprint() + posted + collected
    }
}

/// Boxes of exchanges that have left them, for the next ones: a request with content allocates nothing
/// in the steady state. At most [`SPARES`] for a worker.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
pub(crate) struct Spares(RefCell<Vec<Box<Turn>>>);

/// 64 of a hundred octets and some.
const SPARES: usize = 64;

impl Spares {
    fn fill(&self, turn: Turn) -> Box<Turn> {
        match self.0.borrow_mut().pop() {
            Some(mut spare) => {
                *spare = turn;
                spare
            }
            None => Box::new(turn),
        }
    }

    fn empty(&self, mut full: Box<Turn>) -> Turn {
        let nobody = Turn::new(Open::new(0, Asked::UNKNOWN, Expects::Nothing, Time::NEVER));
        let turn = std::mem::replace(&mut *full, nobody);
        let mut spares = self.0.borrow_mut();
        if spares.len() < SPARES {
            spares.push(full);
        }
        turn
    }
}

/// The open exchanges of a connection: those whose requests are complete, in order, and the one whose
/// content is being received.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The exchange whose content is being received.
    ///
    /// In a box, since most connections have none and all of them would pay for its place.
    pub(super) current: Option<Box<Turn>>,
    /// Earlier exchanges that wait for their answer, or for their turn, in order.
    pub(super) waiting: VecDeque<Turn>,
}

impl Turns {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.current.is_none()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Turn> {
        self.waiting.iter().chain(self.current.as_deref())
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Turn> {
        self.waiting.iter_mut().chain(self.current.as_deref_mut())
    }

    /// From now on the content of this exchange is received.
    #[inline(never)]
    pub(super) fn receive(&mut self, turn: Turn, spares: &Spares) {
        self.current = Some(spares.fill(turn));
    }

    /// The exchange whose content was being received.
    #[inline(never)]
    pub(super) fn take_current(&mut self, spares: &Spares) -> Option<Turn> {
        self.current.take().map(|turn| spares.empty(turn))
    }

    /// The exchange whose answer leaves now.
    pub(super) fn front(&self) -> Option<&Turn> {
        self.waiting.front().or(self.current.as_deref())
    }

    /// The request of `turn` is complete, or its rest does not matter: if its answer is not on its
    /// way already, it waits.
    #[inline]
    pub(super) fn keep(&mut self, turn: Turn) {
        if !self.waiting.is_empty() || !turn.open.ended() || turn.open.stage == Stage::Aborted {
            self.waiting.push_back(turn);
        }
    }

    /// Sends what was held by exchanges whose turn has come. One that was cut short stays in front:
    /// nothing may follow it. Nor may anything follow the last answer: `true` if that has left.
    pub(super) fn release(&mut self, out: &mut Out) -> bool {
        while let Some(turn) = self.waiting.front_mut() {
            out.append(std::mem::take(&mut turn.held));
            // [9112-9.3.2-a]
            let Stage::Answered { persistent } = turn.open.stage else { return false };
            self.waiting.pop_front();
            if !persistent {
                return true;
            }
        }
        self.waiting = VecDeque::new(); // An idle connection owns no memory.
        if let Some(turn) = &mut self.current {
            out.append(std::mem::take(&mut turn.held));
        }
        false
    }

    /// Octets that open exchanges hold in memory.
    #[inline]
    pub(super) fn held(&self) -> usize {
        if self.is_empty() { 0 } else { self.all().map(Turn::held).sum() }
    }
}
