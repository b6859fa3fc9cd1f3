//! Exchanges that outlive the step in which they were opened, in the order of their requests.

use std::collections::VecDeque;

use nova_http1::connection::ContentLeft;

use super::open::Open;
use super::side::{Shared, Side};

/// An exchange that outlives the step in which it was opened.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) open: Open,
    /// What it has encoded, if that must wait for earlier answers.
    pub(super) held: Vec<u8>,
}

impl Turn {
    pub(super) fn new(open: Open) -> Self {
        Self { open, held: Vec::new() }
    }

    pub(super) fn side<'a>(
        &'a mut self,
        out: &'a mut Vec<u8>,
        front: bool,
        left: ContentLeft,
        shared: Shared<'a>,
    ) -> Side<'a> {
        let out = if front { out } else { &mut self.held };
        Side { open: &mut self.open, out, shared, left, front, gone: None }
    }

    /// Octets that it holds in memory.
    fn held(&self) -> usize {
        let posted = self.open.extra.as_ref().map_or(0, |extra| extra.source.held());
        let collected = if self.open.ended() { 0 } else { self.open.collected };
        self.held.capacity() + posted + collected
    }
}

/// The open exchanges of a connection: those whose requests are complete, in order, and the one whose
/// content is being received.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The exchange whose content is being received.
    pub(super) current: Option<Turn>,
    /// Earlier exchanges that wait for their answer, or for their turn, in order.
    pub(super) waiting: VecDeque<Turn>,
}

impl Turns {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.current.is_none()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Turn> {
        self.waiting.iter().chain(&self.current)
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Turn> {
        self.waiting.iter_mut().chain(&mut self.current)
    }

    /// The exchange whose answer leaves now.
    pub(super) fn front(&self) -> Option<&Turn> {
        self.waiting.front().or(self.current.as_ref())
    }

    /// The request of `turn` is complete, or its rest does not matter: if its answer is not on its
    /// way already, it waits.
    #[inline]
    pub(super) fn keep(&mut self, turn: Turn) {
        if !self.waiting.is_empty()
            || !turn.open.ended()
            || turn.open.stage == super::Stage::Aborted
        {
            self.waiting.push_back(turn);
        }
    }

    /// Sends what was held by exchanges whose turn has come. One that was cut short stays in front:
    /// nothing may follow it. `true`: an answer has announced that it is the last one.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) -> bool {
        while let Some(turn) = self.waiting.front_mut() {
            out.append(&mut turn.held);
            if !turn.open.ended() || turn.open.stage == super::Stage::Aborted {
                return false;
            }
            let last = turn.open.last();
            self.waiting.pop_front();
            if last {
                return true;
            }
        }
        self.waiting = VecDeque::new(); // An idle connection owns no memory.
        if let Some(turn) = &mut self.current {
            out.append(&mut turn.held);
            turn.held = Vec::new();
        }
        false
    }

    /// Octets that open exchanges hold in memory.
    #[inline]
    pub(super) fn held(&self) -> usize {
        if self.is_empty() { 0 } else { self.all().map(Turn::held).sum() }
    }
}
