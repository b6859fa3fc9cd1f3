//! Classes and small productions (RFC 9110 §5.6, RFC 5234 appendix B.1, RFC 3986 §2).

/// `tchar`
pub fn is_tchar(octet: u8) -> bool {
    is_letter_or_digit(octet) || b"!#$%&'*+-.^_`|~".contains(&octet)
}

/// `ALPHA / DIGIT`
fn is_letter_or_digit(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')
}

/// `VCHAR / obs-text / SP / HTAB`: what a field value may have in it.
pub fn is_value(octet: u8) -> bool {
    matches!(octet, b'\t' | b' ' | 0x21..=0x7E | 0x80..=0xFF)
}

/// Visible ASCII but `#`: what we take in a request-target.
pub fn is_target(octet: u8) -> bool {
    matches!(octet, 0x21..=0x7E) && octet != b'#'
}

/// `unreserved / sub-delims`
pub fn is_reg_name(octet: u8) -> bool {
    is_letter_or_digit(octet) || b"-._~".contains(&octet) || b"!$&'()*+,;=".contains(&octet)
}

/// `qdtext = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text`
pub fn is_qdtext(octet: u8) -> bool {
    matches!(octet, b'\t' | b' ' | 0x21 | 0x23..=0x5B | 0x5D..=0x7E | 0x80..=0xFF)
}

/// `SP / HTAB`
pub fn is_white(octet: u8) -> bool {
    octet == b' ' || octet == b'\t'
}

/// Without the OWS on both sides.
pub fn trim(octets: &[u8]) -> &[u8] {
    let (mut start, mut end) = (0, octets.len());
    while start < end && is_white(octets[start]) {
        start += 1;
    }
    while end > start && is_white(octets[end - 1]) {
        end -= 1;
    }
    &octets[start..end]
}

/// Whether two texts differ in the case of ASCII letters at most.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The elements of a comma-separated list whose members have no quotes.
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&octet| octet == b',').map(trim)
}
