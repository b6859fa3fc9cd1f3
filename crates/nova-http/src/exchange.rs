//! One request and its answer, as seen from the application.
//!
//! An exchange is addressed by its [`ExchangeId`] for as long as it lives; the [`Exchange`] itself is
//! only lent to a callback, so an application cannot keep the connection's buffers. What is to be
//! answered later is deferred: [`Exchange::defer`] gives a [`Responder`] that any thread may use.

use std::fmt;
use std::sync::Arc;

use nova_http1::Fields;
use nova_io::Key;

use crate::answer::{Answer, AnswerError, OwnedAnswer, Prepared, Status};

/// Names an exchange, across all workers, until it is answered or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExchangeId {
    /// The worker that owns the connection.
    pub worker: u16,
    /// The connection.
    pub connection: Key,
    /// The exchange within its connection: its ordinal (HTTP/1) or stream (HTTP/2).
    pub number: u32,
}

/// Why an exchange ended without its answer having been delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gone {
    /// The client reset the connection, or the network did.
    Reset,
    /// The client ended its stream inside of the request.
    Incomplete,
    /// The rest of the request broke a rule and was refused.
    Refused,
    /// A deadline passed.
    Expired,
    /// The server was stopped.
    Stopped,
}

/// What [`Exchange::write`] has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Octets taken, from the front; the rest is to be written again after
    /// [`Application::writable`](crate::Application::writable).
    pub octets: usize,
}

/// Something was asked of an exchange that it cannot do (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The answer itself is not one that HTTP allows; nothing of it was sent.
    Answer(AnswerError),
    /// A final answer has been given already.
    AnsweredAlready,
    /// This protocol has no such thing.
    Unsupported,
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(error) => error.fmt(f),
            Self::AnsweredAlready => f.write_str("the exchange has been answered already"),
            Self::Unsupported => f.write_str("the protocol of this exchange cannot do that"),
        }
    }
}

impl std::error::Error for ExchangeError {}

impl From<AnswerError> for ExchangeError {
    fn from(error: AnswerError) -> Self {
        Self::Answer(error)
    }
}

/// The protocol's side of an exchange: what a [`Protocol`](crate::Protocol) lends to a callback.
pub trait Outlet {
    /// Encodes a complete final answer.
    fn answer(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError>;
    /// Encodes an answer that was checked before.
    fn answer_prepared(&mut self, answer: &Prepared) -> Result<(), ExchangeError>;
    /// Encodes an interim answer; `false` if the client's version has none.
    fn interim(&mut self, status: Status, fields: Fields<'_>) -> Result<bool, ExchangeError>;
    /// Allows `octets` more of content.
    fn grant(&mut self, octets: u64);
    /// Sends raw content of a stream or tunnel.
    fn write(&mut self, octets: &[u8]) -> Result<Written, ExchangeError>;
    /// Ends a stream or tunnel.
    fn finish(&mut self) -> Result<(), ExchangeError>;
    /// Marks the exchange as one that is answered later, and says through what.
    fn defer(&mut self) -> Arc<dyn Post>;
}

/// Where answers from other threads are posted: a worker's mailbox.
pub trait Post: Send + Sync {
    /// Posts `answer` for `id`.
    fn post(&self, id: ExchangeId, answer: OwnedAnswer);
}

/// An open exchange, lent to a callback.
pub struct Exchange<'a> {
    id: ExchangeId,
    outlet: &'a mut dyn Outlet,
}

impl<'a> Exchange<'a> {
    /// What a protocol lends to its application.
    pub fn new(id: ExchangeId, outlet: &'a mut dyn Outlet) -> Self {
        Self { id, outlet }
    }

    /// The name of this exchange.
    pub fn id(&self) -> ExchangeId {
        self.id
    }

    /// The same exchange, lent on.
    pub fn lend(&mut self) -> Exchange<'_> {
        Exchange { id: self.id, outlet: self.outlet }
    }

    /// The same exchange for a shorter time.
    pub(crate) fn shorten<'s>(self) -> Exchange<'s>
    where
        'a: 's,
    {
        Exchange { id: self.id, outlet: self.outlet }
    }

    /// Gives the final answer. It leaves at the end of this turn, with all other answers that the
    /// connection has got meanwhile.
    pub fn respond(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError> {
        self.outlet.answer(answer)
    }

    /// Gives a final answer that was prepared beforehand.
    pub fn respond_prepared(&mut self, answer: &Prepared) -> Result<(), ExchangeError> {
        self.outlet.answer_prepared(answer)
    }

    /// Sends an interim answer, such as 103 (RFC 8297); `Ok(false)` if the client's version has none.
    pub fn interim(&mut self, status: Status, fields: Fields<'_>) -> Result<bool, ExchangeError> {
        self.outlet.interim(status, fields)
    }

    /// Allows the client to send `octets` more of content. Credit begins at zero; a client that
    /// expects 100 (Continue) gets it with the first credit.
    pub fn grant(&mut self, octets: u64) {
        self.outlet.grant(octets);
    }

    /// Writes content of a tunnel or stream, as far as there is room.
    pub fn write(&mut self, octets: &[u8]) -> Result<Written, ExchangeError> {
        self.outlet.write(octets)
    }

    /// Ends what [`Exchange::write`] has written.
    pub fn finish(&mut self) -> Result<(), ExchangeError> {
        self.outlet.finish()
    }

    /// Promises an answer for later, from this or any other thread.
    pub fn defer(&mut self) -> Responder {
        Responder { id: self.id, post: Some(self.outlet.defer()) }
    }
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The right and the duty to answer one exchange, from any thread.
///
/// Dropped without an answer it posts a 500 (Internal Server Error), so that no client waits for
/// nothing. An answer for an exchange that is gone meanwhile is counted and thrown away.
#[must_use = "dropping it answers 500"]
pub struct Responder {
    id: ExchangeId,
    post: Option<Arc<dyn Post>>,
}

impl Responder {
    /// Which exchange this answers.
    pub fn id(&self) -> ExchangeId {
        self.id
    }

    /// Posts the final answer to the exchange's worker.
    pub fn respond(mut self, answer: OwnedAnswer) {
        if let Some(post) = self.post.take() {
            post.post(self.id, answer);
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(post) = self.post.take() {
            let content: &[u8] = b"";
            post.post(self.id, OwnedAnswer::new(Status::INTERNAL_SERVER_ERROR, content));
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("id", &self.id).finish_non_exhaustive()
    }
}
