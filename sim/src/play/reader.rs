//! Reads answers as strictly as a client can: a wrong octet is a finding and not a surprise.

use ledger::{FIELD, Mark};

/// What was asked, as far as it decides how the answer is framed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) head: bool,
    pub(crate) old: bool,
}

/// Something whole that has come.
#[derive(Debug)]
pub(crate) enum Got {
    /// An interim answer.
    Interim(u16),
    /// 101: what comes now is the tunnel's.
    Switched(Answer),
    /// A final answer.
    Answer(Answer),
    /// Octets of a tunnel.
    Octets(Vec<u8>),
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The handler's mark; `None`: the server has made the answer itself.
    pub(crate) mark: Option<Mark>,
    pub(crate) content: Vec<u8>,
    /// What Content-Length says.
    pub(crate) length: Option<u64>,
    /// It has announced the close, or is ended by it.
    pub(crate) closes: bool,
    /// What Date says, in seconds since 1970.
    pub(crate) date: u64,
    /// It came in chunks, and this is the mark in their trailer section.
    pub(crate) trailer: Option<Option<Mark>>,
}

#[derive(Clone, Debug)]
enum State {
    Head,
    Length(usize, Answer),
    Chunks(Answer),
    Trailers(Answer),
    UntilEnd(Answer),
    /// A server that has not read the method may send content to HEAD; nobody can tell.
    Excused,
    Tunnel,
    /// The last answer has come.
    Over,
}

/// Reads one connection.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
    state: State,
}

impl Default for Reader {
    fn default() -> Self {
        Self { buffer: Vec::new(), state: State::Head }
    }
}

impl Reader {
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// Whether it is within an answer.
    pub(crate) fn is_within(&self) -> bool {
        match self.state {
            State::Head => !self.buffer.is_empty(),
            State::Length(..) | State::Chunks(_) | State::Trailers(_) | State::UntilEnd(_) => true,
            State::Excused | State::Tunnel | State::Over => false,
        }
    }

    /// The stream has ended: the answer that this completes.
    pub(crate) fn end(&mut self) -> Option<Answer> {
        if let State::UntilEnd(answer) = &mut self.state {
            let answer = Answer { content: std::mem::take(&mut self.buffer), ..answer.clone() };
            self.state = State::Over;
            return Some(answer);
        }
        None
    }

    /// The next thing that is whole. `question`: what is answered next, if anything is.
    pub(crate) fn next(&mut self, question: Option<Question>) -> Result<Option<Got>, String> {
        loop {
            match &mut self.state {
                State::Head => {
                    if self.buffer.is_empty() {
                        return Ok(None);
                    }
                    let Some(end) = find(&self.buffer, b"\r\n\r\n") else { return Ok(None) };
                    let question = question
                        .ok_or_else(|| format!("nobody has asked for {}", self.excerpt()))?;
                    let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                    if let Some(got) = self.head(&head, question)? {
                        return Ok(Some(got));
                    }
                }
                State::Length(left, answer) => {
                    let count = (*left).min(self.buffer.len());
                    answer.content.extend(self.buffer.drain(..count));
                    *left -= count;
                    if *left > 0 {
                        return Ok(None);
                    }
                    return self.complete();
                }
                State::Chunks(_) => {
                    let Some(size) = self.chunk()? else { return Ok(None) };
                    if size == 0 {
                        let State::Chunks(answer) = std::mem::replace(&mut self.state, State::Over)
                        else {
                            return Ok(None);
                        };
                        self.state = State::Trailers(answer);
                    }
                }
                State::Trailers(answer) => {
                    let Some(end) = find(&self.buffer, b"\r\n") else { return Ok(None) };
                    let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
                    if let Some((name, value)) = field(&line)
                        && name.eq_ignore_ascii_case(FIELD)
                    {
                        let mark = value.parse().map_err(|_| format!("a trailer: {value}"))?;
                        answer.trailer = Some(Some(mark));
                    }
                    if end == 0 {
                        return self.complete();
                    }
                }
                State::UntilEnd(_) => return Ok(None),
                State::Excused => {
                    self.buffer.clear();
                    return Ok(None);
                }
                State::Tunnel if self.buffer.is_empty() => return Ok(None),
                State::Tunnel => return Ok(Some(Got::Octets(std::mem::take(&mut self.buffer)))),
                State::Over if self.buffer.is_empty() => return Ok(None),
                State::Over => return Err(format!("after the last answer: {}", self.excerpt())),
            }
        }
    }

