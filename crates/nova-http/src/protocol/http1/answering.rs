//! What answers have in common: checks, framing, and how they end what cannot be answered.

use nova_http1::Fault;
use nova_http1::Fields;
use nova_http1::chunked::encode::{CHUNK_END, chunk_head};
use nova_http1::connection::ContentLeft;
use nova_http1::response::{self, AnswerError, MaySend, Sent};

use super::open::{Expects, Stage};
use super::side::Side;
use crate::answer::Status;
use crate::exchange::{ExchangeError, Written};
use crate::failures::{Phase, Reason};
use crate::out::Out;
use crate::protocol::tunnel;

impl Side<'_> {
    pub(super) fn check_unanswered(&self) -> Result<(), ExchangeError> {
        if self.open.unanswered() { Ok(()) } else { Err(ExchangeError::AnsweredAlready) }
    }

    /// An answer was refused by its encoder.
    #[cold]
    pub(super) fn invalid(&mut self, error: AnswerError) -> ExchangeError {
        let begun = !self.open.unanswered();
        let phase = if begun { Phase::Answer } else { Phase::Handler };
        self.fail(Reason::InvalidAnswer, phase);
        ExchangeError::Answer(error)
    }

    #[inline]
    pub(super) fn encoded(
        &mut self,
        sent: Result<Sent, AnswerError>,
    ) -> Result<Sent, ExchangeError> {
        sent.map_err(|error| self.invalid(error))
    }

    /// Notes content for those who watch.
    #[inline]
    pub(super) fn trace(&mut self, octets: usize) {
        if let Some(extra) = &mut self.open.extra
            && let Some(trace) = &mut extra.trace
        {
            trace.octets += octets as u64;
        }
    }

    /// Writes the first `count` of `length` octets of content, which `put` puts, framed as the answer's
    /// head has said.
    pub(super) fn write_part(
        &mut self,
        length: usize,
        count: usize,
        put: impl FnOnce(&mut Out),
    ) -> Result<Written, ExchangeError> {
        let stream = match &mut self.open.stage {
            Stage::Streaming(stream) => stream,
            Stage::Open | Stage::Promised => return Err(ExchangeError::NotStarted),
            _ => return Err(ExchangeError::AnsweredAlready),
        };
        match &mut stream.may {
            // What GET would have got is not sent to HEAD.
            MaySend::Nothing if self.open.asked.is_head() => return Ok(Written { octets: length }),
            MaySend::Nothing if length > 0 => return Err(ExchangeError::TooMuch),
            MaySend::Exactly(left) if length as u64 > *left => return Err(ExchangeError::TooMuch),
            MaySend::Nothing => {}
            MaySend::Exactly(left) => {
                *left -= count as u64;
                put(self.out);
            }
            MaySend::UntilClose => put(self.out),
            MaySend::Chunked if count == 0 => {}
            MaySend::Chunked => {
                chunk_head(self.out, count as u64);
                put(self.out);
                self.out.extend_from_slice(CHUNK_END);
            }
        }
        stream.wants_room |= count < length;
        self.trace(count);
        Ok(Written { octets: count })
    }

    /// Whether a streamed answer must be the last one: it may come while content is still read, so
    /// content that is left only counts if the application has never wanted it.
    pub(super) fn closes_streamed(&self) -> bool {
        if self.open.granted { self.closing } else { self.closes() }
    }

    pub(super) fn limit(&self) -> u64 {
        self.open.content_bytes().unwrap_or(self.shared.limits.message.content_bytes)
    }

    /// Sends 100 (Continue) if the client waits for it and what it has announced is welcome.
    pub(super) fn send_continue(&mut self) {
        // [9110-10.1.1-c] [9110-10.1.1-d]
        let too_large = matches!(self.left, ContentLeft::Known(left) if left > self.limit());
        let waits = self.open.expects == Expects::Waits && self.open.credit > 0;
        if waits && self.front && !too_large && self.open.unanswered() {
            self.say_continue();
        }
    }

    /// Sends 100 (Continue).
    pub(super) fn say_continue(&mut self) {
        self.open.expects = Expects::Nothing;
        let sent = response::interim(self.out, self.open.asked, Status::CONTINUE, Fields::EMPTY);
        debug_assert_eq!(sent, Ok(true), "only HTTP/1.1 expects it");
        self.shared.seen.counters.answers_1xx.add(1);
    }

    /// The tunnel that the exchange has become in this call.
    pub(super) fn tunnel_side(&mut self) -> Option<tunnel::Side<'_>> {
        let limit = self.shared.limits.unsent_bytes.saturating_sub(self.shared.unsent);
        match &mut self.open.stage {
            Stage::Tunnel { tunnel, .. } => Some(tunnel.side(self.out, limit, self.shared.post)),
            _ => None,
        }
    }

    /// Content that has come with its head exceeds the request's own bound.
    #[cold]
    pub(super) fn too_large(&mut self) {
        if self.open.unanswered() {
            let (status, fault) = (Status::CONTENT_TOO_LARGE, Fault::ContentTooLarge);
            self.shared.fail(Reason::TooLarge, Phase::Content);
            let (asked, date) = (self.open.asked, self.shared.date);
            response::refuse(self.out, status, fault.reason(), asked, date);
            self.complete(status.code(), false);
        }
    }
}
