//! The idea of the fourth rung: heads are read where they lie, with Nova's reader (SIMD, and what it
//! remembers of the last head), and nothing of them is copied.

use nova_http1::{BodyLength, HeadReader, Limits, Method, Persistence, Version};

use crate::answer::Asked;
use crate::app;
use crate::clock::Clock;
use crate::memory::{Memory, Objects};
use crate::service::{CONTENT_LIMIT, HEAD_LIMIT, Refused, Served, Service};

/// Serves with views; its answers come out of `M`.
#[derive(Debug)]
pub struct Views<M> {
    memory: M,
    reader: HeadReader,
    limits: Limits,
}

impl<M: Memory> Default for Views<M> {
    fn default() -> Self {
        let limits = Limits { head_bytes: HEAD_LIMIT as u32, ..Limits::default() };
        Self { memory: M::default(), reader: HeadReader::new(), limits }
    }
}

impl<M: Memory> Service for Views<M> {
    #[inline]
    fn serve(
        &mut self,
        octets: &[u8],
        last: bool,
        clock: &Clock,
        out: &mut Vec<u8>,
    ) -> Result<Option<Served>, Refused> {
        let read = self.reader.read(octets, &self.limits).map_err(|_| Refused)?;
        let Some(head) = read else { return Ok(None) };
        let length = match head.body {
            BodyLength::None => 0,
            BodyLength::Length(length) => usize::try_from(length).map_err(|_| Refused)?,
            BodyLength::Chunked => return Err(Refused),
        };
        if length > CONTENT_LIMIT {
            return Err(Refused);
        }
        // The content is a view, too: nobody reads it.
        let Some(_content) = octets[head.len..].get(..length) else { return Ok(None) };
        let target = str::from_utf8(head.target.raw).map_err(|_| Refused)?;
        let Objects { request, mut answer } = self.memory.objects();
        let last = last || head.persistence == Persistence::Close;
        app::hello(target, &mut answer);
        let asked =
            Asked { head: head.method == Method::Head, old: head.version == Version::Http10, last };
        answer.render(asked, clock, out);
        self.memory.take_back(Objects { request, answer });
        Ok(Some(Served { consumed: head.len + length, last }))
    }
}
