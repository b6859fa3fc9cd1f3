//! What a right answer is.

use std::time::{Duration, SystemTime};

use agreed::{HELLO, OCTETS, TEXT, counted};
use anyhow::{Context, bail, ensure};
use load::answer::Answer;

use crate::verify::Verified;

/// What an answer may differ from the clock.
const CLOCKS: Duration = Duration::from_secs(2);

/// The answer that a workload's requests must get. Right is in any case: status 200 in HTTP/1.1, a
/// `date` of now, one `content-type`, and `content-length` or `transfer-encoding: chunked` as agreed.
#[derive(Debug, Clone, Copy)]
pub enum Expect {
    /// The small text.
    Hello,
    /// The same, and then the end of the connection, which the answer announces.
    HelloAndEnd,
    /// The small text, and not before so much time has passed.
    HelloAfter(Duration),
    /// This text, of axum's type.
    Text(&'static str),
    /// The same, and not before so much time has passed.
    TextAfter(&'static str, Duration),
    /// This JSON, with so many digits in the middle, of this type.
    Json {
        /// The type.
        of: &'static str,
        /// In front of the digits.
        before: &'static str,
        /// How many they are.
        digits: usize,
        /// Behind them.
        after: &'static str,
    },
    /// The number of octets that were posted.
    Counted(usize),
    /// What the file of a workload agrees on.
    Agreed(&'static Agreed),
    /// This piece, so often, in chunks.
    Stream {
        /// The piece.
        piece: &'static [u8],
        /// How often.
        times: usize,
    },
}

/// An answer as servers of many kinds give it. They have habits that change no meaning: another charset,
/// chunks for a small text, no `date`. Each is a remark beside the row, none a reason not to measure.
#[derive(Debug)]
pub struct Agreed {
    /// The media type, without parameters.
    pub media_type: String,
    /// What it contains.
    pub content: Content,
    /// Whether the connection ends with the answer.
    pub ends: bool,
}

/// The content that was agreed.
#[derive(Debug)]
pub enum Content {
    /// This text.
    Text(String),
    /// This piece, so often; in chunks, because a length that is known in advance is another work.
    Pieces {
        /// The piece.
        piece: &'static [u8],
        /// How often.
        times: usize,
    },
}

impl Agreed {
    /// Judges everything but the status.
    fn judge(&self, answer: &Answer, now: SystemTime) -> anyhow::Result<Vec<String>> {
        let mut remarks = Vec::new();
        let said = answer.field("content-type").context("not exactly one content-type")?;
        let media_type = said.split(';').next().unwrap_or_default().trim();
        ensure!(media_type.eq_ignore_ascii_case(&self.media_type), "content-type: {said}");
        if said != media_type {
            remarks.push(format!("says `content-type: {said}`"));
        }
        match answer.field("date") {
            Some(date) => dated(date, now)?,
            None if answer.fields.iter().any(|(name, _)| name == "date") => {
                bail!("more than one date")
            }
            None => remarks.push("sends no `date`".to_owned()),
        }
        match &self.content {
            Content::Text(text) => {
                let shown =
                    || String::from_utf8_lossy(&answer.content[..answer.content.len().min(100)]);
                ensure!(answer.content == text.as_bytes(), "content: {:?}", shown());
                if answer.chunked() {
                    remarks.push("sends a small text in chunks".to_owned());
                }
            }
            Content::Pieces { piece, times } => {
                ensure!(answer.chunked(), "the stream is not sent in chunks");
                pieces(&answer.content, piece, *times)?;
            }
        }
        let announced =
            answer.field("connection").is_some_and(|said| said.eq_ignore_ascii_case("close"));
        if self.ends && !announced {
            remarks.push("does not announce the end of the connection".to_owned());
        }
        for (name, value) in &answer.fields {
            let agreed = ["content-type", "content-length", "transfer-encoding", "date"];
            let known = agreed.contains(&name.as_str()) || (self.ends && name == "connection");
            if !known {
                let shown = if name == "etag" { name } else { &format!("{name}: {value}") };
                remarks.push(format!("adds `{shown}`"));
            }
        }
        Ok(remarks)
    }
}

/// Whether a date is that of now.
fn dated(date: &str, now: SystemTime) -> anyhow::Result<()> {
    let date = httpdate::parse_http_date(date).with_context(|| format!("date: {date}"))?;
    let apart = now.duration_since(date).or_else(|_| date.duration_since(now)).unwrap_or_default();
    ensure!(apart <= CLOCKS, "the date is {apart:?} off");
    Ok(())
}

/// Whether content is this piece, so often.
fn pieces(content: &[u8], piece: &[u8], times: usize) -> anyhow::Result<()> {
    ensure!(content.len() == times * piece.len(), "{} octets", content.len());
    let wrong = content.chunks(piece.len()).position(|chunk| chunk != piece);
    ensure!(wrong.is_none(), "piece {wrong:?} of the content is another");
    Ok(())
}

impl Expect {
    /// Whether the connection ends with the answer.
    pub(crate) fn ends(self) -> bool {
        matches!(self, Self::HelloAndEnd | Self::Agreed(Agreed { ends: true, .. }))
    }

    /// How long an answer must take at least.
    pub(crate) fn earliest(self) -> Duration {
        match self {
            Self::HelloAfter(nap) | Self::TextAfter(_, nap) => nap,
            _ => Duration::ZERO,
        }
    }

    /// Judges an answer that arrived at `now`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn judge(self, answer: &Answer, now: SystemTime) -> anyhow::Result<Verified> {
        let mut remarks = Vec::new();
        let line = &answer.status_line;
        ensure!(line.starts_with("HTTP/1.1 200 "), "status line: {line}");
        if line != "HTTP/1.1 200 OK" {
            remarks.push(format!("says `{line}`"));
        }
        if let Self::Agreed(agreed) = self {
            remarks.extend(agreed.judge(answer, now)?);
            remarks.sort();
            return Ok(Verified { octets: answer.octets, remarks });
        }
        let agreed = self.fields();
        for (name, value) in &agreed {
            let said = answer.field(name).with_context(|| format!("not exactly one {name}"))?;
            ensure!(said.eq_ignore_ascii_case(value), "{name}: {said}");
        }
        let date = answer.field("date").context("not exactly one date")?;
        dated(date, now)?;
        self.content(&answer.content)?;
        for (name, value) in &answer.fields {
            if name != "date" && agreed.iter().all(|(agreed, _)| agreed != name) {
                // A validator of the content differs as the content does.
                let shown = if name == "etag" { name } else { &format!("{name}: {value}") };
                remarks.push(format!("adds `{shown}`"));
            }
        }
        // Everybody has an order of his own, which nobody means.
        remarks.sort();
        Ok(Verified { octets: answer.octets, remarks })
    }

    /// The fields with a value that was agreed.
    fn fields(self) -> Vec<(&'static str, String)> {
        let text = |length: usize| {
            vec![("content-type", TEXT.to_owned()), ("content-length", length.to_string())]
        };
        match self {
            Self::Hello | Self::HelloAfter(_) => text(HELLO.len()),
            Self::HelloAndEnd => {
                let mut fields = text(HELLO.len());
                fields.push(("connection", "close".to_owned()));
                fields
            }
            Self::Counted(octets) => text(counted(octets).len()),
            // Judged by itself.
            Self::Agreed(_) => Vec::new(),
            Self::Text(text) | Self::TextAfter(text, _) => vec![
                ("content-type", "text/plain; charset=utf-8".to_owned()),
                ("content-length", text.len().to_string()),
            ],
            Self::Json { of, before, digits, after } => vec![
                ("content-type", of.to_owned()),
                ("content-length", (before.len() + digits + after.len()).to_string()),
            ],
            Self::Stream { .. } => {
                let chunked = ("transfer-encoding", "chunked".to_owned());
                vec![("content-type", OCTETS.to_owned()), chunked]
            }
        }
    }

    fn content(self, content: &[u8]) -> anyhow::Result<()> {
        let shown = || String::from_utf8_lossy(&content[..content.len().min(100)]).into_owned();
        match self {
            Self::Hello | Self::HelloAndEnd | Self::HelloAfter(_) => {
                ensure!(content == HELLO.as_bytes(), "content: {:?}", shown());
            }
            Self::Text(text) | Self::TextAfter(text, _) => {
                ensure!(content == text.as_bytes(), "content: {:?}", shown());
            }
            Self::Json { before, digits, after, .. } => {
                let middle = content.strip_prefix(before.as_bytes());
                let middle = middle.and_then(|rest| rest.strip_suffix(after.as_bytes()));
                let right = middle.is_some_and(|middle| {
                    middle.len() == digits && middle.iter().all(u8::is_ascii_digit)
                });
                ensure!(right, "content: {:?}", shown());
            }
            Self::Counted(octets) => {
                ensure!(content == counted(octets).as_bytes(), "content: {:?}", shown());
            }
            Self::Stream { piece, times } => {
                pieces(content, piece, times)?;
            }
            Self::Agreed(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        let date = httpdate::fmt_http_date(SystemTime::now());
        Answer::read(&mut text.replace("NOW", &date).as_bytes()).unwrap()
    }

    const RIGHT: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n\
                         date: NOW\r\n\r\nHello World";
    const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\
                          transfer-encoding: chunked\r\ndate: NOW\r\n\r\n\
                          2\r\nab\r\n4\r\ncabc\r\n0\r\n\r\n";
    const PIECES: Expect = Expect::Stream { piece: b"abc", times: 2 };

    /// The agreed answer is right and needs no remark.
    #[test]
    fn the_agreed_answer_is_right() {
        let verified = Expect::Hello.judge(&answer(RIGHT), SystemTime::now()).unwrap();
        assert_eq!(verified.remarks, Vec::<String>::new());
        assert_eq!(verified.octets, RIGHT.len() - 3 + 29);
        let verified = PIECES.judge(&answer(STREAM), SystemTime::now()).unwrap();
        assert_eq!(verified.remarks, Vec::<String>::new());
    }

    /// Another reason phrase and more fields are remarked upon.
    #[test]
    fn deviations_without_meaning_are_remarked() {
        let text = RIGHT.replace("200 OK", "200 Ok\r\nServer: M");
        let verified = Expect::Hello.judge(&answer(&text), SystemTime::now()).unwrap();
        assert_eq!(verified.remarks, ["adds `server: M`", "says `HTTP/1.1 200 Ok`"]);
    }

    /// Everything that has a meaning must be right.
    #[test]
    fn wrong_answers_are_refused() {
        for (right, wrong) in [
            ("200 OK", "204 No Content"),
            ("HTTP/1.1", "HTTP/1.0"),
            ("text/plain", "text/html"),
            ("World", "Earth"),
            ("date: NOW", "date: Sun, 06 Nov 1994 08:49:37 GMT"),
            ("date: NOW", "date: today"),
            ("date: NOW", "x: y"),
            ("date: NOW", "date: NOW\r\ndate: NOW"),
        ] {
            let text = RIGHT.replace(right, wrong);
            assert!(Expect::Hello.judge(&answer(&text), SystemTime::now()).is_err(), "{wrong}");
        }
    }

    /// A connection that is to end must be announced to end.
    #[test]
    fn the_end_is_announced() {
        let judge = |text: &str| Expect::HelloAndEnd.judge(&answer(text), SystemTime::now());
        assert!(judge(RIGHT).is_err());
        judge(&RIGHT.replace("date", "Connection: close\r\ndate")).unwrap();
    }

    /// The number must be that of the octets that were sent.
    #[test]
    fn octets_are_counted() {
        let text = RIGHT.replace("Hello World", "7000 octets");
        let judge = |octets| Expect::Counted(octets).judge(&answer(&text), SystemTime::now());
        judge(7000).unwrap();
        assert!(judge(7001).is_err());
    }

    /// Habits of the field are remarked upon; what has a meaning must be right all the same.
    #[test]
    fn habits_are_remarked_and_errors_refused() {
        let content = Content::Text("Hello World".to_owned());
        let agreed = Agreed { media_type: "text/plain".to_owned(), content, ends: false };
        let judge = |text: &str| agreed.judge(&answer(text), SystemTime::now());
        assert_eq!(judge(RIGHT).unwrap(), Vec::<String>::new());
        let undated = RIGHT.replace("date: NOW\r\n", "");
        assert_eq!(judge(&undated).unwrap(), ["sends no `date`"]);
        let charset = RIGHT.replace("text/plain", "text/plain; charset=utf-8");
        assert_eq!(judge(&charset).unwrap(), ["says `content-type: text/plain; charset=utf-8`"]);
        for (right, wrong) in [
            ("text/plain", "text/html"),
            ("World", "Earth"),
            ("date: NOW", "date: Sun, 06 Nov 1994 08:49:37 GMT"),
            ("date: NOW", "date: NOW\r\ndate: NOW"),
        ] {
            assert!(judge(&RIGHT.replace(right, wrong)).is_err(), "{wrong}");
        }
    }

    /// A stream with another octet, or of another length, or without chunks is wrong.
    #[test]
    fn streams_are_compared() {
        for (right, wrong) in [("cabc", "cabd"), ("4\r\ncabc", "3\r\ncab")] {
            let text = STREAM.replace(right, wrong);
            assert!(PIECES.judge(&answer(&text), SystemTime::now()).is_err(), "{wrong}");
        }
        let text = RIGHT.replace("text/plain", "application/octet-stream");
        let eleven = Expect::Stream { piece: b"Hello World", times: 1 };
        assert!(eleven.judge(&answer(&text), SystemTime::now()).is_err());
    }
}
