//! A service's response becomes an answer.
//!
//! What is at hand leaves as one piece. Otherwise the body is polled until there is no room for what it
//! has given, which waits in the slot's [`Outflow`]: a frame, or two at first. So much it is ahead because many
//! bodies say only when they are asked that this was all; the end then leaves with what is before it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::header::{self, HeaderName};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::{Body, Frame};
use nova_http::{Answer, Content, Exchange, ExchangeError, Field, Fields, Status, Streamed};
use smallvec::SmallVec;

use crate::FieldNames;
use crate::app::BoxError;
use crate::slot::Outflow;

/// Field lines that are lent without an allocation.
const FEW: usize = 8;

/// What has become of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It is complete, or can never be.
    Ended,
    /// The rest of it comes later.
    GoesOn,
}

/// Why an answer cannot be given.
#[derive(Debug)]
pub(crate) enum Unsendable {
    /// The engine refuses it.
    Engine(ExchangeError),
    /// Its body has failed.
    Body(BoxError),
    /// Its status is none of a final answer.
    Status(StatusCode),
}

impl From<ExchangeError> for Unsendable {
    fn from(error: ExchangeError) -> Self {
        Self::Engine(error)
    }
}

/// Begins the answer that `parts` and `content` make.
#[inline]
pub(crate) fn begin<C: Body<Error: Into<BoxError>>>(
    parts: &Parts,
    mut content: Pin<&mut C>,
    asked_for_head: bool,
    outflow: &mut Outflow,
    cx: &mut Context<'_>,
    exchange: &mut Exchange<'_>,
) -> Result<Progress, Unsendable> {
    let code = parts.status;
    let status = Status::new(code.as_u16()).filter(|status| !status.is_interim());
    let status = status.ok_or(Unsendable::Status(code))?;
    let lines = Lines { map: &parts.headers, names: parts.extensions.get() };
    if asked_for_head || never_has_content(code) {
        return without_content(status, code, lines, content.size_hint().exact(), exchange);
    }
    let whole = |octets: Bytes, exchange: &mut Exchange<'_>| {
        let content = Content::Shared(&octets);
        // What the engine says itself need not be said, and judged, twice.
        let length = Some(octets.len() as u64);
        let keep = |name: &HeaderName, value: &HeaderValue| {
            *name != header::CONTENT_LENGTH || number(value.as_bytes()) != length
        };
        lines.lend(keep, |fields| exchange.respond(&Answer { status, fields, content }))?;
        Ok(Progress::Ended)
    };
    if content.is_end_stream() {
        return whole(Bytes::new(), exchange);
    }
    let length = content.size_hint().exact();
    let first = match next(content.as_mut(), cx) {
        Poll::Ready(Some(Ok(frame))) => Some(frame),
        Poll::Ready(Some(Err(error))) => return Err(Unsendable::Body(error)),
        Poll::Ready(None) => return whole(Bytes::new(), exchange),
        Poll::Pending => None,
    };
    if let Some(frame) = first
        && let Some(octets) = outflow.take(frame)
    {
        if content.is_end_stream() {
            return whole(octets, exchange);
        }
        // Many bodies say only when they are asked that this was all.
        match next(content.as_mut(), cx) {
            Poll::Ready(None) => return whole(octets, exchange),
            Poll::Ready(Some(Ok(frame))) => {
                outflow.pieces.push_back(octets);
                outflow.put(frame);
            }
            Poll::Ready(Some(Err(error))) => return Err(Unsendable::Body(error)),
            Poll::Pending if length == Some(octets.len() as u64) => return whole(octets, exchange),
            Poll::Pending => outflow.pieces.push_back(octets),
        }
    }
    lines.lend(|_, _| true, |fields| exchange.start(&Streamed { status, fields, length }))?;
    go_on(content, outflow, cx, exchange)
}

/// Sends what there is and what comes, as far as there is room.
pub(crate) fn go_on<C: Body<Error: Into<BoxError>>>(
    mut content: Pin<&mut C>,
    outflow: &mut Outflow,
    cx: &mut Context<'_>,
    exchange: &mut Exchange<'_>,
) -> Result<Progress, Unsendable> {
    loop {
        while let Some(piece) = outflow.pieces.front_mut() {
            let written = exchange.write_shared(piece)?.octets;
            if written < piece.len() {
                piece.advance(written);
                exchange.wait_for_room();
                return Ok(Progress::GoesOn);
            }
            outflow.pieces.pop_front();
        }
        if outflow.over || content.is_end_stream() {
            match outflow.trailers.take() {
                None => exchange.finish()?,
                Some(trailers) => {
                    Lines { map: &trailers, names: None }
                        .lend(|_, _| true, |fields| exchange.finish_with(fields))?;
                }
            }
            return Ok(Progress::Ended);
        }
        match next(content.as_mut(), cx) {
            Poll::Ready(Some(Ok(frame))) => outflow.put(frame),
            Poll::Ready(Some(Err(error))) => return Err(Unsendable::Body(error)),
            Poll::Ready(None) => outflow.over = true,
            Poll::Pending => return Ok(Progress::GoesOn),
        }
    }
}

