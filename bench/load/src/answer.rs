//! Reads one answer from a blocking stream: status line, fields, content by `Content-Length` or in
//! chunks.

use std::io::{BufRead, Read};

use anyhow::{Context, bail, ensure};

/// More than any peer's head: a head that has no end is an error, not a hang.
const LONGEST_HEAD: usize = 8 * 1024;
/// More than any peer's content.
const LONGEST_CONTENT: usize = 4 << 20;

/// An answer, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Without its line end.
    pub status_line: String,
    /// Names in lower case, in the order they came.
    pub fields: Vec<(String, String)>,
    /// The content, without its framing.
    pub content: Vec<u8>,
    /// Octets of the head.
    pub head: usize,
    /// Octets of head and content, the latter without its framing.
    pub octets: usize,
}

impl Answer {
    /// The value of the only field called `name` (lower case); `None` if there is none or several.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(field, _)| field == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Reads exactly one answer, and not an octet of the next.
    ///
    /// # Errors
    /// An end or a timeout within the answer, a head above 8 KiB, neither a usable `Content-Length` nor
    /// chunks.
    pub fn read(stream: &mut impl BufRead) -> anyhow::Result<Self> {
        let mut octets = 0;
        let status_line = line(stream, &mut octets)?;
        let mut fields = Vec::new();
        loop {
            let line = line(stream, &mut octets)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').context("a field line without a colon")?;
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let content = Vec::new();
        let mut answer = Self { status_line, fields, content, head: octets, octets };
        answer.content = if answer.chunked() {
            chunks(stream)?
        } else {
            let length =
                answer.field("content-length").context("not exactly one Content-Length")?;
            exactly(stream, length.parse().context("a Content-Length that is no number")?)?
        };
        answer.octets += answer.content.len();
        Ok(answer)
    }

    /// Whether the content comes in chunks.
    pub fn chunked(&self) -> bool {
        self.field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    }
}

fn exactly(stream: &mut impl BufRead, length: usize) -> anyhow::Result<Vec<u8>> {
    ensure!(length <= LONGEST_CONTENT, "content of {length} octets is not what a peer sends");
    let mut content = vec![0; length];
    stream.read_exact(&mut content).context("the content is cut short")?;
    Ok(content)
}

/// The data of all chunks; extensions and trailers are nothing that a peer sends.
fn chunks(stream: &mut impl BufRead) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let size = line(stream, &mut 0)?;
        let size = usize::from_str_radix(&size, 16).with_context(|| format!("a size: {size:?}"))?;
        ensure!(content.len() + size <= LONGEST_CONTENT, "more content than a peer sends");
        content.append(&mut exactly(stream, size)?);
        ensure!(line(stream, &mut 0)?.is_empty(), "a chunk without a line end, or trailers");
        if size == 0 {
            return Ok(content);
        }
    }
}

fn line(stream: &mut impl BufRead, octets: &mut usize) -> anyhow::Result<String> {
    let mut line = Vec::new();
    let room = LONGEST_HEAD.saturating_sub(*octets) as u64;
    *octets += stream.take(room).read_until(b'\n', &mut line).context("reading a head")?;
    let Some(text) = line.strip_suffix(b"\r\n") else { bail!("the head is cut short or too long") };
    Ok(String::from_utf8(text.to_vec())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two answers in a row are read one at a time.
    #[test]
    fn pipelined_answers_are_kept_apart() -> anyhow::Result<()> {
        let one = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nhi";
        let two = format!("{one}{one}");
        let mut stream = two.as_bytes();
        let first = Answer::read(&mut stream)?;
        assert_eq!(first.status_line, "HTTP/1.1 200 OK");
        assert_eq!(first.field("x"), Some("y"));
        assert_eq!(first.content, b"hi");
        assert_eq!(first.octets, one.len());
        assert_eq!(Answer::read(&mut stream)?, first);
        Ok(())
    }

    /// An answer that ends early is an error.
    #[test]
    fn a_short_answer_is_an_error() {
        for cut in ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", "HTTP/1.1 200 OK\r\nCont", ""]
        {
            assert!(Answer::read(&mut cut.as_bytes()).is_err(), "{cut:?}");
        }
    }

    /// Chunks are put together, and the next answer is left where it is.
    #[test]
    fn chunks_are_put_together() -> anyhow::Result<()> {
        let one =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n1\r\n!\r\n0\r\n\r\n";
        let two = format!("{one}{one}");
        let mut stream = two.as_bytes();
        let answer = Answer::read(&mut stream)?;
        assert!(answer.chunked());
        assert_eq!((answer.head, answer.octets), (47, 52));
        assert_eq!(answer.content, b"Wiki!");
        assert_eq!(stream, one.as_bytes());
        for (right, wrong) in
            [("!\r\n0", "!\r\nx"), ("Wiki\r\n", "Wiki"), ("0\r\n\r\n", "0\r\nA: b\r\n\r\n")]
        {
            assert!(Answer::read(&mut one.replace(right, wrong).as_bytes()).is_err(), "{wrong}");
        }
        Ok(())
    }

    /// A length said twice is no length.
    #[test]
    fn two_lengths_are_an_error() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi";
        assert!(Answer::read(&mut text.as_bytes()).is_err());
    }

    /// A head without an end is refused before it fills the memory.
    #[test]
    fn an_endless_head_is_an_error() {
        let text = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(100_000));
        assert!(Answer::read(&mut text.as_bytes()).is_err());
    }
}
