//! What an application may do to an exchange of an HTTP/1.1 connection.

use std::sync::Arc;

use nova_http1::chunked::encode::{chunk, last_chunk, trailers};
use nova_http1::connection::ContentLeft;
use nova_http1::response::{self, AnswerHead, ContentInfo, MaySend, Sent};
use nova_http1::{Fields, response::AnswerError};

use super::open::{Stage, Stream};
use super::side::Side;
use super::source::Source;
use crate::answer::{Answer, Prepared, Status, Streamed};
use crate::exchange::{Bounds, ExchangeError, Gone, Outlet, Written};
use crate::failures::{Phase, Reason};
use crate::file::FileContent;
use crate::remote::{Late, Post, Remote};

/// What framing may add to a piece: the size line of a chunk and the line end after it.
const CHUNK_OVERHEAD: usize = 20;

impl Side<'_> {
    fn check_unanswered(&self) -> Result<(), ExchangeError> {
        if self.open.unanswered() { Ok(()) } else { Err(ExchangeError::AnsweredAlready) }
    }

    /// An answer was refused by its encoder.
    #[cold]
    fn invalid(&self, error: AnswerError) -> ExchangeError {
        self.shared.fail(Reason::InvalidAnswer, Phase::Handler);
        ExchangeError::Answer(error)
    }

    #[inline]
    fn encoded(&self, sent: Result<Sent, AnswerError>) -> Result<Sent, ExchangeError> {
        sent.map_err(|error| self.invalid(error))
    }

    /// Notes content for those who watch.
    #[inline]
    fn trace(&mut self, octets: usize) {
        if let Some(extra) = &mut self.open.extra
            && let Some(trace) = &mut extra.trace
        {
            trace.octets += octets as u64;
        }
    }

    /// Whether a streamed answer must be the last one: it may come while content is still read, so
    /// content that is left only counts if the application has never wanted it.
    fn closes_streamed(&self) -> bool {
        if self.open.granted { self.closing } else { self.closes() }
    }

    fn limit(&self) -> u64 {
        self.open.content_bytes().unwrap_or(self.shared.limits.message.content_bytes)
    }

    /// Sends 100 (Continue) if the client waits for it and what it has announced is welcome.
    pub(super) fn send_continue(&mut self) {
        let too_large = matches!(self.left, ContentLeft::Known(left) if left > self.limit());
        let waits = self.open.expects_continue && self.open.credit > 0;
        if waits && self.front && !too_large && self.open.unanswered() {
            self.open.expects_continue = false;
            let sent =
                response::interim(self.out, self.open.asked, Status::CONTINUE, Fields::EMPTY);
            debug_assert_eq!(sent, Ok(true), "only HTTP/1.1 expects it");
        }
    }

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
                    match self.write(&piece) {
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
    fn posted_sent(&mut self, piece: &mut bytes::Bytes, octets: usize) {
        let rest = piece.split_off(octets);
        let Some(extra) = &mut self.open.extra else { return };
        if let Some(remote) = &extra.remote {
            remote.sent(octets);
        }
        if !rest.is_empty() {
            extra.source.posted().0.push_front(rest);
        }
    }

    fn break_promise(&mut self) {
        self.shared.fail(Reason::BrokenPromise, Phase::Answer);
        self.cut(Gone::Aborted);
    }
}

