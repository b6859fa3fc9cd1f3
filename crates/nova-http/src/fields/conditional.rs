//! Conditional requests (RFC 9110 §13): whether a request's conditions hold.

use std::time::{Duration, SystemTime};

use super::entity_tag::{EntityTag, EntityTags};
use crate::Method;
use crate::request::RequestHead;

/// What becomes of a request because of its conditions.
///
/// ```
/// use nova_http::fields::{EntityTag, Precondition};
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response, Status};
///
/// fn page(request: &Request<'_>, response: Response<'_>) -> Answered {
///     match request.head.precondition(EntityTag::strong("v1"), None) {
///         Precondition::Holds => response.send(b"the page"),
///         Precondition::NotModified => response.status(Status::NOT_MODIFIED).send(b""),
///         Precondition::Failed => response.status(Status::PRECONDITION_FAILED).send(b""),
///     }
/// }
///
/// let app = App::new(page);
/// assert_eq!(app.get("/").send().text(), "the page");
/// assert_eq!(app.get("/").field("if-none-match", "\"v1\"").send().status(), 304);
/// assert_eq!(app.put("/").field("if-match", "\"v0\"").send().status(), 412);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// There are none, or they hold: go on.
    Holds,
    /// The client has this representation already: answer 304 (Not Modified).
    NotModified,
    /// Something else is there than the client expects: answer 412 (Precondition Failed).
    Failed,
}

impl<'a> RequestHead<'a> {
    /// The tags of which one must be current for the method to be performed (RFC 9110 §13.1.1).
    pub fn if_match(&self) -> Option<EntityTags<'a>> {
        EntityTags::of(self.fields, "if-match")
    }

    /// The tags of which none may be current for the method to be performed (RFC 9110 §13.1.2).
    pub fn if_none_match(&self) -> Option<EntityTags<'a>> {
        EntityTags::of(self.fields, "if-none-match")
    }

    /// The time since which the representation must have changed (RFC 9110 §13.1.3); not to be
    /// looked at if there is If-None-Match.
    pub fn if_modified_since(&self) -> Option<SystemTime> {
        parse_date(self.only("if-modified-since")?)
    }

    /// The time since which the representation must not have changed (RFC 9110 §13.1.4); not to be
    /// looked at if there is If-Match.
    pub fn if_unmodified_since(&self) -> Option<SystemTime> {
        parse_date(self.only("if-unmodified-since")?)
    }

    /// Weighs all conditions in the order of RFC 9110 §13.2.2 against a representation that exists.
    ///
    /// `etag` and `last_modified` are what its answer says in ETag and Last-Modified, if it does. Ask
    /// after everything else that could refuse the request, and before it is performed. A malformed
    /// If-Match matches nothing, so that nobody overwrites what he wanted to protect; a malformed
    /// date is ignored, as the RFC demands.
    ///
    /// ```
    /// use nova_http::fields::{EntityTag, Precondition};
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// fn page(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     let fields = [("etag", "\"v1\"")];
    ///     let response = response.fields(&fields);
    ///     match request.head.precondition(EntityTag::strong("v1"), None) {
    ///         Precondition::Holds => response.send(b"the page"),
    ///         Precondition::NotModified => response.status(Status::NOT_MODIFIED).send(b""),
    ///         Precondition::Failed => response.status(Status::PRECONDITION_FAILED).send(b""),
    ///     }
    /// }
    /// ```
    pub fn precondition(
        &self,
        etag: Option<EntityTag<'_>>,
        last_modified: Option<SystemTime>,
    ) -> Precondition {
        // §13.2.1: to be ignored with methods that select no representation.
        // [9110-13.2.1-b]
        if matches!(self.method, Method::Connect | Method::Options | Method::Trace) {
            return Precondition::Holds;
        }
        // [9110-13.2.2-a] [9110-13.1.1-a]
        if let Some(tags) = self.if_match() {
            if !tags.is_any() && !etag.is_some_and(|etag| tags.matches_strongly(etag)) {
                return Precondition::Failed;
            }
        } else if let (Some(since), Some(modified)) = (self.if_unmodified_since(), last_modified)
            // [9110-13.1.4-a] [9110-13.1.4-c]
            && whole_seconds(modified) > whole_seconds(since)
        {
            return Precondition::Failed;
        }
        // [9110-13.1.3-b]
        let reads = matches!(self.method, Method::Get | Method::Head);
        if let Some(tags) = self.if_none_match() {
            // [9110-13.1.2-a] [9110-13.1.2-c]
            match tags.is_any() || etag.is_some_and(|etag| tags.matches_weakly(etag)) {
                true if reads => return Precondition::NotModified,
                true => return Precondition::Failed,
                false => {}
            }
        } else if let (true, Some(since), Some(modified)) =
            // [9110-13.1.3-a] [9110-13.1.3-c]
            (reads, self.if_modified_since(), last_modified)
            && whole_seconds(modified) <= whole_seconds(since)
        {
            return Precondition::NotModified;
        }
        Precondition::Holds
    }

    /// If-Range (RFC 9110 §13.1.5): whether a Range may be applied to this representation.
    pub(super) fn if_range(
        &self,
        etag: Option<EntityTag<'_>>,
        last_modified: Option<SystemTime>,
    ) -> bool {
        if self.fields.get("if-range").is_none() {
            return true;
        }
        // [9110-13.1.5-b]
        let Some(value) = self.only("if-range") else { return false };
        if let Some(tag) = EntityTag::parse(value) {
            return etag.is_some_and(|etag| tag.equals_strongly(etag));
        }
        // "exactly matches", not "is at least as new".
        let (date, modified) = (parse_date(value), last_modified);
        date.zip(modified).is_some_and(|(one, other)| whole_seconds(one) == whole_seconds(other))
    }
}

