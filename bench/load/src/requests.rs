//! The requests of a file, in turn.
//!
//! A head ends with a blank line and is followed by as much content as its `Content-Length` says, or by
//! chunks up to the last.

use anyhow::{Context, ensure};

const BLANK_LINE: &[u8] = b"\r\n\r\n";
const LENGTH: &str = "content-length:";
const CHUNKED: &str = "transfer-encoding: chunked";

/// All requests of a file, sent one after the other, or so many in one write, and from the start again.
pub(crate) struct Requests<'a> {
    all: Vec<&'a [u8]>,
    next: usize,
}

/// The requests of a file as often as it takes for them to be sent `depth` at a time.
pub(crate) fn in_batches(octets: &[u8], depth: usize) -> anyhow::Result<Vec<u8>> {
    let count = Requests::of(octets)?.all.len();
    let times = (1..=depth).find(|times| (count * times).is_multiple_of(depth));
    Ok(octets.repeat(times.unwrap_or(1)))
}

impl<'a> Requests<'a> {
    /// Takes a file apart.
    pub(crate) fn of(mut octets: &'a [u8]) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        while !octets.is_empty() {
            let (request, rest) = octets.split_at(length(octets)?);
            all.push(request);
            octets = rest;
        }
        ensure!(!all.is_empty(), "the file holds no request");
        Ok(Self { all, next: 0 })
    }

    /// Joins `depth` of them at a time; see [`in_batches`].
    pub(crate) fn batched(octets: &'a [u8], depth: usize) -> anyhow::Result<Self> {
        let single = Self::of(octets)?.all;
        ensure!(depth > 0 && single.len().is_multiple_of(depth), "the last batch is cut short");
        let mut rest = octets;
        let mut all = Vec::with_capacity(single.len() / depth);
        for batch in single.chunks(depth) {
            let (batch, more) = rest.split_at(batch.iter().map(|request| request.len()).sum());
            all.push(batch);
            rest = more;
        }
        Ok(Self { all, next: 0 })
    }

    /// The next of them.
    pub(crate) fn take(&mut self) -> &'a [u8] {
        let request = self.all[self.next];
        self.next = (self.next + 1) % self.all.len();
        request
    }
}

/// Octets of the first request.
fn length(octets: &[u8]) -> anyhow::Result<usize> {
    let end = octets.windows(BLANK_LINE.len()).position(|window| window == BLANK_LINE);
    let head = end.context("a head without an end")? + BLANK_LINE.len();
    let text = str::from_utf8(&octets[..head])?.to_ascii_lowercase();
    if text.lines().any(|line| line == CHUNKED) {
        return Ok(head + chunks(&octets[head..])?);
    }
    let said = text.lines().find_map(|line| line.strip_prefix(LENGTH));
    let content: usize = said.map_or(Ok(0), |length| length.trim().parse())?;
    ensure!(content <= octets.len() - head, "content that is cut short");
    Ok(head + content)
}

/// Octets of chunks, up to and with the blank line behind the last.
fn chunks(octets: &[u8]) -> anyhow::Result<usize> {
    let mut at = 0;
    loop {
        let rest = octets.get(at..).context("chunks that are cut short")?;
        let line = rest.windows(2).position(|window| window == b"\r\n");
        let line = line.context("a chunk without a size")?;
        let size = usize::from_str_radix(str::from_utf8(&rest[..line])?, 16)?;
        at += line + 2 + size + 2;
        if size == 0 {
            ensure!(at <= octets.len(), "chunks that are cut short");
            return Ok(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads and content come in turn, whole, and again.
    #[test]
    fn requests_come_in_turn() -> anyhow::Result<()> {
        let file = b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\na\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
        let mut requests = Requests::of(file)?;
        let first = requests.take();
        assert!(first.ends_with(b"\r\n\r\na\r\n\r\n"));
        assert!(requests.take().starts_with(b"GET /b"));
        assert_eq!(requests.take(), first);
        Ok(())
    }

    /// Batches hold all requests, in order, and none is short.
    #[test]
    fn batches_are_full() -> anyhow::Result<()> {
        let file: Vec<u8> =
            (0..3).flat_map(|n| format!("GET /{n} HTTP/1.1\r\n\r\n").into_bytes()).collect();
        let octets = in_batches(&file, 2)?;
        assert_eq!(octets, file.repeat(2));
        let mut requests = Requests::batched(&octets, 2)?;
        let sent: Vec<u8> = (0..3).flat_map(|_| requests.take().to_vec()).collect();
        assert_eq!(sent, octets);
        assert!(Requests::batched(&file, 2).is_err());
        Ok(())
    }

    /// Chunks belong to their request, whatever is in them.
    #[test]
    fn chunks_stay_with_their_head() -> anyhow::Result<()> {
        let one =
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n";
        let two = [&one[..], b"GET /b HTTP/1.1\r\n\r\n"].concat();
        let mut requests = Requests::of(&two)?;
        assert_eq!(requests.take(), one);
        assert!(requests.take().starts_with(b"GET /b"));
        assert!(Requests::of(&one[..one.len() - 2]).is_err());
        Ok(())
    }

    /// A file that ends within a request is refused, and so is an empty one.
    #[test]
    fn half_a_request_is_refused() {
        for file in ["GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", ""] {
            assert!(Requests::of(file.as_bytes()).is_err(), "{file:?}");
        }
    }
}
