//! Byte ranges (RFC 9110 §14): Range, together with If-Range.

use std::ops::Range;
use std::time::SystemTime;

use super::entity_tag::EntityTag;
use super::grammar;
use crate::Method;
use crate::request::RequestHead;

/// More ranges than this are not looked at: many of them are an attack or a mistake
/// (RFC 9110 §17.15), and a server may always ignore Range.
const MAX_RANGES: usize = 16;

/// One range, as the client has put it.
///
/// ```
/// use nova_http::fields::{ByteRange, ByteRanges};
///
/// let ranges = ByteRanges::parse("bytes=0-4, 8-, -3").unwrap();
/// assert!(ranges.iter().eq([ByteRange::FromTo(0, 4), ByteRange::From(8), ByteRange::Last(3)]));
/// assert_eq!(ByteRange::Last(3).resolve(10), Some(7..10));
/// assert_eq!(ByteRange::From(10).resolve(10), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// `first-last`, both included.
    FromTo(u64, u64),
    /// `first-`: to the end.
    From(u64),
    /// `-length`: the last octets.
    Last(u64),
}

impl ByteRange {
    /// Which octets of a representation of `length` octets these are; `None` if it has none of them.
    pub fn resolve(self, length: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::FromTo(first, last) => first..last.saturating_add(1).min(length),
            Self::From(first) => first..length,
            Self::Last(suffix) => length.saturating_sub(suffix)..length,
        };
        (!range.is_empty()).then_some(range)
    }

    fn parse(spec: &[u8]) -> Option<Self> {
        let dash = spec.iter().position(|&octet| octet == b'-')?;
        match (&spec[..dash], &spec[dash + 1..]) {
            ([], last) => Some(Self::Last(position(last)?)),
            (first, []) => Some(Self::From(position(first)?)),
            (first, last) => {
                let (first, last) = (position(first)?, position(last)?);
                (first <= last).then_some(Self::FromTo(first, last))
            }
        }
    }
}

/// What is more than 64 bits is beyond the end of everything, but not malformed.
fn position(digits: &[u8]) -> Option<u64> {
    let digits_only = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    // [9110-14.1.2-a]
    digits_only.then(|| grammar::number(digits).unwrap_or(u64::MAX))
}

/// One to sixteen ranges of octets, in the order in which the client wants them.
///
/// ```
/// use nova_http::fields::ByteRanges;
///
/// let ranges = ByteRanges::parse("bytes=0-99, -50").unwrap();
/// assert!(ranges.resolve(1000).eq([0..100, 950..1000]));
/// assert!(ranges.resolve(0).next().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByteRanges<'a> {
    /// Known to be well-formed.
    set: &'a [u8],
}

impl<'a> ByteRanges<'a> {
    /// Reads the value of a Range field; `None` if it has another unit than bytes, is malformed, or
    /// has more than sixteen ranges.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Option<Self> {
        let (unit, rest) = grammar::split_token(text.as_ref())?;
        let set = rest.strip_prefix(b"=")?;
        let mut count = 0;
        for spec in specs(set) {
            ByteRange::parse(spec)?;
            count += 1;
            if count > MAX_RANGES {
                return None;
            }
        }
        // [9110-14.2-b]
        (unit.eq_ignore_ascii_case("bytes") && count > 0).then_some(Self { set })
    }

    /// The ranges as they were sent.
    pub fn iter(&self) -> impl Iterator<Item = ByteRange> + use<'a> {
        specs(self.set).filter_map(ByteRange::parse)
    }

    /// Those ranges that a representation of `length` octets has. If there are none, the answer is
    /// 416 (Range Not Satisfiable) with `Content-Range: bytes */length`. They may overlap: a server
    /// that answers several of them should bound what it sends in all.
    pub fn resolve(&self, length: u64) -> impl Iterator<Item = Range<u64>> + use<'a> {
        self.iter().filter_map(move |range| range.resolve(length))
    }
}

fn specs(set: &[u8]) -> impl Iterator<Item = &[u8]> {
    set.split(|&octet| octet == b',').map(grammar::trim).filter(|spec| !spec.is_empty())
}

