//! Reads one answer from a blocking stream: status line, fields, content by `Content-Length`.

use std::io::{BufRead, Read};

use anyhow::{Context, bail, ensure};

/// More than any peer's head: a head that has no end is an error, not a hang.
const LONGEST_HEAD: usize = 8 * 1024;

/// An answer, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Without its line end.
    pub status_line: String,
    /// Names in lower case, in the order they came.
    pub fields: Vec<(String, String)>,
    /// The content, as long as `Content-Length` said.
    pub content: Vec<u8>,
    /// Octets of all of it.
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
    /// An end or a timeout within the answer, a head above 8 KiB, no usable `Content-Length`.
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
        let mut answer = Self { status_line, fields, content: Vec::new(), octets };
        let length: usize = answer
            .field("content-length")
            .context("not exactly one Content-Length")?
            .parse()
            .context("a Content-Length that is no number")?;
        ensure!(length <= 1 << 20, "content of {length} octets is not what a peer sends");
        answer.content = vec![0; length];
        stream.read_exact(&mut answer.content).context("the content is cut short")?;
        answer.octets += length;
        Ok(answer)
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
