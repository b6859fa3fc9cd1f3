//! Character classes and small productions that several rooms share (RFC 9110 §5.6).
//!
//! These readers are for short texts: field values that mean something, chunk extensions, trailer
//! sections, what an application wrote. Request heads have a room of their own, `scan`.

/// token: any VCHAR except delimiters (RFC 9110 §5.6.2).
pub(crate) const TOKEN: u8 = 1;
/// Allowed in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5).
pub(crate) const VALUE: u8 = 2;
/// qdtext of a quoted-string (RFC 9110 §5.6.4).
pub(crate) const QUOTED: u8 = 4;

/// What each octet may be part of.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0_usize;
    while octet < 256 {
        let o = octet as u8;
        if o.is_ascii_alphanumeric()
            || matches!(o, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.')
            || matches!(o, b'^'..=b'`' | b'|' | b'~')
        {
            table[octet] |= TOKEN;
        }
        if o == b'\t' || (o >= b' ' && o != 0x7f) {
            table[octet] |= VALUE;
            if o != b'"' && o != b'\\' {
                table[octet] |= QUOTED;
            }
        }
        octet += 1;
    }
    table
}

/// Whether `octet` belongs to `class`.
#[inline(always)]
pub(crate) fn is(octet: u8, class: u8) -> bool {
    CLASSES[octet as usize] & class != 0
}

/// Whether every octet belongs to `class`.
#[inline(always)]
pub(crate) fn all(octets: &[u8], class: u8) -> bool {
    octets.iter().all(|&octet| is(octet, class))
}

/// Whether `octets` is a token, of at least one octet.
#[inline]
pub(crate) fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty() && all(octets, TOKEN)
}

/// Whether `octets` can be a field value; it may be empty.
#[inline]
pub(crate) fn is_value(octets: &[u8]) -> bool {
    all(octets, VALUE)
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
