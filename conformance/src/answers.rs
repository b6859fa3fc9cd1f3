//! What a server has sent, read as answers by a parser that is not its own.

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// It announces the end of the connection (RFC 9112 §9.6).
    pub announces_close: bool,
    /// The content.
    pub content: Vec<u8>,
}

/// The final answers that `octets` hold, and how many interim ones.
///
/// # Errors
/// What makes it no sequence of whole, well-framed, dated answers.
pub fn read(octets: &[u8]) -> Result<(Vec<Answer>, usize), String> {
    let (mut answers, mut interim, mut rest) = (Vec::new(), 0, octets);
    while !rest.is_empty() {
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut fields);
        let len = match head.parse(rest) {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) => return Err("an answer's head is cut off".into()),
            Err(error) => return Err(format!("no answer: {error}")),
        };
        rest = &rest[len..];
        let status = head.code.unwrap_or(0);
        // RFC 9110 §6.2: the highest version of the major one, whatever the request has said.
        if head.version != Some(1) {
            return Err(format!("{status} is not one of HTTP/1.1"));
        }
        if status < 200 {
            interim += 1;
            continue;
        }
        let all = |name: &'static str| {
            let named = head.headers.iter().filter(move |f| f.name.eq_ignore_ascii_case(name));
            named.map(|field| String::from_utf8_lossy(field.value))
        };
        let one = |name| match (all(name).next(), all(name).count()) {
            (Some(value), 1) => Ok(value),
            (_, count) => Err(format!("{status} has {count} {name} fields")),
        };
        date(&one("date")?)?;
        if all("transfer-encoding").next().is_some() {
            return Err("an answer of known length has a transfer coding".into());
        }
        let length = one("content-length")?;
        let length: usize = length.parse().map_err(|_| format!("{length:?} is no length"))?;
        // The handler says which method it has seen; a refusal of a HEAD request ends the
        // connection, and is answered without content, too, if the method was known.
        let headless = all("x-method").any(|method| method == "HEAD");
        let content = if headless || (rest.is_empty() && status >= 400) { 0 } else { length };
        let content = rest.get(..content).ok_or("an answer's content is cut off")?;
        rest = &rest[content.len()..];
        let announces_close = all("connection").any(|value| {
            value.split(',').any(|option| option.trim().eq_ignore_ascii_case("close"))
        });
        answers.push(Answer { status, announces_close, content: content.to_vec() });
    }
    Ok((answers, interim))
}

/// `IMF-fixdate` (RFC 9110 §5.6.7).
fn date(text: &str) -> Result<(), String> {
    let shape: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '0'
            } else if c.is_ascii_alphabetic() {
                'a'
            } else {
                c
            }
        })
        .collect();
    if shape == "aaa, 00 aaa 0000 00:00:00 aaa" && text.ends_with("GMT") {
        return Ok(());
    }
    Err(format!("{text:?} is no date"))
}