impl<'a> RequestHead<'a> {
    /// Which parts of the representation the client wants (RFC 9110 §14.2). `None` stands for all of
    /// it: there is no Range, or one that is to be ignored (another method than GET, another unit,
    /// malformed, too many ranges), or If-Range names another state of the representation.
    ///
    /// `etag` and `last_modified` are those of the representation; leave out a `last_modified` that
    /// is less than a second old, for it may still change within its second (RFC 9110 §8.8.2.2).
    /// [`RequestHead::precondition`] comes first.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// const TEXT: &[u8] = b"Hello World";
    ///
    /// fn file(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     let Some(ranges) = request.head.range(None, None) else { return response.send(TEXT) };
    ///     match ranges.resolve(TEXT.len() as u64).next() {
    ///         Some(range) => {
    ///             let said = format!("bytes {}-{}/{}", range.start, range.end - 1, TEXT.len());
    ///             let part = &TEXT[range.start as usize..range.end as usize];
    ///             let fields = [("content-range", said.as_str())];
    ///             response.status(Status::PARTIAL_CONTENT).fields(&fields).send(part)
    ///         }
    ///         None => response.status(Status::RANGE_NOT_SATISFIABLE).send(b""),
    ///     }
    /// }
    /// ```
    pub fn range(
        &self,
        etag: Option<EntityTag<'_>>,
        last_modified: Option<SystemTime>,
    ) -> Option<ByteRanges<'a>> {
        // [9110-13.1.5-a]
        let ranges = ByteRanges::parse(self.only("range")?)?;
        // [9110-14.2-a] [9110-13.1.5-c]
        (self.method == Method::Get && self.if_range(etag, last_modified)).then_some(ranges)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{get, head};
    use super::*;

    /// First octet, and the one behind the last.
    fn resolve(text: &str, length: u64) -> Vec<(u64, u64)> {
        let ranges = ByteRanges::parse(text).unwrap().resolve(length);
        ranges.map(|range| (range.start, range.end)).collect()
    }

    /// The examples of RFC 9110 §14.1.2, and the ends of what can be.
    /// Shows [9110-14.1.2-a].
    #[test]
    fn ranges_are_resolved() {
        assert_eq!(resolve("bytes=0-499", 10_000), [(0, 500)]);
        assert_eq!(resolve("bytes=500-999", 10_000), [(500, 1000)]);
        assert_eq!(resolve("bytes=-500", 10_000), [(9500, 10_000)]);
        assert_eq!(resolve("bytes=9500-", 10_000), [(9500, 10_000)]);
        assert_eq!(resolve("Bytes=0-0,-1", 10_000), [(0, 1), (9999, 10_000)]);
        assert_eq!(resolve("bytes= 0-999, 4500-5499, ,-1000", 10_000).len(), 3);
        assert_eq!(resolve("bytes=0-99999999999999999999999", 5), [(0, 5)]);
        assert_eq!(resolve("bytes=-18446744073709551615", 5), [(0, 5)]);
        assert_eq!(resolve("bytes=18446744073709551615-", u64::MAX), []);
        assert_eq!(resolve("bytes=5-,-0,99999999999999999999999-", 5), []);
        assert_eq!(resolve("bytes=0-", 0), []);
    }

    /// What is not a set of byte ranges is ignored as a whole.
    /// Shows [9110-14.2-b].
    #[test]
    fn malformed_sets_are_ignored() {
        for bad in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes 0-1",
            "bytes =0-1",
            "lines=0-1",
            "bytes=1-0",
            "bytes=-",
            "bytes=1",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes=0-1,x",
            "bytes=0 - 1",
            "0-1",
        ] {
            assert!(ByteRanges::parse(bad).is_none(), "{bad:?}");
        }
        let many = |count| format!("bytes={}", vec!["0-0"; count].join(","));
        assert_eq!(ByteRanges::parse(&many(16)).unwrap().iter().count(), 16);
        assert!(ByteRanges::parse(&many(17)).is_none());
    }

    /// Only GET has ranges, and only of the state that If-Range names.
    /// Shows [9110-13.1.5-a] [9110-13.1.5-b] [9110-13.1.5-c] [9110-14.2-a].
    #[test]
    fn a_range_is_of_the_state_that_the_client_knows() {
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
        let etag = EntityTag::strong("v1");
        for (if_range, applies) in [
            ("\"v1\"", true),
            ("W/\"v1\"", false),
            ("\"v0\"", false),
            ("\"v1\", \"v2\"", false),
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
            ("", false),
        ] {
            let fields = [("Range", "bytes=0-0"), ("If-Range", if_range)];
            assert_eq!(get("/", &fields).range(etag, modified).is_some(), applies, "{if_range:?}");
            assert!(get("/", &fields).range(None, None).is_none());
        }
        let fields = [("Range", "bytes=0-0")];
        assert!(get("/", &fields).range(None, None).is_some());
        assert!(get("/", &[("If-Range", "\"v1\"")]).range(etag, modified).is_none());
        assert!(head(Method::Head, "/", &fields).range(None, None).is_none());
    }
}
