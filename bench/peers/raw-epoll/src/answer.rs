//! The fixed answer, rendered many times in a row so that a pipelined burst is one slice.

use std::time::{SystemTime, UNIX_EPOCH};

/// How many answers one slice can hold.
pub(crate) const BATCH: usize = 256;

/// Ready octets: `BATCH` equal answers in a row, right for one second.
pub(crate) struct Answers {
    octets: Vec<u8>,
    /// Octets of one answer.
    length: usize,
    /// The second (since the epoch) that the `Date` says.
    second: u64,
    /// They announce the end of their connection.
    close: bool,
}

impl Answers {
    /// Renders the answers for now.
    pub(crate) fn new(close: bool) -> Self {
        let mut answers = Self { octets: Vec::new(), length: 0, second: 0, close };
        answers.refresh();
        answers
    }

    /// Renders again if the second has changed; one look at the clock for each wait.
    #[inline]
    pub(crate) fn refresh(&mut self) {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if second != self.second {
            self.second = second;
            self.render(now);
        }
    }

    #[cold]
    fn render(&mut self, now: SystemTime) {
        let one = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n{}date: {}\r\n\r\nHello World",
            if self.close { "connection: close\r\n" } else { "" },
            httpdate::fmt_http_date(now)
        );
        self.length = one.len();
        self.octets.clear();
        for _ in 0..BATCH {
            self.octets.extend_from_slice(one.as_bytes());
        }
    }

    /// The octets of `count` answers; at most [`BATCH`] of them.
    #[inline]
    pub(crate) fn octets(&self, count: usize) -> &[u8] {
        &self.octets[..count.min(BATCH) * self.length]
    }
}
