//! One exchange's side of an HTTP/1.1 connection: what the application may do to it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nova_http1::Fields;
use nova_http1::connection::ContentLeft;
use nova_http1::response::{self, AnswerHead, Asked, ContentInfo, DateField, MaySend, Sent};
use nova_io::Key;

use crate::answer::{Answer, Prepared, Status};
use crate::counters::Counters;
use crate::exchange::{Exchange, ExchangeError, ExchangeId, Outlet, Post, Written};
use crate::limits::Limits;

/// An exchange: what must be known of its request until it is answered.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) number: u32,
    pub(super) asked: Asked,
    pub(super) stage: Stage,
    /// Octets of content that the application is willing to get.
    pub(super) credit: u64,
    /// The client waits for 100 (Continue) before it sends its content (RFC 9110 §10.1.1).
    pub(super) expects_continue: bool,
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The application has it.
    Open,
    /// The application has promised an answer.
    Deferred,
    /// The final answer has been encoded.
    Answered {
        /// Whether the connection goes on after it.
        persistent: bool,
    },
}

impl Open {
    pub(super) fn new(number: u32, asked: Asked, expects_continue: bool) -> Self {
        Self { number, asked, stage: Stage::Open, credit: 0, expects_continue }
    }

    pub(super) fn answered(&self) -> bool {
        matches!(self.stage, Stage::Answered { .. })
    }

    /// Whether an answer has said that it is the last one.
    pub(super) fn last(&self) -> bool {
        self.stage == Stage::Answered { persistent: false }
    }
}

/// What all exchanges of a connection share during a call.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) worker: u16,
    pub(super) key: Key,
    pub(super) limits: &'a Limits,
    pub(super) counters: &'a Counters,
    pub(super) post: &'a Arc<dyn Post>,
    pub(super) date: &'a DateField,
    /// The server stops, and this is the connection's newest exchange.
    pub(super) closing: bool,
}

/// An exchange with everything that its callbacks need.
pub(super) struct Side<'a> {
    pub(super) open: &'a mut Open,
    /// The connection's send buffer, or the exchange's own if earlier answers are missing.
    pub(super) out: &'a mut Vec<u8>,
    pub(super) shared: Shared<'a>,
    /// Content of this exchange's request that has not been received.
    pub(super) left: ContentLeft,
    /// Earlier answers are complete: what is written leaves now.
    pub(super) front: bool,
}

impl Side<'_> {
    /// Lends the exchange to a callback. A panic ends the exchange with 500 and then the
    /// connection; the application goes on with its other exchanges.
    #[inline]
    pub(super) fn call(&mut self, callback: impl FnOnce(&mut Exchange<'_>)) {
        let id = ExchangeId {
            worker: self.shared.worker,
            connection: self.shared.key,
            number: self.open.number,
        };
        let mark = self.out.len();
        let outcome = {
            let mut exchange = Exchange::new(id, self);
            catch_unwind(AssertUnwindSafe(|| callback(&mut exchange)))
        };
        if outcome.is_err() {
            tracing::error!(?id, "the application panicked; the request is answered with 500");
            self.shared.counters.panics.add(1);
            if !self.open.answered() {
                self.out.truncate(mark);
                self.shared.closing = true;
                self.give_up();
            }
        }
    }

    /// After the last callback of a request: an exchange that is neither answered nor deferred is
    /// answered with 500, so that its client does not wait for nothing.
    #[inline]
    pub(super) fn demand_answer(&mut self) {
        if self.open.stage == Stage::Open {
            tracing::error!(number = self.open.number, "a request was left without an answer");
            self.shared.counters.unanswered.add(1);
            self.give_up();
        }
    }

    /// Answers 500.
    pub(super) fn give_up(&mut self) {
        let answer = Answer::new(Status::INTERNAL_SERVER_ERROR);
        if let Err(error) = self.answer(&answer) {
            debug_assert!(false, "an empty 500 is always a valid answer: {error}");
        }
    }

    /// Whether the answer that is being given must be the last of its connection. If content is
    /// still to come, reading on must be worth it (RFC 9112 §9.3): what the client waits to be asked
    /// for, what is large and what has no known end is not.
    fn closes(&self) -> bool {
        self.shared.closing
            || match self.left {
                ContentLeft::None => false,
                ContentLeft::Known(left) => {
                    self.open.expects_continue || left > self.shared.limits.drain_bytes
                }
                ContentLeft::Unknown => true,
            }
    }

    /// Notes that a final answer has been encoded; says whether its content is to follow.
    #[inline]
    fn note(
        &mut self,
        status: Status,
        sent: Result<Sent, response::AnswerError>,
    ) -> Result<bool, ExchangeError> {
        match sent {
            Ok(sent) => {
                self.open.stage = Stage::Answered { persistent: sent.persistent };
                self.shared.counters.answered(status.code());
                Ok(sent.content != MaySend::Nothing)
            }
            Err(error) => {
                self.shared.counters.invalid_answers.add(1);
                Err(ExchangeError::Answer(error))
            }
        }
    }
}

impl Outlet for Side<'_> {
    #[inline]
    fn answer(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError> {
        if self.open.answered() {
            return Err(ExchangeError::AnsweredAlready);
        }
        let octets = answer.octets();
        let head = AnswerHead {
            status: answer.status,
            fields: answer.fields,
            content: ContentInfo::Length(octets.len() as u64),
            close: self.closes(),
        };
        let sent = response::encode(self.out, self.open.asked, &head, self.shared.date);
        if self.note(answer.status, sent)? {
            self.out.extend_from_slice(octets);
        }
        Ok(())
    }

    #[inline]
    fn answer_prepared(&mut self, answer: &Prepared) -> Result<(), ExchangeError> {
        if self.open.answered() {
            return Err(ExchangeError::AnsweredAlready);
        }
        let close = self.closes();
        let sent =
            response::encode_prepared(self.out, self.open.asked, answer, close, self.shared.date);
        self.note(answer.status(), sent)?;
        Ok(())
    }

    fn interim(&mut self, status: Status, fields: Fields<'_>) -> Result<bool, ExchangeError> {
        if self.open.answered() {
            return Err(ExchangeError::AnsweredAlready);
        }
        Ok(response::interim(self.out, self.open.asked, status, fields)?)
    }

    fn grant(&mut self, octets: u64) {
        self.open.credit = self.open.credit.saturating_add(octets);
        if self.open.expects_continue && self.front && octets > 0 && !self.open.answered() {
            self.open.expects_continue = false;
            let sent =
                response::interim(self.out, self.open.asked, Status::CONTINUE, Fields::EMPTY);
            debug_assert_eq!(sent, Ok(true), "only HTTP/1.1 expects it");
        }
    }

    fn write(&mut self, _octets: &[u8]) -> Result<Written, ExchangeError> {
        Err(ExchangeError::Unsupported)
    }

    fn finish(&mut self) -> Result<(), ExchangeError> {
        Err(ExchangeError::Unsupported)
    }

    fn defer(&mut self) -> Arc<dyn Post> {
        if self.open.stage == Stage::Open {
            self.open.stage = Stage::Deferred;
        }
        self.shared.post.clone()
    }
}
