//! How far an answer has come, without reading more of it than needed.

use anyhow::ensure;

use crate::answer::Answer;
use crate::chunked::Chunks;

const START: &[u8] = b"HTTP/1.1 200 ";

/// What all answers to a request look like. Heads are of one length, because dates are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// So many octets, of which the last are this content; it is compared if it is there.
    Fixed { octets: usize, content: Option<Vec<u8>> },
    /// A head of so many octets, and then so many octets of content, in chunks of any size.
    Chunked { head: usize, content: usize },
}

impl Shape {
    /// As this answer is.
    pub(crate) fn of(answer: &Answer) -> Self {
        if answer.chunked() {
            Self::Chunked { head: answer.head, content: answer.content.len() }
        } else {
            Self::Fixed { octets: answer.octets, content: None }
        }
    }

    /// As this answer is, with the same content to the octet.
    ///
    /// # Errors
    /// Content in chunks, which is only measured.
    pub(crate) fn exactly(answer: Answer) -> anyhow::Result<Self> {
        ensure!(!answer.chunked(), "content in chunks is not compared");
        Ok(Self::Fixed { octets: answer.octets, content: Some(answer.content) })
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
    /// Takes the next octets, while `open` answers are awaited, and says how many of them are complete.
    ///
    /// # Errors
    /// One is not a 200, or not like the first one, or they are more.
    #[inline]
    pub(crate) fn take(
        &mut self,
        shape: &Shape,
        mut octets: &[u8],
        open: usize,
    ) -> anyhow::Result<usize> {
        let Shape::Fixed { octets: all, content } = shape else {
            return self.take_chunked(shape, octets).map(usize::from);
        };
        let mut complete = 0;
        while !octets.is_empty() {
            ensure!(complete < open, "an answer is longer than the first one");
            let (piece, rest) = octets.split_at(octets.len().min(all - self.received));
            self.is_a_200(piece)?;
            if let Some(content) = content {
                let head = all - content.len();
                let from = head.saturating_sub(self.received).min(piece.len());
                let seen = (self.received + from).saturating_sub(head);
                let same = content[seen..].starts_with(&piece[from..]);
                ensure!(same, "the content of an answer is not that of the first one");
            }
            self.received += piece.len();
            if self.received == *all {
                self.received = 0;
                complete += 1;
            }
            octets = rest;
        }
        Ok(complete)
    }

    fn is_a_200(&self, octets: &[u8]) -> anyhow::Result<()> {
        let start = &START[self.received.min(START.len())..];
        let seen = start.len().min(octets.len());
        ensure!(octets[..seen] == start[..seen], "an answer is not a 200");
        Ok(())
    }

    /// The same for an answer in chunks. `true` if the octets complete it.
    fn take_chunked(&mut self, shape: &Shape, octets: &[u8]) -> anyhow::Result<bool> {
        let Shape::Chunked { head, content } = *shape else { return Ok(false) };
        self.is_a_200(octets)?;
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
                assert_eq!(progress.take(&shape(text), first, 1).unwrap(), 0, "cut at {cut}");
                assert_eq!(progress.take(&shape(text), second, 1).unwrap(), 1, "cut at {cut}");
            }
        }
    }

    /// Chunks of other sizes are the same answer.
    #[test]
    fn chunks_may_differ() {
        let other = CHUNKED.replace("2\r\nhi", "1\r\nh\r\n1\r\ni");
        assert_eq!(Progress::default().take(&shape(CHUNKED), other.as_bytes(), 1).unwrap(), 1);
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
            let took = Progress::default().take(&shape(first), wrong.as_bytes(), 1);
            assert!(took.is_err(), "{wrong}");
        }
    }

    /// Pipelined answers are counted, wherever they are cut, and one too many is an error.
    #[test]
    fn pipelined_answers_are_counted() {
        let three = FIXED.repeat(3);
        for cut in 1..three.len() {
            let mut progress = Progress::default();
            let (first, second) = three.as_bytes().split_at(cut);
            let before = progress.take(&shape(FIXED), first, 3).unwrap();
            assert_eq!(before, cut / FIXED.len(), "cut at {cut}");
            assert_eq!(before + progress.take(&shape(FIXED), second, 3 - before).unwrap(), 3);
        }
        assert!(Progress::default().take(&shape(FIXED), three.as_bytes(), 2).is_err());
        let second_fails = format!("{FIXED}{}", FIXED.replace("200", "500"));
        assert!(Progress::default().take(&shape(FIXED), second_fails.as_bytes(), 2).is_err());
    }

    /// Where it is asked for, the content is compared to the octet; the head may differ.
    #[test]
    fn content_is_compared() {
        let first = Answer::read(&mut FIXED.as_bytes()).unwrap();
        let shape = Shape::exactly(first).unwrap();
        for (other, right) in [
            (FIXED.to_owned(), true),
            (FIXED.replace("OK", "Ok"), true),
            (FIXED.replace("hi", "ho"), false),
            (FIXED.replace("hi", "oi"), false),
        ] {
            for cut in 0..=other.len() {
                let mut progress = Progress::default();
                let (first, second) = other.as_bytes().split_at(cut);
                let took = progress
                    .take(&shape, first, 1)
                    .and_then(|before| Ok(before + progress.take(&shape, second, 1 - before)?));
                assert_eq!(took.is_ok_and(|complete| complete == 1), right, "{other} cut at {cut}");
            }
        }
        assert!(Shape::exactly(Answer::read(&mut CHUNKED.as_bytes()).unwrap()).is_err());
    }
}