    fn complete(&mut self) -> Result<Option<Got>, String> {
        match std::mem::replace(&mut self.state, State::Head) {
            State::Length(_, answer) | State::Trailers(answer) => {
                if answer.closes {
                    self.state = State::Over;
                }
                Ok(Some(Got::Answer(answer)))
            }
            _ => Ok(None),
        }
    }

    /// A whole chunk: its size.
    fn chunk(&mut self) -> Result<Option<usize>, String> {
        let Some(line) = find(&self.buffer, b"\r\n") else { return Ok(None) };
        let size = str::from_utf8(&self.buffer[..line]).ok();
        let size = size.and_then(|text| usize::from_str_radix(text, 16).ok());
        let size = size.ok_or_else(|| format!("a chunk-size: {}", self.excerpt()))?;
        if size == 0 {
            self.buffer.drain(..line + 2);
            return Ok(Some(0));
        }
        let end = line + 2 + size;
        if self.buffer.len() < end + 2 {
            return Ok(None);
        }
        if &self.buffer[end..end + 2] != b"\r\n" {
            return Err("a chunk does not end where its size says".into());
        }
        if let State::Chunks(answer) = &mut self.state {
            answer.content.extend_from_slice(&self.buffer[line + 2..end]);
        }
        self.buffer.drain(..end + 2);
        Ok(Some(size))
    }

    fn head(&mut self, head: &[u8], question: Question) -> Result<Option<Got>, String> {
        let text = String::from_utf8_lossy(head).into_owned();
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Response::new(&mut fields);
        let whole = parsed.parse(head).is_ok_and(|status| status.is_complete());
        let (Some(status), Some(1), true) = (parsed.code, parsed.version, whole) else {
            return Err(format!("not an answer: {text}"));
        };
        let all = |name: &str| {
            let same = |field: &&httparse::Header<'_>| field.name.eq_ignore_ascii_case(name);
            let value =
                |field: &httparse::Header<'_>| String::from_utf8_lossy(field.value).into_owned();
            parsed.headers.iter().filter(same).map(value).collect::<Vec<_>>()
        };
        let once = |name: &str| match all(name).as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            _ => Err(format!("{name} twice: {text}")),
        };
        let (length, coding) = (once("content-length")?, once("transfer-encoding")?);
        if status < 200 && status != 101 {
            return match (length, coding, question.old) {
                (None, None, false) => Ok(Some(Got::Interim(status))),
                _ => Err(format!("an interim answer like this: {text}")),
            };
        }
        let date = once("date")?.ok_or_else(|| format!("no Date: {text}"))?;
        let date = httpdate::parse_http_date(&date).map_err(|_| format!("a Date: {text}"))?;
        let date = date.duration_since(std::time::UNIX_EPOCH).map_or(0, |it| it.as_secs());
        let options = all("connection").join(",").to_ascii_lowercase();
        let says = |option: &str| options.split(',').any(|it| it.trim() == option);
        let mark = match once(FIELD)? {
            Some(text) => Some(text.parse().map_err(|_| format!("a mark: {text}"))?),
            None => None,
        };
        let length = match length {
            Some(digits) => Some(digits.parse().map_err(|_| format!("a length: {text}"))?),
            None => None,
        };
        let closes = says("close") || (question.old && !says("keep-alive"));
        let content = Vec::new();
        let mut answer = Answer { status, mark, content, length, closes, date, trailer: None };
        if status == 101 {
            self.state = State::Tunnel;
            return Ok(Some(Got::Switched(answer)));
        }
        let bare = matches!(status, 204 | 304);
        let empty = question.head || bare;
        self.state = match (length, coding.as_deref()) {
            (Some(_), Some(_)) => return Err(format!("two framings: {text}")),
            (Some(_), _) if status == 204 => return Err(format!("204 with a length: {text}")),
            (_, Some(_)) if bare || question.old => return Err(format!("a coding: {text}")),
            (_, Some(coding)) if coding != "chunked" => return Err(format!("a coding: {text}")),
            _ if question.head && mark.is_none() && answer.closes => State::Excused,
            _ if empty && answer.closes => State::Over,
            _ if empty => State::Head,
            (Some(length), None) => State::Length(length as usize, answer),
            (None, Some(_)) => State::Chunks(Answer { trailer: Some(None), ..answer }),
            (None, None) if !answer.closes => return Err(format!("no framing: {text}")),
            (None, None) => {
                answer.closes = true;
                State::UntilEnd(answer)
            }
        };
        if empty {
            Ok(Some(Got::Answer(Answer {
                status,
                mark,
                content: Vec::new(),
                length,
                closes,
                date,
                trailer: None,
            })))
        } else {
            Ok(None)
        }
    }

    fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.buffer[..self.buffer.len().min(80)]).escape_debug().collect()
    }
}

