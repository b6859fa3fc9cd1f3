//! One exchange's side of an HTTP/1.1 connection: an exchange with all that its callbacks need, and
//! how they are called.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nova_http1::connection::ContentLeft;
use nova_http1::response::DateField;
use nova_io::{Key, Time};

use super::open::{Expects, Open, Stage, Stream};
use super::source::Source;
use super::turn::Spares;
use crate::Application;
use crate::answer::{Answer, Status};
use crate::exchange::{Exchange, ExchangeId, Gone, Outlet};
use crate::failures::{Phase, Reason};
use crate::limits::Limits;
use crate::out::{Mark, Out};
use crate::remote::Post;
use crate::seen::Seen;

/// What all exchanges of a connection share during a call.
pub(super) struct Shared<'a> {
    pub(super) worker: u16,
    pub(super) key: Key,
    pub(super) peer: Option<&'a SocketAddr>,
    pub(super) now: Time,
    /// Octets of earlier turns that the peer has not taken yet.
    pub(super) unsent: usize,
    pub(super) limits: &'a Limits,
    pub(super) seen: &'a Seen,
    pub(super) post: &'a Arc<dyn Post>,
    pub(super) date: &'a DateField,
    pub(super) spares: &'a Spares,
}

impl Shared<'_> {
    #[cold]
    pub(super) fn fail(&self, reason: Reason, phase: Phase) {
        self.seen.fail(self.now, reason, phase, Some(self.key), self.peer.copied());
    }

    pub(super) fn id(&self, number: u32) -> ExchangeId {
        ExchangeId { worker: self.worker, connection: self.key, number }
    }
}

/// An exchange with everything that its callbacks need.
pub(super) struct Side<'a> {
    pub(super) open: &'a mut Open,
    /// The connection's send buffer, or the exchange's own if earlier answers are missing.
    pub(super) out: &'a mut Out,
    pub(super) shared: &'a Shared<'a>,
    /// Content of this exchange's request that has not been received.
    pub(super) left: ContentLeft,
    /// Earlier answers are complete: what is written leaves now.
    pub(super) front: bool,
    /// The answer is to be the last one of its connection.
    pub(super) closing: bool,
    /// Why the answer that is being given is the engine's own.
    pub(super) gone: Option<Gone>,
}

impl Side<'_> {
    /// Lends the exchange to a callback. A panic ends the exchange, with 500 and then the end of the
    /// connection, or with a reset if the head of its answer has left in an earlier call; the
    /// application goes on with its other exchanges.
    #[inline]
    pub(super) fn call<A: Application>(
        &mut self,
        app: &mut A,
        callback: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) {
        let id = self.shared.id(self.open.number);
        let (mark, begun) = (self.out.mark(), !self.open.unanswered());
        let outcome = {
            let mut exchange = Exchange::new(id, self.shared.peer, self);
            catch_unwind(AssertUnwindSafe(|| callback(app, &mut exchange)))
        };
        if outcome.is_err() {
            self.panicked(app, id, mark, begun);
        }
    }

    #[cold]
    fn panicked<A: Application>(&mut self, app: &mut A, id: ExchangeId, mark: Mark, begun: bool) {
        let phase = if begun { Phase::Answer } else { Phase::Handler };
        self.fail(Reason::Panicked, phase);
        if self.open.ended() {
            return;
        }
        self.shared.seen.guard("gone", || app.gone(id, Gone::Aborted));
        if begun {
            self.cut(Gone::Aborted);
        } else {
            // Whatever this call has written is taken back: nothing of it has left.
            self.out.cut(mark);
            self.open.stage = Stage::Open;
            self.drop_source();
            self.closing = true;
            self.give_up();
        }
    }

    /// After the last callback of a request: an exchange that is neither answered nor promised is
    /// answered with 500, so that its client does not wait for nothing.
    #[inline]
    pub(super) fn demand_answer<A: Application>(&mut self, app: &mut A) {
        if self.open.stage == Stage::Open {
            self.was_forgotten(app);
        }
    }

    #[cold]
    fn was_forgotten<A: Application>(&mut self, app: &mut A) {
        self.fail(Reason::Unanswered, Phase::Handler);
        let id = self.shared.id(self.open.number);
        self.shared.seen.guard("gone", || app.gone(id, Gone::Aborted));
        self.give_up();
    }

    /// Counts, tells and logs what has gone wrong with this exchange, if it is the first thing.
    #[cold]
    pub(super) fn fail(&mut self, reason: Reason, phase: Phase) {
        if !std::mem::replace(&mut self.open.failed, true) {
            self.shared.fail(reason, phase);
        }
    }

    /// Answers 500 for an application that does not answer.
    pub(super) fn give_up(&mut self) {
        self.gone = Some(Gone::Aborted);
        let answer = Answer::new(Status::INTERNAL_SERVER_ERROR);
        if let Err(error) = self.answer(&answer) {
            debug_assert!(false, "an empty 500 is always a valid answer: {error}");
        }
    }

    /// The answer will never be complete.
    pub(super) fn cut(&mut self, why: Gone) {
        let status = match self.open.stage {
            Stage::Streaming(Stream { status, .. }) => Some(status),
            _ => None,
        };
        if status.is_some() {
            self.shared.seen.counters.answers_cut.add(1);
        }
        self.open.stage = Stage::Aborted;
        self.drop_source();
        self.open.tell(self.shared, status, Some(why));
    }

    /// Whether the answer that is being given must be the last of its connection. If content is
    /// still to come, reading on must be worth it (RFC 9112 §9.3): what the client waits to be asked
    /// for, what is large and what has no known end is not.
    pub(super) fn closes(&self) -> bool {
        self.closing
            || match self.left {
                // [9112-9.3-b]
                ContentLeft::None => false,
                ContentLeft::Known(left) => {
                    self.open.expects == Expects::Waits || left > self.shared.limits.drain_bytes
                }
                ContentLeft::Unknown => true,
            }
    }

    /// The final answer has been written whole.
    #[inline]
    pub(super) fn complete(&mut self, status: u16, persistent: bool) {
        self.open.stage = Stage::Answered { persistent };
        self.shared.seen.counters.answered(status);
        if self.open.extra.is_some() {
            self.open.tell(self.shared, Some(status), self.gone);
        }
    }

    /// Whether the engine itself writes the rest of the answer.
    pub(super) fn has_source(&self) -> bool {
        let source = self.open.extra.as_ref().map(|extra| &extra.source);
        !matches!(source, None | Some(Source::None))
    }

    fn drop_source(&mut self) {
        if let Some(extra) = &mut self.open.extra {
            extra.source = Source::None;
        }
    }
}

impl Open {
    /// The exchange has ended: whoever wanted to know is told.
    pub(super) fn tell(&mut self, shared: &Shared<'_>, status: Option<u16>, gone: Option<Gone>) {
        let id = shared.id(self.number);
        let Some(extra) = &mut self.extra else { return };
        if let Some(remote) = extra.remote.take() {
            remote.end();
        }
        if let (Some(trace), Some(hook)) = (extra.trace.take(), &shared.seen.hooks.on_response) {
            let peer = shared.peer.copied();
            shared.seen.guard("on_response", || trace.tell(hook, id, peer, status, gone));
        }
    }
}
