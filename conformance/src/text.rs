//! Octets as text: what a block of a case means.
//!
//! Line breaks of the block itself mean nothing. `\r \n \t \\ \< \{ \xHH` are octets,
//! `<text*count>` is a text that comes so many times, with `{n}` for the number of the repetition,
//! and `{}` is the place of a case's variant.

/// The octets of `text`.
///
/// # Errors
/// What cannot be understood.
pub fn octets(text: &str) -> Result<Vec<u8>, String> {
    let mut rest = text.as_bytes();
    let mut octets = Vec::new();
    while let Some((&first, after)) = rest.split_first() {
        rest = match first {
            b'\n' => after,
            b'\\' => {
                let (octet, after) = escape(after)?;
                octets.push(octet);
                after
            }
            b'<' => repetition(after, &mut octets)?,
            b'{' => return Err(format!("`{{` without a meaning in {text:?}; write `\\{{`")),
            _ => {
                octets.push(first);
                after
            }
        };
    }
    Ok(octets)
}

/// What follows a backslash.
fn escape(rest: &[u8]) -> Result<(u8, &[u8]), String> {
    let (octet, after) = match rest {
        [b'r', after @ ..] => (b'\r', after),
        [b'n', after @ ..] => (b'\n', after),
        [b't', after @ ..] => (b'\t', after),
        [octet @ (b'\\' | b'<' | b'{'), after @ ..] => (*octet, after),
        [b'x', high, low, after @ ..] => {
            let digit = |octet: &u8| char::from(*octet).to_digit(16);
            match (digit(high), digit(low)) {
                (Some(high), Some(low)) => ((high * 16 + low) as u8, after),
                _ => return Err("`\\x` wants two hexadecimal digits".into()),
            }
        }
        _ => return Err("a backslash before something that has no escape".into()),
    };
    Ok((octet, after))
}

/// What follows a `<`: `text*count>`.
fn repetition<'a>(rest: &'a [u8], into: &mut Vec<u8>) -> Result<&'a [u8], String> {
    let end = rest.iter().position(|&octet| octet == b'>').ok_or("`<` without `>`")?;
    let inner = str::from_utf8(&rest[..end]).map_err(|error| error.to_string())?;
    let (text, count) = inner.rsplit_once('*').ok_or("`<text*count>` wants a count")?;
    let count: usize = count.parse().map_err(|_| format!("{count:?} is no count"))?;
    for number in 0..count {
        into.extend(octets(&text.replace("{n}", &number.to_string()))?);
    }
    Ok(&rest[end + 1..])
}

/// Octets in a form in which people can read them.
pub fn readable(octets: &[u8]) -> String {
    let mut text = String::new();
    for chunk in octets.chunk_by(|one, other| one == other) {
        let octet = chunk[0].escape_ascii().to_string();
        if chunk.len() > 32 {
            text.push_str(&format!("<{octet}*{}>", chunk.len()));
        } else {
            text.push_str(&octet.repeat(chunk.len()));
        }
    }
    if text.len() > 2_000 {
        let cut = (0..=2_000).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(cut);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Escapes, repetitions and line breaks.
    #[test]
    fn text_means_octets() {
        assert_eq!(octets("a\\r\\n\nb").unwrap(), b"a\r\nb");
        assert_eq!(octets("<x{n}\\n*3>\\<\\{\\\\\\xfF").unwrap(), b"x0\nx1\nx2\n<{\\\xFF");
        for wrong in ["\\", "\\q", "\\x1", "\\xgg", "<a>", "<a*b>", "<a*2", "{}"] {
            assert!(octets(wrong).is_err(), "{wrong}");
        }
    }
}