/// A field line, as text.
fn field(line: &[u8]) -> Option<(&str, &str)> {
    let (name, value) = str::from_utf8(line).ok()?.split_once(':')?;
    Some((name, value.trim()))
}

fn find(octets: &[u8], what: &[u8]) -> Option<usize> {
    octets.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

    /// All that is read of these octets, in pieces of `size`; or what is wrong with them.
    fn read(octets: &str, question: Question, size: usize) -> Result<Vec<Got>, String> {
        let mut reader = Reader::default();
        let mut all = Vec::new();
        for piece in octets.as_bytes().chunks(size) {
            reader.push(piece);
            while let Some(got) = reader.next(Some(question))? {
                all.push(got);
            }
        }
        all.extend(reader.end().map(Got::Answer));
        Ok(all)
    }

    /// Answers come out whole, however they come in; what no server may send is refused.
    #[test]
    fn it_reads_what_may_be_sent_and_nothing_else() {
        let (get, head) =
            (Question { head: false, old: false }, Question { head: true, old: false });
        let old = Question { head: false, old: true };
        for (question, text, content) in [
            (get, format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\n\r\nhi"), Some("hi")),
            (
                get,
                format!(
                    "HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx: y\r\n\r\n"
                ),
                Some("hi"),
            ),
            (get, format!("HTTP/1.1 204 No Content\r\n{DATE}\r\n"), Some("")),
            (head, format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\n\r\n"), Some("")),
            (old, format!("HTTP/1.1 200 OK\r\n{DATE}Connection: close\r\n\r\nhi"), Some("hi")),
            (get, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".into(), None),
            (get, format!("HTTP/1.1 200 OK\r\n{DATE}{DATE}Content-Length: 2\r\n\r\nhi"), None),
            (get, format!("HTTP/1.1 200 OK\r\n{DATE}\r\nhi"), None),
            (
                get,
                format!(
                    "HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi"
                ),
                None,
            ),
            (get, format!("HTTP/1.1 204 No Content\r\n{DATE}Content-Length: 0\r\n\r\n"), None),
            (get, format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\n\r\nhi "), Some("hi")),
            (
                get,
                format!(
                    "HTTP/1.1 200 OK\r\n{DATE}Connection: close\r\nContent-Length: 2\r\n\r\nhi "
                ),
                None,
            ),
            (
                get,
                format!(
                    "HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n"
                ),
                None,
            ),
            (head, format!("HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\n\r\nhi\r\n\r\n"), None),
            (old, format!("HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n"), None),
            (get, "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n".into(), None),
        ] {
            for size in [1, 7, usize::MAX] {
                let got = read(&text, question, size);
                let contents = got.map(|all| {
                    all.into_iter()
                        .map(|got| match got {
                            Got::Answer(answer) => String::from_utf8(answer.content).unwrap(),
                            other => format!("{other:?}"),
                        })
                        .collect::<Vec<_>>()
                });
                let expected = content.map(|content| vec![content.to_owned()]);
                assert_eq!(contents.ok(), expected, "{text} in pieces of {size}");
            }
        }
    }
}
