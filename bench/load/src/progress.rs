//! How far an answer has come, without reading more of it than needed.

use anyhow::ensure;

use crate::answer::Answer;
use crate::chunked::Chunks;

const START: &[u8] = b"HTTP/1.1 200 ";

/// What all answers to a request look like. Heads are of one length, because dates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// So many octets.
    Fixed(usize),
    /// A head of so many octets, and then so many octets of content, in chunks of any size.
    Chunked { head: usize, content: usize },
}

impl Shape {
    /// As this answer is.
    pub(crate) fn of(answer: &Answer) -> Self {
        if answer.chunked() {
            Self::Chunked { head: answer.head, content: answer.content.len() }
        } else {
            Self::Fixed(answer.octets)
        }
    }
}

/// How much of an answer has arrived.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    /// Octets, up to where chunks begin.
    received: usize,
    chunks: Chunks,
}

impl Progress {
    /// Takes the next octets. `true` if they complete the answer.
    ///
    /// # Errors
    /// It is not a 200, or not like the first one.
    pub(crate) fn take(&mut self, shape: Shape, octets: &[u8]) -> anyhow::Result<bool> {
        let start = &START[self.received.min(START.len())..];
        let seen = start.len().min(octets.len());
        ensure!(octets[..seen] == start[..seen], "an answer is not a 200");
        match shape {
            Shape::Fixed(all) => {
                self.received += octets.len();
                ensure!(self.received <= all, "an answer is longer than the first one");
                Ok(self.received == all)
            }
            Shape::Chunked { head, content } => {
                let of_head = octets.len().min(head - self.received);
                self.received += of_head;
                let complete = self.chunks.take(&octets[of_head..])?;
                ensure!(
                    self.chunks.content <= content && (!complete || self.chunks.content == content),
                    "an answer is not as long as the first one"
                );
                Ok(complete)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    const CHUNKED: &str =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";

    fn shape(answer: &str) -> Shape {
        Shape::of(&Answer::read(&mut answer.as_bytes()).unwrap())
    }

    /// An answer like the first is complete with its last octet, however it is cut.
    #[test]
    fn the_last_octet_completes() {
        for text in [FIXED, CHUNKED] {
            for cut in 1..text.len() {
                let mut progress = Progress::default();
                let (first, second) = text.as_bytes().split_at(cut);
                assert!(!progress.take(shape(text), first).unwrap(), "cut at {cut}");
                assert!(progress.take(shape(text), second).unwrap(), "cut at {cut}");
            }
        }
    }

    /// Chunks of other sizes are the same answer.
    #[test]
    fn chunks_may_differ() {
        let other = CHUNKED.replace("2\r\nhi", "1\r\nh\r\n1\r\ni");
        assert!(Progress::default().take(shape(CHUNKED), other.as_bytes()).unwrap());
    }

    /// Another status, another length and more octets are errors.
    #[test]
    fn other_answers_are_errors() {
        let chunked = CHUNKED.replace("2\r\nhi", "3\r\nhi!");
        let short = CHUNKED.replace("2\r\nhi", "1\r\nh");
        let refused = FIXED.replace("200 OK", "503 No");
        let longer = FIXED.to_owned() + "!";
        for (first, wrong) in
            [(CHUNKED, chunked), (CHUNKED, short), (FIXED, refused), (FIXED, longer)]
        {
            assert!(Progress::default().take(shape(first), wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
