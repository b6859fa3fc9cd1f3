//! Small productions that several rooms share (RFC 9110 §5.6).
//!
//! These readers are for short texts: field values that mean something, chunk extensions, trailer
//! sections, what an application wrote. Request heads have a room of their own, `scan`.

pub(crate) use crate::scan::class::{QUOTED, TOKEN, VALUE, is};

/// Whether every octet belongs to `class`.
#[inline(always)]
pub(crate) fn all(octets: &[u8], class: u8) -> bool {
    octets.iter().all(|&octet| is(octet, class))
}

/// Whether `octets` is a token, of at least one octet.
#[inline]
pub(crate) fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty() && (each_word(octets, plain_name) || all(octets, TOKEN))
}

/// Whether `octets` can be a field value; it may be empty.
#[inline]
pub(crate) fn is_value(octets: &[u8]) -> bool {
    each_word(octets, plain_value) || all(octets, VALUE)
}

/// The high bit of every octet of a word.
const HIGH: u64 = every(0x80);

/// A word in which every octet is `octet`.
const fn every(octet: u8) -> u64 {
    u64::from_ne_bytes([octet; 8])
}

/// Whether `plain` has the high bit of all octets, eight octets at a time; the last eight may
/// overlap the ones before. What is shorter is not looked at: `false` only means "do look".
#[inline(always)]
fn each_word(octets: &[u8], plain: impl Fn(u64) -> u64) -> bool {
    let all = |word: &[u8; 8]| plain(u64::from_ne_bytes(*word)) & HIGH == HIGH;
    match (octets.first_chunk(), octets.last_chunk()) {
        (Some(first), Some(last)) => {
            all(first)
                && all(last)
                && (octets.len() <= 16 || octets[8..].as_chunks().0.iter().all(all))
        }
        _ => false,
    }
}

/// The high bit of each octet that is a letter or a hyphen: what most field names consist of.
#[inline(always)]
fn plain_name(word: u64) -> u64 {
    // No octet has its high bit set before the additions, so nothing carries into the next one.
    let low = word & !HIGH;
    let lower = low | every(0x20);
    let letter = (lower + every(0x80 - b'a')) & !(lower + every(0x7f - b'z'));
    let hyphen = !((low ^ every(b'-')) + every(0x7f));
    (letter | hyphen) & !word
}

/// The high bit of each octet that is not a control octet (HTAB counts as one here).
#[inline(always)]
fn plain_value(word: u64) -> u64 {
    let low = word & !HIGH;
    (low + every(0x80 - b' ')) & !(low + every(1)) | word
}

/// Without the OWS in front (RFC 9110 §5.6.3).
pub(crate) fn trim_start(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = octets {
        octets = rest;
    }
    octets
}

/// Without the OWS on both sides.
pub(crate) fn trim(octets: &[u8]) -> &[u8] {
    let mut octets = trim_start(octets);
    while let [rest @ .., b' ' | b'\t'] = octets {
        octets = rest;
    }
    octets
}

/// The token at the front, if there is one, and what follows.
pub(crate) fn split_token(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = octets.iter().position(|&octet| !is(octet, TOKEN)).unwrap_or(octets.len());
    (end > 0).then(|| octets.split_at(end))
}

/// The quoted-string at the front with its quotes (RFC 9110 §5.6.4), and what follows.
pub(crate) fn split_quoted_string(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'"', ..] = octets else { return None };
    let mut at = 1;
    loop {
        match octets.get(at)? {
            b'"' => return Some(octets.split_at(at + 1)),
            // quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
            b'\\' if is(*octets.get(at + 1)?, VALUE) => at += 2,
            &octet if is(octet, QUOTED) => at += 1,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table says what the RFC's lists say.
    #[test]
    fn every_octet_is_classed_as_the_rfc_lists_it() {
        for octet in 0..=255_u8 {
            let token = octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
            let value = octet == b'\t' || (0x20..=0x7e).contains(&octet) || octet >= 0x80;
            assert_eq!(is(octet, TOKEN), token, "token {octet:#x}");
            assert_eq!(is(octet, VALUE), value, "value {octet:#x}");
            let quoted = value && octet != b'"' && octet != b'\\';
            assert_eq!(is(octet, QUOTED), quoted, "qdtext {octet:#x}");
        }
    }

    /// Eight octets at a time and one by one come to the same verdict, wherever the octet is.
    #[test]
    fn words_are_judged_like_octets() {
        for octet in 0..=255_u8 {
            for len in 1..=34 {
                for at in 0..len {
                    let mut text = vec![b'a'; len];
                    text[at] = octet;
                    assert_eq!(is_token(&text), all(&text, TOKEN), "{text:?}");
                    assert_eq!(is_value(&text), all(&text, VALUE), "{text:?}");
                }
            }
        }
        assert!(is_value(b"") && !is_token(b""));
    }

    /// The fast verdict is worth having: usual names and values get it.
    #[test]
    fn usual_names_and_values_are_plain() {
        assert!(each_word(b"Content-Type", plain_name));
        assert!(each_word(b"X-Content-Type-Options", plain_name));
        assert!(!each_word(b"X_Underscore", plain_name));
        assert!(each_word(b"text/html; charset=utf-8 \xff~", plain_value));
        assert!(!each_word(b"with a\ttab", plain_value));
    }

    #[test]
    fn a_quoted_string_ends_at_its_own_quote() {
        let text = br#""a\"b, c";rest"#;
        let expected: (&[u8], &[u8]) = (br#""a\"b, c""#, b";rest");
        assert_eq!(split_quoted_string(text), Some(expected));
        for bad in [&b"\"open"[..], b"\"esc\\", b"none", b"\"nul\0\"", b"\"a\\\n\"", b""] {
            assert_eq!(split_quoted_string(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn white_space_around_is_cut_and_inside_is_kept() {
        assert_eq!(trim(b" \t a b\t "), b"a b");
        assert_eq!(trim(b" \t "), b"");
        assert_eq!(trim_start(b"\t a "), b"a ");
    }
}
