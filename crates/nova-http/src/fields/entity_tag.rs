//! Entity tags (RFC 9110 §8.8.3) and the lists of them in If-Match and If-None-Match.

use std::fmt;

use nova_http1::Fields;

use super::grammar;

/// An opaque name for one state of a representation.
///
/// ```
/// use nova_http::fields::EntityTag;
///
/// let current = EntityTag::strong("v1").unwrap();
/// let sent = EntityTag::parse("W/\"v1\"").unwrap();
/// assert!(sent.equals_weakly(current) && !sent.equals_strongly(current));
/// assert_eq!(sent.to_string(), "W/\"v1\"");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityTag<'a> {
    weak: bool,
    opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// A tag that changes with every octet of the content. `None` if `opaque` has a quote, white
    /// space or a control character, which no tag may have.
    pub fn strong(opaque: &'a str) -> Option<Self> {
        let opaque = opaque.as_bytes();
        opaque.iter().all(is_etagc).then_some(Self { weak: false, opaque })
    }

    /// A tag that changes when the meaning of the content does.
    pub fn weak(opaque: &'a str) -> Option<Self> {
        Some(Self { weak: true, ..Self::strong(opaque)? })
    }

    /// Reads a tag as it is sent: `"v1"` or `W/"v1"`.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Option<Self> {
        match Self::split(grammar::trim(text.as_ref()))? {
            (tag, []) => Some(tag),
            _ => None,
        }
    }

    /// `entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE`: not a quoted-string, for it has no escapes.
    fn split(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, octets) = match octets {
            [b'W', b'/', rest @ ..] => (true, rest),
            _ => (false, octets),
        };
        let octets = octets.strip_prefix(b"\"")?;
        let end = octets.iter().position(|octet| !is_etagc(octet))?;
        let rest = octets[end..].strip_prefix(b"\"")?;
        Some((Self { weak, opaque: &octets[..end] }, rest))
    }

    /// What is between the quotes.
    pub fn opaque(&self) -> &'a [u8] {
        self.opaque
    }

    /// Whether it says `W/`.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// Both are strong and the same (RFC 9110 §8.8.3.2): the content is the same, octet for octet.
    pub fn equals_strongly(&self, other: EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// The same, whether weak or not: the content means the same.
    pub fn equals_weakly(&self, other: EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }
}

/// `etagc = %x21 / %x23-7E / obs-text`
fn is_etagc(octet: &u8) -> bool {
    matches!(octet, 0x21 | 0x23..=0x7E | 0x80..)
}

impl fmt::Display for EntityTag<'_> {
    /// As it is sent in an ETag field.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weak = if self.weak { "W/" } else { "" };
        write!(f, "{weak}\"{}\"", String::from_utf8_lossy(self.opaque))
    }
}

impl fmt::Debug for EntityTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The value of If-Match or If-None-Match: `*`, or a list of tags.
///
/// A list matches as far as it is well-formed; what is behind something malformed does not match.
///
/// ```
/// use nova_http::fields::EntityTag;
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response};
///
/// fn known(request: &Request<'_>, response: Response<'_>) -> Answered {
///     let tags = request.head.if_none_match().zip(EntityTag::strong("v2"));
///     let Some((tags, current)) = tags else { return response.send(b"none") };
///     let (weakly, strongly) = (tags.matches_weakly(current), tags.matches_strongly(current));
///     response.send(format!("{} tags, {weakly}, {strongly}", tags.iter().count()).as_bytes())
/// }
///
/// let answer = App::new(known).get("/").field("if-none-match", "\"v1\", W/\"v2\"").send();
/// assert_eq!(answer.text(), "2 tags, true, false");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EntityTags<'a> {
    fields: Fields<'a>,
    name: &'static str,
}

impl<'a> EntityTags<'a> {
    /// The tags in the field `name`, if there is such a field.
    pub(super) fn of(fields: Fields<'a>, name: &'static str) -> Option<Self> {
        fields.get(name).is_some().then_some(Self { fields, name })
    }