/// One of the three formats of RFC 9110 §5.6.7.
fn parse_date(value: &[u8]) -> Option<SystemTime> {
    // [9110-5.6.7-a] [9110-5.6.7-d] [9110-13.1.3-b] [9110-13.1.4-b]
    httpdate::parse_http_date(str::from_utf8(value).ok()?).ok()
}

/// Dates of HTTP have seconds, clocks of files have less; what is before 1970 has no date there.
fn whole_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

#[cfg(test)]
mod tests {
    use super::super::testing::head;
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn modified() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_900)
    }

    fn weigh(method: Method<'_>, fields: &[(&str, &str)]) -> Precondition {
        head(method, "/", fields).precondition(EntityTag::strong("v1"), Some(modified()))
    }

    /// Who has the representation already is told so.
    /// Shows [9110-13.1.2-a] [9110-13.1.2-c] [9110-13.1.3-b] [9110-5.6.7-a].
    #[test]
    fn a_reader_gets_304_for_what_it_has() {
        for method in [Method::Get, Method::Head] {
            for tags in ["\"v1\"", "W/\"v1\"", "\"v0\", \"v1\"", "*"] {
                assert_eq!(weigh(method, &[("If-None-Match", tags)]), Precondition::NotModified);
            }
            assert_eq!(weigh(method, &[("If-None-Match", "\"v0\"")]), Precondition::Holds);
            assert_eq!(weigh(method, &[("If-Modified-Since", DATE)]), Precondition::NotModified);
            assert_eq!(weigh(method, &[("If-Modified-Since", LATER)]), Precondition::NotModified);
            let earlier = "Sunday, 06-Nov-94 08:49:36 GMT";
            assert_eq!(weigh(method, &[("If-Modified-Since", earlier)]), Precondition::Holds);
        }
        assert_eq!(weigh(Method::Post, &[("If-Modified-Since", DATE)]), Precondition::Holds);
    }

    /// Nobody writes over what he has not seen.
    /// Shows [9110-13.1.1-a] [9110-13.1.2-c] [9110-5.6.7-a].
    #[test]
    fn a_writer_gets_412_for_what_it_has_not_seen() {
        for (tags, expected) in [
            ("\"v1\"", Precondition::Holds),
            ("*", Precondition::Holds),
            ("W/\"v1\"", Precondition::Failed),
            ("\"v0\"", Precondition::Failed),
            ("v1", Precondition::Failed),
            ("", Precondition::Failed),
        ] {
            assert_eq!(weigh(Method::Put, &[("If-Match", tags)]), expected, "{tags}");
        }
        assert_eq!(weigh(Method::Put, &[("If-None-Match", "*")]), Precondition::Failed);
        assert_eq!(weigh(Method::Put, &[("If-Unmodified-Since", DATE)]), Precondition::Holds);
        let earlier = "Sun Nov  6 08:49:36 1994";
        assert_eq!(weigh(Method::Put, &[("If-Unmodified-Since", earlier)]), Precondition::Failed);
    }

    /// Tags go before dates, If-Match before If-None-Match, and a bad date is none.
    /// Shows [9110-13.2.2-a] [9110-13.1.3-a] [9110-13.1.3-b] [9110-13.1.4-a] [9110-13.2.1-b].
    #[test]
    fn conditions_have_an_order() {
        let both = [("If-None-Match", "\"v0\""), ("If-Modified-Since", DATE)];
        assert_eq!(weigh(Method::Get, &both), Precondition::Holds);
        let both =
            [("If-Match", "\"v1\""), ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")];
        assert_eq!(weigh(Method::Get, &both), Precondition::Holds);
        let both = [("If-Match", "\"v0\""), ("If-None-Match", "\"v1\"")];
        assert_eq!(weigh(Method::Get, &both), Precondition::Failed);
        assert_eq!(weigh(Method::Get, &[("If-Modified-Since", "yesterday")]), Precondition::Holds);
        let twice = [("If-Modified-Since", DATE), ("If-Modified-Since", DATE)];
        assert_eq!(weigh(Method::Get, &twice), Precondition::Holds);
        assert_eq!(weigh(Method::Options, &[("If-Match", "\"v0\"")]), Precondition::Holds);
        let nothing = head(Method::Get, "/", &both).precondition(None, None);
        assert_eq!(nothing, Precondition::Failed);
    }

    /// A date that is none, or several, or that there is nothing to compare with is no condition.
    /// Shows [9110-13.1.3-b] [9110-13.1.3-c] [9110-13.1.4-b] [9110-13.1.4-c].
    #[test]
    fn dates_that_say_nothing_are_ignored() {
        let earlier = "Thu, 01 Jan 1970 00:00:00 GMT";
        for since in ["If-Modified-Since", "If-Unmodified-Since"] {
            let both = format!("{earlier}, {earlier}");
            for value in ["", "yesterday", "1994-11-06", "Sun, 06 Nov 1994 08:49:37", &both] {
                assert_eq!(weigh(Method::Get, &[(since, value)]), Precondition::Holds, "{value}");
            }
            let twice = [(since, earlier), (since, earlier)];
            assert_eq!(weigh(Method::Get, &twice), Precondition::Holds);
            for date in [earlier, LATER] {
                let undated = head(Method::Get, "/", &[(since, date)]).precondition(None, None);
                assert_eq!(undated, Precondition::Holds);
            }
        }
    }

    /// Two digits of a year never lead more than 50 years ahead.
    /// Shows [9110-5.6.7-d].
    #[test]
    fn short_years_are_not_far_ahead() {
        let in_50_years = SystemTime::now() + Duration::from_secs(50 * 366 * 86_400);
        for year in 0..100 {
            let date = (0..7).find_map(|day| {
                let days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday";
                let day = days.split(' ').nth(day)?;
                parse_date(format!("{day}, 06-Nov-{year:02} 08:49:37 GMT").as_bytes())
            });
            assert!(date.is_some_and(|date| date <= in_50_years), "{year:02}");
        }
    }
}
