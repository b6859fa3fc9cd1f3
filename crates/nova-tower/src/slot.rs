//! Requests in their slots.
//!
//! A slot is taken for each request and used again: its box and its waker stay, so that a request in
//! the steady state allocates neither. There are as many as there were requests at once.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use bytes::Bytes;
use http::{HeaderMap, Request};
use nova_http::{Exchange, ExchangeId, SlotWaker, Woken};
use pin_project_lite::pin_project;

use crate::inflow::{Cut, Inflow};
#[cfg(feature = "upgrade")]
use crate::upgrade::Upgrade;
use crate::{Body, Connection};

pin_project! {
    /// How far a request has come.
    #[project = StagePlace]
    pub(crate) enum Stage<F, C> {
        /// There is none.
        Empty,
        /// The service is not ready for it.
        Waiting { request: Option<(Connection, Request<Body>)> },
        /// The service makes the answer.
        Calling { #[pin] future: F },
        /// The answer's content is on its way.
        Sending { #[pin] content: C },
    }
}

/// Where one request lives.
pub(crate) struct Slot<F, C> {
    pub(crate) stage: Pin<Box<Stage<F, C>>>,
    pub(crate) wakes: Arc<SlotWaker>,
    pub(crate) waker: Waker,
    /// The exchange, while it is open.
    pub(crate) open: Option<ExchangeId>,
    /// Content that follows.
    pub(crate) inflow: Option<Arc<Inflow>>,
    /// The method is HEAD.
    pub(crate) asked_for_head: bool,
    pub(crate) outflow: Outflow,
    /// The request has asked for another protocol.
    #[cfg(feature = "upgrade")]
    pub(crate) upgrade: Option<Upgrade>,
}

/// What of an answer's content has left its body and not yet left us.
#[derive(Debug, Default)]
pub(crate) struct Outflow {
    pub(crate) pieces: VecDeque<Bytes>,
    pub(crate) trailers: Option<Box<HeaderMap>>,
    /// The body has nothing more.
    pub(crate) over: bool,
}

impl<F, C> Slot<F, C> {
    /// Grants what the reader of the request's content wants.
    #[inline]
    pub(crate) fn grant(&self, exchange: &mut Exchange<'_>) {
        if let Some(inflow) = &self.inflow {
            let wanted = inflow.take_wanted();
            if wanted > 0 {
                exchange.grant(wanted);
            }
        }
    }

    /// Drops what answers the request. A panic of it goes no further.
    fn discard(&mut self) {
        if catch_unwind(AssertUnwindSafe(|| self.stage.set(Stage::Empty))).is_err() {
            tracing::error!("the drop of a future or of a body panicked");
        }
    }
}

/// All slots of a worker.
pub(crate) struct Slab<F, C> {
    pub(crate) slots: Vec<Slot<F, C>>,
    free: Vec<u32>,
}

impl<F, C> Slab<F, C> {
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// A free slot, now of the exchange `id`.
    #[inline]
    pub(crate) fn take(&mut self, id: ExchangeId, woken: &Arc<Woken>) -> Option<u32> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => self.grow(woken)?,
        };
        self.slots[number as usize].open = Some(id);
        Some(number)
    }

    #[cold]
    fn grow(&mut self, woken: &Arc<Woken>) -> Option<u32> {
        let number = u32::try_from(self.slots.len()).ok()?;
        let wakes = Arc::new(SlotWaker::new(number, woken.clone()));
        self.slots.push(Slot {
            stage: Box::pin(Stage::Empty),
            waker: wakes.clone().into(),
            wakes,
            open: None,
            inflow: None,
            asked_for_head: false,
            outflow: Outflow::default(),
            #[cfg(feature = "upgrade")]
            upgrade: None,
        });
        Some(number)
    }

    /// The exchange of `number` has ended so, and whatever belonged to it is dropped.
    #[inline]
    pub(crate) fn end(&mut self, number: u32, cut: Cut) {
        let slot = &mut self.slots[number as usize];
        if slot.open.take().is_none() {
            return;
        }
        // First, so that what is dropped finds its exchange ended.
        let reader = slot.inflow.take().and_then(|inflow| inflow.end(Err(cut)));
        slot.discard();
        if slot.outflow.over || !slot.outflow.pieces.is_empty() {
            slot.outflow = Outflow::default();
        }
        #[cfg(feature = "upgrade")]
        drop(slot.upgrade.take());
        self.free.push(number);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}
