//! Productions that several fields share: lists, parameters, quoted strings (RFC 9110 §5.6).

use std::borrow::Cow;

use nova_http1::scan::class::{QUOTED, TOKEN, VALUE, is};

/// Something that the grammar does not allow; what follows it cannot be trusted to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Without the OWS on both sides (§5.6.3).
pub(crate) fn trim(octets: &[u8]) -> &[u8] {
    let mut octets = trim_start(octets);
    while let [rest @ .., b' ' | b'\t'] = octets {
        octets = rest;
    }
    octets
}

/// Without the OWS in front.
pub(crate) fn trim_start(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = octets {
        octets = rest;
    }
    octets
}

/// The token at the front (§5.6.2), which is ASCII, and what follows.
pub(crate) fn split_token(octets: &[u8]) -> Option<(&str, &[u8])> {
    let end = octets.iter().position(|&octet| !is(octet, TOKEN)).unwrap_or(octets.len());
    let (token, rest) = octets.split_at(end);
    (!token.is_empty()).then_some((str::from_utf8(token).ok()?, rest))
}

/// What is between the quotes of the quoted-string at the front (§5.6.4), and what follows.
pub(crate) fn split_quoted_string(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'"', octets @ ..] = octets else { return None };
    let mut at = 0;
    loop {
        match octets.get(at)? {
            b'"' => return Some((&octets[..at], &octets[at + 1..])),
            // quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
            b'\\' if is(*octets.get(at + 1)?, VALUE) => at += 2,
            &octet if is(octet, QUOTED) => at += 1,
            _ => return None,
        }
    }
}

/// Decimal digits that fit, and at least one of them. `str::parse` would take a sign.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then_some(u64::from(digit.wrapping_sub(b'0')))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// The elements of a comma-separated list (§5.6.1), without the empty ones. Commas inside of a
/// quoted-string separate nothing; a quoted-string that does not end is the last element's fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Result<&'a [u8], Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        // [9110-5.6.1.2-a]
        while let [b' ' | b'\t' | b',', rest @ ..] = self.0 {
            self.0 = rest;
        }
        let list = self.0;
        let mut rest = list;
        loop {
            rest = match rest {
                [] | [b',', ..] => break,
                [b'"', ..] => match split_quoted_string(rest) {
                    Some((_, rest)) => rest,
                    None => {
                        self.0 = &[];
                        return Some(Err(Malformed));
                    }
                },
                [_, rest @ ..] => rest,
            };
        }
        self.0 = rest;
        let element = trim(&list[..list.len() - rest.len()]);
        (!element.is_empty()).then_some(Ok(element))
    }
}

/// `name=value`, the value a token or a quoted-string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    /// To be compared without case.
    pub(crate) name: &'a str,
    /// A token, or what is between the quotes.
    raw: &'a [u8],
    quoted: bool,
}

impl<'a> Parameter<'a> {
    /// `token "=" ( token / quoted-string )` without white space around the `=` (§5.6.6).
    pub(crate) fn split(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (name, rest) = split_token(octets)?;
        let rest = rest.strip_prefix(b"=")?;
        if let Some((raw, rest)) = split_quoted_string(rest) {
            return Some((Self { name, raw, quoted: true }, rest));
        }
        let (value, rest) = split_token(rest)?;
        Some((Self { name, raw: value.as_bytes(), quoted: false }, rest))
    }

    /// The value without quotes and backslashes.
    pub(crate) fn value(&self) -> Cow<'a, [u8]> {
        if !self.quoted || !self.raw.contains(&b'\\') {
            return Cow::Borrowed(self.raw);
        }
        let mut octets = self.raw.iter();
        let unescaped = std::iter::from_fn(|| match octets.next()? {
            // [9110-5.6.4-a]
            b'\\' => octets.next().copied(),
            &octet => Some(octet),
        });
        Cow::Owned(unescaped.collect())
    }
}

/// `*( OWS ";" OWS [ parameter ] )` (§5.6.6), to the end of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match trim_start(self.0) {
                [] => return None,
                [b';', rest @ ..] => self.0 = trim_start(rest),
                _ => break,
            }
            if matches!(self.0, [] | [b';', ..]) {
                continue;
            }
            let Some((parameter, rest)) = Parameter::split(self.0) else { break };
            self.0 = rest;
            return Some(Ok(parameter));
        }
        self.0 = &[];
        Some(Err(Malformed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(list: &str) -> Vec<Result<&str, Malformed>> {
        Elements(list.as_bytes()).map(|it| it.map(|it| str::from_utf8(it).unwrap())).collect()
    }

    /// A comma separates, unless it is quoted; what is empty is no element.
    /// Shows [9110-5.6.1.2-a].
    #[test]
    fn lists_are_split_at_their_commas() {
        assert_eq!(elements(" a ,, b;c=\"d,\\\"e\" ,\t"), [Ok("a"), Ok("b;c=\"d,\\\"e\"")]);
        assert_eq!(elements(""), []);
        assert_eq!(elements(" , ,"), []);
        assert_eq!(elements("a, b=\"c, d"), [Ok("a"), Err(Malformed)]);
        assert_eq!(elements("\"a\\"), [Err(Malformed)]);
    }

    /// Parameters are read up to the first one that is none.
    /// Shows [9110-5.6.4-a].
    #[test]
    fn parameters_are_tokens_or_quoted_strings() {
        let all = |text: &'static str| Parameters(text.as_bytes()).collect::<Vec<_>>();
        let read = all(" ; a=b;;c=\"d\\\"\\e;\" ;");
        let values: Vec<_> = read.iter().map(|it| it.unwrap().value().into_owned()).collect();
        assert_eq!(values, [b"b".to_vec(), b"d\"e;".to_vec()]);
        assert_eq!(read[1].unwrap().name, "c");
        assert!(all("").is_empty() && all(" ;; ").is_empty());
        for bad in
            ["a=b", ";a", ";a=", ";=b", ";a =b", ";a= b", ";a=b c", ";a=\"", ";a=\"b\"c", ";a=b,"]
        {
            assert_eq!(all(bad).last(), Some(&Err(Malformed)), "{bad:?}");
        }
    }

    /// A number is digits that fit.
    #[test]
    fn numbers_have_no_sign_and_do_not_wrap() {
        assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
        for bad in ["", "18446744073709551616", "+1", "-1", " 1", "1a"] {
            assert_eq!(number(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