    /// `*`: any state of a representation that exists.
    pub fn is_any(&self) -> bool {
        self.fields.all(self.name).eq([b"*"])
    }

    /// The tags of the list, in order.
    pub fn iter(&self) -> impl Iterator<Item = EntityTag<'a>> + use<'a> {
        self.fields.all(self.name).flat_map(|line| {
            let mut rest = line;
            std::iter::from_fn(move || {
                while let [b' ' | b'\t' | b',', after @ ..] = rest {
                    rest = after;
                }
                let (tag, after) = EntityTag::split(rest)?;
                rest = grammar::trim_start(after);
                matches!(rest, [] | [b',', ..]).then_some(tag)
            })
            .fuse()
        })
    }

    /// Whether it is `*`, or has a tag that equals `current` weakly: the comparison of If-None-Match.
    pub fn matches_weakly(&self, current: EntityTag<'_>) -> bool {
        self.is_any() || self.iter().any(|tag| tag.equals_weakly(current))
    }

    /// Whether it is `*`, or has a tag that equals `current` strongly: the comparison of If-Match.
    pub fn matches_strongly(&self, current: EntityTag<'_>) -> bool {
        self.is_any() || self.iter().any(|tag| tag.equals_strongly(current))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::get;
    use super::*;

    fn tag(text: &str) -> EntityTag<'_> {
        EntityTag::parse(text).unwrap()
    }

    /// The table of RFC 9110 §8.8.3.2.
    #[test]
    fn tags_are_compared_strongly_and_weakly() {
        for (one, other, strongly, weakly) in [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ] {
            assert_eq!(tag(one).equals_strongly(tag(other)), strongly, "{one} {other}");
            assert_eq!(tag(one).equals_weakly(tag(other)), weakly, "{one} {other}");
        }
    }

    /// A tag is quoted, has no escapes, and says W in upper case.
    #[test]
    fn tags_are_read() {
        assert_eq!(tag(" \"a,b\\\" ").opaque(), b"a,b\\");
        assert_eq!(tag("\"\"").opaque(), b"");
        assert_eq!(EntityTag::parse(b"\"\xff\"").unwrap().opaque(), b"\xff");
        assert!(tag("W/\"x\"").is_weak());
        for bad in
            ["", "x", "\"", "\"x", "x\"", "w/\"x\"", "W\"x\"", "W/ \"x\"", "\"a b\"", "\"a\"b", "*"]
        {
            assert_eq!(EntityTag::parse(bad), None, "{bad:?}");
        }
        assert_eq!(EntityTag::strong("a\"b"), None);
        assert_eq!(EntityTag::weak("a\r\n"), None);
        assert_eq!(EntityTag::weak("é").unwrap().to_string(), "W/\"é\"");
    }

    /// Lists go on over several lines, and end where they stop making sense.
    #[test]
    fn lists_are_read_as_far_as_they_are_well_formed() {
        let fields = [
            ("If-None-Match", "\"a\" ,, W/\"b,c\""),
            ("if-none-match", "\"d\", e, \"f\""),
            ("if-none-match", "\"g\" \"h\", \"i\""),
        ];
        let tags = get("/", &fields).if_none_match().unwrap();
        assert!(tags.iter().eq([tag("\"a\""), tag("W/\"b,c\""), tag("\"d\"")]));
        assert!(tags.matches_weakly(tag("\"b,c\"")) && !tags.matches_strongly(tag("\"b,c\"")));
        assert!(!tags.matches_weakly(tag("\"f\"")) && !tags.is_any());
    }

    /// `*` is any tag only if it is all there is.
    #[test]
    fn an_asterisk_matches_everything() {
        let any = get("/", &[("If-Match", "*")]).if_match().unwrap();
        assert!(any.matches_strongly(tag("W/\"x\"")));
        assert_eq!(any.iter().count(), 0);
        let fields = [("If-Match", "*, \"x\"")];
        assert!(!get("/", &fields).if_match().unwrap().matches_strongly(tag("\"x\"")));
        assert!(get("/", &[]).if_match().is_none());
    }
}
