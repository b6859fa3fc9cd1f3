//! What an application may do to an exchange of an HTTP/1.1 connection.

use std::sync::Arc;

use bytes::Bytes;
use nova_http1::chunked::encode::{last_chunk, trailers};
use nova_http1::connection::ContentLeft;
use nova_http1::response::{self, AnswerHead, ContentInfo, MaySend, Sent};
use nova_http1::{Fields, response::AnswerError};

use super::open::{Expects, Stage, Stream};
use super::side::Side;
use super::source::Source;
use crate::answer::{Answer, Content, Prepared, Status, Streamed};
use crate::exchange::{Bounds, ExchangeError, Gone, Outlet, Written};
use crate::failures::{Phase, Reason};
use crate::file::FileContent;
use crate::out::{SHARED_AT_ONCE, WORTH_SHARING};
use crate::protocol::tunnel::Tunnel;
use crate::remote::{Late, Post, Remote};

/// What framing may add to a piece: the size line of a chunk and the line end after it.
const CHUNK_OVERHEAD: usize = 20;

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
            match answer.content {
                Content::Shared(piece) if piece.len() >= WORTH_SHARING => {
                    self.out.push(piece.clone());
                }
                _ => self.out.extend_from_slice(octets),
            }
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
        let sent = sent.map_err(|error| self.invalid(error))?;
        self.shared.seen.counters.answers_1xx.add(u64::from(sent));
        Ok(sent)
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
        if let Some(mut tunnel) = self.tunnel_side() {
            return tunnel.write(octets);
        }
        let count = octets.len().min(self.room());
        self.write_part(octets.len(), count, |out| out.extend_from_slice(&octets[..count]))
    }

    fn write_shared(&mut self, octets: &Bytes) -> Result<Written, ExchangeError> {
        if octets.len() < WORTH_SHARING {
            return self.write(octets);
        }
        if let Some(mut tunnel) = self.tunnel_side() {
            return tunnel.write_shared(octets);
        }
        let unsent = if self.front { self.shared.unsent } else { 0 };
        let room = SHARED_AT_ONCE.saturating_sub(unsent + self.out.total());
        let count = if room > 0 { octets.len().min(SHARED_AT_ONCE) } else { 0 };
        self.write_part(octets.len(), count, |out| out.push(octets.slice(..count)))
    }

    fn room(&self) -> usize {
        let unsent = if self.front { self.shared.unsent } else { 0 };
        let taken = unsent + self.out.total() + CHUNK_OVERHEAD;
        self.shared.limits.unsent_bytes.saturating_sub(taken)
    }

    fn finish(&mut self, fields: Fields<'_>) -> Result<(), ExchangeError> {
        if let Some(mut tunnel) = self.tunnel_side() {
            return tunnel.finish(fields);
        }
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
                self.fail(Reason::Aborted, Phase::Answer);
                self.cut(Gone::Aborted);
            }
            Stage::Open | Stage::Promised => {
                self.fail(Reason::Aborted, Phase::Handler);
                self.give_up();
            }
            Stage::Tunnel { .. } => {
                self.fail(Reason::Aborted, Phase::Tunnel);
                if let Some(mut tunnel) = self.tunnel_side() {
                    tunnel.abort();
                }
            }
            Stage::Answered { .. } | Stage::Aborted => {}
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
        // [9110-7.8-g] Also if the content has come unasked, or there is none.
        if status == Status::SWITCHING_PROTOCOLS && self.open.expects != Expects::Nothing {
            self.say_continue();
        }
        let begun = response::tunnel(self.out, self.open.asked, status, fields, self.shared.date);
        begun.map_err(|error| self.invalid(error))?;
        // Whoever counts is told when the callback has returned: it may still panic.
        let tunnel = Tunnel::new(self.open.number, 0);
        self.open.stage = Stage::Tunnel { status: status.code(), tunnel };
        // What was granted for content is not for the tunnel.
        self.open.credit = 0;
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
        if let Some(span) = bounds.content_within
            && (self.left != ContentLeft::None || self.open.at_hand > 0)
        {
            self.open.extra().content_until = now + span;
        }
        if let Some(octets) = bounds.content_bytes {
            self.open.extra().content_bytes = Some(octets);
            if self.open.at_hand > octets {
                self.too_large();
            }
        }
    }

    fn content_follows(&mut self) {
        if self.open.at_hand > 0 {
            self.open.content_follows = true;
            self.left = ContentLeft::Known(self.open.at_hand);
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
            Late::Unanswered => {
                if self.open.unanswered() {
                    self.fail(Reason::Unanswered, Phase::Handler);
                    self.give_up();
                }
                Ok(())
            }
            Late::Panicked => {
                let begun = !self.open.unanswered();
                let phase = if begun { Phase::Answer } else { Phase::Handler };
                self.fail(Reason::Panicked, phase);
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
        match &self.open.stage {
            Stage::Tunnel { tunnel, .. } => tunnel.is_over(),
            _ => self.open.ended(),
        }
    }

    fn wait_for_room(&mut self) {
        if let Some(mut tunnel) = self.tunnel_side() {
            tunnel.wait_for_room();
        } else if let Stage::Streaming(stream) = &mut self.open.stage {
            stream.wants_room = true;
        }
    }
}
