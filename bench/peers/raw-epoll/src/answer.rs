//! The fixed answer, rendered many times in a row so that a pipelined burst is one slice.

use std::time::{SystemTime, UNIX_EPOCH};

/// How many answers one slice can hold.
pub(crate) const BATCH: usize = 256;

/// What an answer says, apart from its date.
pub(crate) struct Form {
    /// The field lines between the length and the date, each with its end.
    pub(crate) fields: String,
    pub(crate) content_type: String,
    pub(crate) content: String,
}

/// Ready octets: `BATCH` equal answers in a row, right for one second.
pub(crate) struct Answers {
    octets: Vec<u8>,
    /// Octets of one answer.
    length: usize,
    /// The second (since the epoch) that the `Date` says.
    second: u64,
    form: Form,
}

impl Answers {
    /// Renders the answers for now.
    pub(crate) fn new(form: Form) -> Self {
        let mut answers = Self { octets: Vec::new(), length: 0, second: 0, form };
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
        let Form { fields, content_type, content } = &self.form;
        let one = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n{fields}date: {}\r\n\r\n{content}",
            content.len(),
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
