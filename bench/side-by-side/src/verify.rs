//! Before and after it is measured, a peer must give the right answer to the workload's own requests.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use load::answer::Answer;

/// What an answer may differ from the clock.
const CLOCKS: Duration = Duration::from_secs(2);
/// Heads of one write that are tried.
const BATCHES: usize = 4;

/// What was seen: the answer's size, and what peers say beyond what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Octets of one answer.
    pub(crate) octets: usize,
    /// Deviations that cost octets but change no meaning: another reason phrase, more fields.
    pub(crate) remarks: Vec<String>,
}

/// Sends some batches of `depth` heads on one connection and judges every answer.
pub(crate) fn verify(
    address: SocketAddr,
    heads: &[String],
    depth: usize,
) -> anyhow::Result<Verified> {
    let stream = TcpStream::connect(address).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(&stream);
    let mut heads = heads.iter().cycle();
    let mut seen: Option<Verified> = None;
    for _ in 0..BATCHES {
        let batch: String = heads.by_ref().take(depth).map(String::as_str).collect();
        (&stream).write_all(batch.as_bytes()).context("sending requests")?;
        for _ in 0..depth {
            let verified = judge(&Answer::read(&mut answers)?, SystemTime::now())?;
            let first = seen.get_or_insert_with(|| verified.clone());
            ensure!(*first == verified, "answers to equal requests differ");
        }
    }
    ensure!(answers.buffer().is_empty(), "more answers than requests");
    seen.context("no request was sent")
}

/// Right are: status 200 in HTTP/1.1, `content-type: text/plain`, `content-length: 11`, a `date` of
/// now, and `Hello World`.
fn judge(answer: &Answer, now: SystemTime) -> anyhow::Result<Verified> {
    let mut remarks = Vec::new();
    let line = &answer.status_line;
    ensure!(line.starts_with("HTTP/1.1 200 "), "status line: {line}");
    if line != "HTTP/1.1 200 OK" {
        remarks.push(format!("says `{line}`"));
    }
    for (name, value) in [("content-type", "text/plain"), ("content-length", "11")] {
        let said = answer.field(name).with_context(|| format!("not exactly one {name}"))?;
        ensure!(said == value, "{name}: {said}");
    }
    let date = answer.field("date").context("not exactly one date")?;
    let date = httpdate::parse_http_date(date).with_context(|| format!("date: {date}"))?;
    let apart = now.duration_since(date).or_else(|_| date.duration_since(now)).unwrap_or_default();
    ensure!(apart <= CLOCKS, "the date is {apart:?} off");
    ensure!(answer.content == b"Hello World", "content: {:?}", answer.content);
    for (name, value) in &answer.fields {
        if !matches!(name.as_str(), "content-type" | "content-length" | "date") {
            remarks.push(format!("adds `{name}: {value}`"));
        }
    }
    Ok(Verified { octets: answer.octets, remarks })
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

    /// The agreed answer is right and needs no remark.
    #[test]
    fn the_agreed_answer_is_right() {
        let verified = judge(&answer(RIGHT), SystemTime::now()).unwrap();
        assert_eq!(verified.remarks, Vec::<String>::new());
        assert_eq!(verified.octets, RIGHT.len() - 3 + 29);
    }

    /// Another reason phrase and more fields are remarked upon.
    #[test]
    fn deviations_without_meaning_are_remarked() {
        let text = RIGHT.replace("200 OK", "200 Ok\r\nServer: M");
        let verified = judge(&answer(&text), SystemTime::now()).unwrap();
        assert_eq!(verified.remarks, ["says `HTTP/1.1 200 Ok`", "adds `server: M`"]);
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
            assert!(judge(&answer(&text), SystemTime::now()).is_err(), "{wrong}");
        }
    }
}