impl Outflow {
    /// The octets of `frame`; trailers are kept.
    fn take<D: Buf>(&mut self, frame: Frame<D>) -> Option<Bytes> {
        match frame.into_data() {
            // Of `Bytes` that is no copy.
            Ok(mut data) => Some(data.copy_to_bytes(data.remaining())),
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    self.trailers = Some(Box::new(trailers));
                    // RFC 9110 §6.5: nothing follows them.
                    self.over = true;
                }
                None
            }
        }
    }

    fn put<D: Buf>(&mut self, frame: Frame<D>) {
        if let Some(octets) = self.take(frame)
            && !octets.is_empty()
        {
            self.pieces.push_back(octets);
        }
    }
}

#[inline]
fn next<C: Body<Error: Into<BoxError>>>(
    content: Pin<&mut C>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<C::Data>, BoxError>>> {
    content.poll_frame(cx).map_err(Into::into)
}

/// Statuses whose answers never have content (RFC 9110 §15.3.5, §15.3.6, §15.4.5).
fn never_has_content(code: StatusCode) -> bool {
    matches!(code, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}

/// Answers to HEAD, and with a status that has no content: what the body may have is not sent.
#[cold]
fn without_content(
    status: Status,
    code: StatusCode,
    lines: Lines<'_>,
    length: Option<u64>,
    exchange: &mut Exchange<'_>,
) -> Result<Progress, Unsendable> {
    if never_has_content(code) {
        // RFC 9110 §8.6: in 304 it is the length that 200 would have had, and zero is what frameworks
        // add to everything that has no content.
        let said = lines.map.get(header::CONTENT_LENGTH);
        let meant = code == StatusCode::NOT_MODIFIED && said.is_some_and(|said| said != "0");
        let keep = |name: &HeaderName, _: &HeaderValue| meant || *name != header::CONTENT_LENGTH;
        lines.lend(keep, |fields| exchange.respond(&Answer::new(status).fields(fields)))?;
    } else if lines.map.contains_key(header::CONTENT_LENGTH) {
        lines.lend(|_, _| true, |fields| exchange.respond(&Answer::new(status).fields(fields)))?;
    } else {
        lines.lend(|_, _| true, |fields| exchange.start(&Streamed { status, fields, length }))?;
        exchange.finish()?;
    }
    Ok(Progress::Ended)
}

/// The field lines of a response.
#[derive(Clone, Copy)]
struct Lines<'a> {
    map: &'a HeaderMap,
    /// How their names are to be spelled.
    names: Option<&'a FieldNames>,
}

impl Lines<'_> {
    /// Lends those that are the application's to send. Of Content-Length `keep` decides.
    #[inline]
    fn lend<R>(
        &self,
        keep: impl Fn(&HeaderName, &HeaderValue) -> bool,
        give: impl FnOnce(Fields<'_>) -> R,
    ) -> R {
        let mut fields: SmallVec<[Field<'_>; FEW]> = SmallVec::new();
        for (name, value) in self.map {
            // The lengths of all names that are the engine's, or of which `keep` decides.
            let usual = !matches!(name.as_str().len(), 7 | 10 | 14 | 16 | 17);
            if usual || (is_ours(name, value.as_bytes()) && keep(name, value)) {
                let spelled = self.names.and_then(|names| names.spelling(name));
                let name = spelled.unwrap_or_else(|| name.as_str().as_bytes());
                fields.push(Field { name, value: value.as_bytes() });
            }
        }
        give(Fields::from_slices(&fields))
    }
}

/// The number that a short run of digits says.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0'))
    })
}

/// Whether a field is the application's to send: those that belong to the connection are not
/// (RFC 9110 §7.6.1), but that it is to be closed is worth knowing.
fn is_ours(name: &HeaderName, value: &[u8]) -> bool {
    if *name == header::CONNECTION {
        return value.eq_ignore_ascii_case(b"close");
    }
    *name != header::TRANSFER_ENCODING
        && *name != header::UPGRADE
        && *name != "keep-alive"
        && *name != "proxy-connection"
}
