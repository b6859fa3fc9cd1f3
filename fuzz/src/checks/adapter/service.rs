//! The tower service.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use http_body::{Body as _, Frame};
use nova_http::Bytes;
use nova_tower::{Body, Connection, Instance};

use super::notes::{Lines, Manner, Notes};

/// Notes what it sees.
#[derive(Debug)]
pub struct Scribe {
    notes: Rc<Notes>,
    manner: u8,
    begun: u32,
}

impl Scribe {
    pub(super) fn new(notes: Rc<Notes>, manner: u8) -> Self {
        Self { notes, manner, begun: 0 }
    }
}

/// The content of an answer, and what follows it.
#[derive(Debug, Default)]
pub struct Answer {
    content: Bytes,
    trailers: Option<HeaderMap>,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

impl Instance for Scribe {
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, Error>>>>;
    type Content = Answer;
    type Error = Error;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Connection, request: Request<Body>) -> Self::Future {
        let manner = Manner::of(self.manner, self.begun);
        self.begun += 1;
        let (parts, mut content) = request.into_parts();
        let (method, target) = (parts.method.as_str(), parts.uri.to_string());
        let version = format!("{:?}", parts.version);
        let length = content.size_hint().exact();
        let notes = self.notes.clone();
        notes.begin(method.as_bytes(), target.as_bytes(), &version, &lines(&parts.headers), length);
        Box::pin(async move {
            let mut answer = Answer::default();
            if manner == Manner::Early {
                notes.end();
                return Ok(Response::new(answer));
            }
            let unfinished = Unfinished(&notes);
            let mut octets = Vec::new();
            while let Some(frame) = poll_fn(|cx| Pin::new(&mut content).poll_frame(cx)).await {
                match frame?.into_data() {
                    Ok(piece) => {
                        notes.content(&piece);
                        octets.extend_from_slice(&piece);
                    }
                    Err(frame) => {
                        let trailers = frame.into_trailers().unwrap_or_default();
                        notes.trailers(&lines(&trailers));
                        answer.trailers = Some(trailers);
                    }
                }
            }
            std::mem::forget(unfinished);
            notes.end();
            answer.content = octets.into();
            match manner {
                Manner::Fails => Err("on purpose".into()),
                Manner::Trailed => Ok(Response::new(answer)),
                _ => Ok(Response::new(Answer { trailers: None, ..answer })),
            }
        })
    }
}

/// A request of which not all has come.
struct Unfinished<'n>(&'n Notes);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.gone();
    }
}

fn lines(fields: &HeaderMap) -> Lines {
    let mut lines = Lines::default();
    fields.iter().for_each(|(name, value)| lines.put(name.as_ref(), value.as_bytes()));
    lines
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if !self.content.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.content)))));
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_empty() && self.trailers.is_none()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match &self.trailers {
            None => http_body::SizeHint::with_exact(self.content.len() as u64),
            Some(_) => http_body::SizeHint::default(),
        }
    }
}
