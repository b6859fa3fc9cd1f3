//! The classes of octets that HTTP/1.1's grammar knows, from one definition.
//!
//! Every scanner is tested against this table, octet by octet.

/// `tchar` (RFC 9110 §5.6.2): what tokens are made of, thus methods and field names.
pub const TOKEN: u8 = 1;
/// Field values (RFC 9110 §5.5): `field-vchar / SP / HTAB`, with `obs-text`.
pub const VALUE: u8 = 2;
/// What we accept in a request-target: visible ASCII without `#`. A fragment is never sent (RFC 9112
/// §3.2), and recipients differ in what they make of one; octets above 0x7F are no part of a URI
/// (RFC 3986 §2).
pub const TARGET: u8 = 4;
/// `unreserved / sub-delims` (RFC 3986 §2.2, §2.3): a reg-name but for its percent-encodings.
pub const REG_NAME: u8 = 8;
/// `qdtext` of a quoted-string (RFC 9110 §5.6.4).
pub const QUOTED: u8 = 16;

/// The classes of each octet.
pub static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let this = octet as u8;
        let alphanumeric = this.is_ascii_alphanumeric();
        // "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~"
        if alphanumeric
            || matches!(this, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-')
            || matches!(this, b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
        {
            classes[octet] |= TOKEN;
        }
        if this == b'\t' || (this >= 0x20 && this != 0x7F) {
            classes[octet] |= VALUE;
            if this != b'"' && this != b'\\' {
                classes[octet] |= QUOTED;
            }
        }
        if this > 0x20 && this < 0x7F && this != b'#' {
            classes[octet] |= TARGET;
        }
        // unreserved: ALPHA / DIGIT / "-" / "." / "_" / "~"
        // sub-delims: "!" / "$" / "&" / "'" / "(" / ")" / "*" / "+" / "," / ";" / "="
        if alphanumeric
            || matches!(this, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(')
            || matches!(this, b')' | b'*' | b'+' | b',' | b';' | b'=')
        {
            classes[octet] |= REG_NAME;
        }
        octet += 1;
    }
    classes
}

/// Whether `octet` belongs to `class`.
#[inline(always)]
pub const fn is(octet: u8, class: u8) -> bool {
    CLASSES[octet as usize] & class != 0
}