impl Outlet for Side<'_> {
    #[inline]
    fn answer(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError> {
        self.check_unanswered()?;
        let octets = answer.octets();
        let head = AnswerHead {
            status: answer.status,
            fields: answer.fields,
            content: ContentInfo::Length(octets.len() as u64),
            close: self.closes(),
        };
        let sent = response::encode(self.out, self.open.asked, &head, self.shared.date);
        let sent = self.encoded(sent)?;
        if sent.content != MaySend::Nothing {
            self.out.extend_from_slice(octets);
            self.trace(octets.len());
        }
        self.complete(answer.status.code(), sent.persistent);
        Ok(())
    }

    #[inline]
    fn answer_prepared(&mut self, answer: &Prepared) -> Result<(), ExchangeError> {
        self.check_unanswered()?;
        let close = self.closes();
        let sent =
            response::encode_prepared(self.out, self.open.asked, answer, close, self.shared.date);
        let sent = self.encoded(sent)?;
        if !self.open.asked.is_head() {
            self.trace(answer.content().len());
        }
        self.complete(answer.status().code(), sent.persistent);
        Ok(())
    }

    fn interim(&mut self, status: Status, fields: Fields<'_>) -> Result<bool, ExchangeError> {
        self.check_unanswered()?;
        let sent = response::interim(self.out, self.open.asked, status, fields);
        sent.map_err(|error| self.invalid(error))
    }

    fn start(&mut self, head: &Streamed<'_>) -> Result<(), ExchangeError> {
        self.check_unanswered()?;
        let answer = AnswerHead {
            status: head.status,
            fields: head.fields,
            content: head.length.map_or(ContentInfo::Unknown, ContentInfo::Length),
            close: self.closes_streamed(),
        };
        let sent = response::encode(self.out, self.open.asked, &answer, self.shared.date);
        let Sent { content, persistent } = self.encoded(sent)?;
        let status = head.status.code();
        let stream = Stream { status, may: content, persistent, wants_room: false };
        self.open.stage = Stage::Streaming(stream);
        Ok(())
    }

    fn file(&mut self, head: &Streamed<'_>, content: FileContent) -> Result<(), ExchangeError> {
        self.start(&Streamed { length: Some(content.left()), ..*head })?;
        self.open.extra().source = Source::File(content);
        self.pump();
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> Result<Written, ExchangeError> {
        let room = self.room();
        let stream = match &mut self.open.stage {
            Stage::Streaming(stream) => stream,
            Stage::Open | Stage::Promised => return Err(ExchangeError::NotStarted),
            _ => return Err(ExchangeError::AnsweredAlready),
        };
        let count = octets.len().min(room);
        let taken = &octets[..count];
        match &mut stream.may {
            // What GET would have got is not sent to HEAD.
            MaySend::Nothing if self.open.asked.is_head() => {
                return Ok(Written { octets: octets.len() });
            }
            MaySend::Nothing if octets.is_empty() => {}
            MaySend::Nothing => return Err(ExchangeError::TooMuch),
            MaySend::Exactly(left) if octets.len() as u64 > *left => {
                return Err(ExchangeError::TooMuch);
            }
            MaySend::Exactly(left) => {
                *left -= count as u64;
                self.out.extend_from_slice(taken);
            }
            MaySend::UntilClose => self.out.extend_from_slice(taken),
            MaySend::Chunked => chunk(self.out, taken),
        }
        stream.wants_room |= count < octets.len();
        self.trace(count);
        Ok(Written { octets: count })
    }

    fn room(&self) -> usize {
        let unsent = if self.front { self.shared.unsent } else { 0 };
        let taken = unsent + self.out.len() + CHUNK_OVERHEAD;
        self.shared.limits.unsent_bytes.saturating_sub(taken)
    }

    fn finish(&mut self, fields: Fields<'_>) -> Result<(), ExchangeError> {
        let stream = match self.open.stage {
            Stage::Streaming(stream) => stream,
            Stage::Open | Stage::Promised => return Err(ExchangeError::NotStarted),
            _ => return Err(ExchangeError::AnsweredAlready),
        };
        match stream.may {
            MaySend::Exactly(left) if left > 0 => {
                self.break_promise();
                return Ok(());
            }
            MaySend::Chunked if fields.is_empty() => last_chunk(self.out),
            MaySend::Chunked => trailers(self.out, fields).map_err(|error| self.invalid(error))?,
            MaySend::Exactly(_) | MaySend::Nothing | MaySend::UntilClose => {}
        }
        // What the application has not read of the content cannot be announced any more, but reading
        // on for long is not worth it either.
        self.complete(stream.status, stream.persistent && !self.closes());
        Ok(())
    }

    fn abort(&mut self) {
        match self.open.stage {
            Stage::Streaming(_) => {
                self.shared.fail(Reason::Aborted, Phase::Answer);
                self.cut(Gone::Aborted);
            }
            Stage::Open | Stage::Promised => {
                self.shared.fail(Reason::Aborted, Phase::Handler);
                self.give_up();
            }
            Stage::Tunnel | Stage::Answered { .. } | Stage::Aborted => {}
        }
    }

    fn tunnel(&mut self, status: Status, fields: Fields<'_>) -> Result<(), ExchangeError> {
        self.check_unanswered()?;
        if !self.open.may_tunnel {
            return Err(self.invalid(AnswerError::NotTunnel));
        }
        if !self.front || self.left != ContentLeft::None {
            return Err(ExchangeError::TooEarly);
        }
        let begun = response::tunnel(self.out, self.open.asked, status, fields, self.shared.date);
        begun.map_err(|error| self.invalid(error))?;
        self.open.stage = Stage::Tunnel;
        // What was granted for content is not for the tunnel.
        self.open.credit = 0;
        self.shared.seen.counters.tunnels.add(1);
        self.open.tell(self.shared, Some(status.code()), None);
        Ok(())
    }

    fn grant(&mut self, octets: u64) {
        self.open.credit = self.open.credit.saturating_add(octets);
        self.open.granted |= octets > 0;
        self.send_continue();
    }

    fn bound(&mut self, bounds: &Bounds) {
        let now = self.shared.now;
        if let Some(span) = bounds.answer_within {
            self.open.answer_until = now + span;
        }
        if bounds.content_bytes.is_some() || bounds.content_within.is_some() {
            let extra = self.open.extra();
            extra.content_bytes = bounds.content_bytes.or(extra.content_bytes);
            if let Some(span) = bounds.content_within {
                extra.content_until = now + span;
            }
        }
    }

    fn collect(&mut self) {
        self.open.collecting = true;
    }

    fn promise(&mut self) {
        if self.open.stage == Stage::Open {
            self.open.stage = Stage::Promised;
        }
    }

    fn defer(&mut self) -> (Arc<dyn Post>, Arc<Remote>) {
        self.promise();
        let bound = self.shared.limits.unsent_bytes;
        let remote = self.open.extra().remote.get_or_insert_with(|| Arc::new(Remote::new(bound)));
        (self.shared.post.clone(), remote.clone())
    }

    fn late(&mut self, late: Late) -> Result<(), ExchangeError> {
        match late {
            Late::Answer(answer) => answer.lend(|answer| self.answer(answer)),
            Late::Start(head) => head.lend(|head| self.start(head)),
            Late::Abort => {
                self.abort();
                Ok(())
            }
            Late::Panicked => {
                let begun = !self.open.unanswered();
                let phase = if begun { Phase::Answer } else { Phase::Handler };
                self.shared.fail(Reason::Panicked, phase);
                if begun {
                    self.cut(Gone::Aborted)
                } else {
                    self.give_up()
                }
                Ok(())
            }
            Late::Content(piece) => {
                self.open.extra().source.posted().0.push_back(piece);
                self.pump();
                Ok(())
            }
            Late::Finish => {
                *self.open.extra().source.posted().1 = true;
                self.pump();
                Ok(())
            }
        }
    }

    fn ended(&self) -> bool {
        self.open.ended()
    }

    fn wait_for_room(&mut self) {
        if let Stage::Streaming(stream) = &mut self.open.stage {
            stream.wants_room = true;
        }
    }
}
