//! Finds the end of chunked content (RFC 9112 section 7.1) in octets as they come, and looks at
//! nothing but the framing: the client must not be busier than the server.

use anyhow::{bail, ensure};

/// How far chunked content has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Chunks {
    state: State,
    /// Octets of the data of all chunks so far.
    pub(crate) content: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Within a size line: the size so far, and how many digits it has.
    Size(usize, u32),
    /// The size line ends with the next octet.
    SizeEnd(usize),
    /// So many octets of data, and then a line end.
    Data(usize),
    /// So many octets of this line end are to come.
    End(&'static [u8]),
    /// As before, after the last chunk.
    Last(&'static [u8]),
    Complete,
}

impl Default for State {
    fn default() -> Self {
        Self::Size(0, 0)
    }
}

const LINE_END: &[u8] = b"\r\n";

impl Chunks {
    /// Takes the next octets. `true` if they complete the content.
    ///
    /// # Errors
    /// What is not chunked content without extensions and trailers, which no peer sends, or octets
    /// behind its end.
    pub(crate) fn take(&mut self, mut octets: &[u8]) -> anyhow::Result<bool> {
        while let Some((&first, rest)) = octets.split_first() {
            octets = rest;
            self.state = match self.state {
                State::Size(size, digits) => match (first as char).to_digit(16) {
                    Some(digit) if digits < 8 => {
                        State::Size(size << 4 | digit as usize, digits + 1)
                    }
                    None if first == b'\r' && digits > 0 => State::SizeEnd(size),
                    _ => bail!("{first:#04x} in the size of a chunk"),
                },
                State::SizeEnd(size) => {
                    ensure!(first == b'\n', "the size of a chunk is not followed by a line end");
                    if size == 0 { State::Last(LINE_END) } else { State::Data(size) }
                }
                State::Data(left) => {
                    let taken = left.min(1 + octets.len());
                    octets = &octets[taken - 1..];
                    self.content += taken;
                    if taken == left { State::End(LINE_END) } else { State::Data(left - taken) }
                }
                State::End(end) | State::Last(end) => {
                    ensure!(Some(&first) == end.first(), "a chunk is not followed by a line end");
                    let last = matches!(self.state, State::Last(_));
                    match (&end[1..], last) {
                        ([], true) => State::Complete,
                        ([], false) => State::default(),
                        (end, true) => State::Last(end),
                        (end, false) => State::End(end),
                    }
                }
                State::Complete => bail!("octets follow the content"),
            };
        }
        Ok(self.state == State::Complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &[u8] = b"4\r\nWiki\r\n0b\r\nhello world\r\n0\r\n\r\n";

    /// The end is found wherever the octets are cut.
    #[test]
    fn every_split_is_read() {
        for cut in 0..CONTENT.len() {
            let mut chunks = Chunks::default();
            assert!(!chunks.take(&CONTENT[..cut]).unwrap(), "cut at {cut}");
            assert!(chunks.take(&CONTENT[cut..]).unwrap(), "cut at {cut}");
            assert_eq!(chunks.content, 15);
        }
    }

    /// Octet by octet works as well as all at once.
    #[test]
    fn octet_by_octet_is_read() {
        let mut chunks = Chunks::default();
        let complete: Vec<bool> =
            CONTENT.chunks(1).map(|octet| chunks.take(octet).unwrap()).collect();
        assert_eq!(complete.iter().position(|complete| *complete), Some(CONTENT.len() - 1));
    }

    /// What is not chunked content is an error, and so is what follows it.
    #[test]
    fn nonsense_is_an_error() {
        for octets in [
            &b"x\r\n"[..],
            b"\r\n",
            b"4\n",
            b"4\rx",
            b"1\r\nab\r\n",
            b"0\r\nX",
            b"123456789\r\n",
            b"0\r\n\r\nHTTP/1.1",
        ] {
            assert!(Chunks::default().take(octets).is_err(), "{octets:?}");
        }
    }
}
