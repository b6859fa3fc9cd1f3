//! A request's head becomes an `http::Request`.
//!
//! The octets of the head are the worker's receive buffer, which goes on to the next request. What a
//! request keeps of them is copied once, into a buffer that values share and that is used again when
//! all of them are gone. Clients repeat themselves, so the last head's fields and target are remembered
//! by position: one that comes again is shared, neither copied nor checked anew.

use bytes::{Bytes, BytesMut};
use http::uri::PathAndQuery;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use nova_http::{Field, Fields, RequestHead, TargetForm};

/// Values are copied into buffers of this size. One that is kept keeps its buffer, so it is no more
/// than some heads need.
const BUFFER: usize = 4 * 1024;

/// Field lines that are remembered: more than browsers send.
const REMEMBERED: usize = 32;

/// Longer values are not remembered.
const LONGEST: usize = 1024;

/// Makes requests of heads.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    buffer: BytesMut,
    lines: Vec<Line>,
    target: Option<Uri>,
    /// The origin-form that `target` was made of.
    raw: Bytes,
    /// An empty map that has been used before.
    spare: Option<HeaderMap>,
}

/// A field line of an earlier head.
#[derive(Debug)]
struct Line {
    /// The name as it was sent.
    raw: Bytes,
    name: HeaderName,
    value: HeaderValue,
}

/// A head that is valid HTTP and that the `http` crate has no form for.
#[derive(Debug)]
pub(crate) struct Unrepresentable;

impl Heads {
    /// The request that `head` is the head of, with this content and these extensions.
    #[inline]
    pub(crate) fn request<B>(
        &mut self,
        head: &RequestHead<'_>,
        extensions: Extensions,
        body: B,
    ) -> Result<Request<B>, Unrepresentable> {
        let mut request = Request::new(body);
        *request.extensions_mut() = extensions;
        *request.method_mut() = method(head.method)?;
        *request.uri_mut() = self.uri(head)?;
        if head.version == nova_http::Version::Http10 {
            *request.version_mut() = Version::HTTP_10;
        }
        *request.headers_mut() = self.map(head.fields)?;
        Ok(request)
    }

    #[inline]
    fn map(&mut self, fields: Fields<'_>) -> Result<HeaderMap, Unrepresentable> {
        let mut map = match self.spare.take_if(|spare| spare.capacity() >= fields.len()) {
            Some(spare) => spare,
            None => HeaderMap::with_capacity(fields.len()),
        };
        for index in 0..fields.len() {
            let Some(field) = fields.at(index) else { break };
            let (name, value) = self.line(index, field)?;
            map.try_append(name, value).map_err(|_| Unrepresentable)?;
        }
        Ok(map)
    }

    /// Takes the fields of a response that has been sent: the next request may have their place.
    #[inline]
    pub(crate) fn give_back(&mut self, mut map: HeaderMap) {
        if self.spare.is_none() && map.capacity() <= REMEMBERED {
            map.clear();
            self.spare = Some(map);
        }
    }

    #[inline]
    fn line(
        &mut self,
        index: usize,
        field: Field<'_>,
    ) -> Result<(HeaderName, HeaderValue), Unrepresentable> {
        if let Some(line) = self.lines.get(index)
            && *line.raw == *field.name
        {
            if line.value.as_bytes() == field.value {
                return Ok((line.name.clone(), line.value.clone()));
            }
            let name = line.name.clone();
            let value = self.value(field.value)?;
            if field.value.len() <= LONGEST {
                self.lines[index].value = value.clone();
            }
            return Ok((name, value));
        }
        self.another_line(index, field)
    }

    #[inline(never)]
    fn another_line(
        &mut self,
        index: usize,
        field: Field<'_>,
    ) -> Result<(HeaderName, HeaderValue), Unrepresentable> {
        let name = HeaderName::from_bytes(field.name).map_err(|_| Unrepresentable)?;
        let value = self.value(field.value)?;
        if index < REMEMBERED && field.name.len() + field.value.len() <= LONGEST {
            let raw = self.copy(field.name);
            let line = Line { raw, name: name.clone(), value: value.clone() };
            if let Some(before) = self.lines.get_mut(index) {
                *before = line;
            } else if self.lines.len() == index {
                // Positions are remembered without gaps.
                self.lines.push(line);
            }
        }
        Ok((name, value))
    }

    fn value(&mut self, octets: &[u8]) -> Result<HeaderValue, Unrepresentable> {
        let octets = self.copy(octets);
        HeaderValue::from_maybe_shared(octets).map_err(|_| Unrepresentable)
    }

    fn uri(&mut self, head: &RequestHead<'_>) -> Result<Uri, Unrepresentable> {
        let raw = head.target.raw;
        match head.target.form {
            TargetForm::Origin => {
                if let Some(uri) = &self.target
                    && *self.raw == *raw
                {
                    return Ok(uri.clone());
                }
                let octets = self.copy(raw);
                let path = PathAndQuery::from_maybe_shared(octets.clone());
                let uri = Uri::from(path.map_err(|_| Unrepresentable)?);
                if raw.len() <= LONGEST {
                    (self.raw, self.target) = (octets, Some(uri.clone()));
                }
                Ok(uri)
            }
            _ => Uri::from_maybe_shared(self.copy(raw)).map_err(|_| Unrepresentable),
        }
    }

    fn copy(&mut self, octets: &[u8]) -> Bytes {
        if self.buffer.capacity() < octets.len() {
            self.buffer.reserve(octets.len().max(BUFFER));
        }
        self.buffer.extend_from_slice(octets);
        self.buffer.split().freeze()
    }
}

fn method(method: nova_http::Method<'_>) -> Result<Method, Unrepresentable> {
    Ok(match method {
        nova_http::Method::Get => Method::GET,
        nova_http::Method::Head => Method::HEAD,
        nova_http::Method::Post => Method::POST,
        nova_http::Method::Put => Method::PUT,
        nova_http::Method::Delete => Method::DELETE,
        nova_http::Method::Connect => Method::CONNECT,
        nova_http::Method::Options => Method::OPTIONS,
        nova_http::Method::Trace => Method::TRACE,
        nova_http::Method::Patch => Method::PATCH,
        nova_http::Method::Other(token) => {
            Method::from_bytes(token).map_err(|_| Unrepresentable)?
        }
    })
}

#[cfg(test)]
mod tests {
    use nova_http::Target;

    use super::*;

    fn head<'a>(raw: &'a [u8], fields: &'a [(&'a str, &'a str)]) -> RequestHead<'a> {
        RequestHead {
            method: nova_http::Method::Get,
            target: Target { raw, form: TargetForm::Origin },
            version: nova_http::Version::Http11,
            fields: Fields::from_pairs(fields),
            upgrade: false,
        }
    }

    fn made(heads: &mut Heads, head: &RequestHead<'_>) -> Request<()> {
        heads.request(head, Extensions::new(), ()).unwrap()
    }

    /// A head that follows another one is what it would be alone, whatever the two have in common.
    #[test]
    fn what_is_remembered_is_never_seen_in_another_head() {
        let first = [("Host", "h"), ("Accept", "*/*"), ("Cookie", "a=1"), ("Cookie", "b=2")];
        let heads = [
            ("/a?b=c", &first[..]),
            ("/a?b=c", &first),
            ("/a?b=d", &[("Host", "h"), ("accept", "*/*"), ("Cookie", "a=2")]),
            ("/", &[("Host", "other")]),
            ("/", &[("X-First", "1"), ("Host", "other"), ("X-Last", "")]),
            ("/a?b=c", &first),
        ];
        let mut remembering = Heads::default();
        for (raw, fields) in heads {
            let head = head(raw.as_bytes(), fields);
            let (fresh, found) =
                (made(&mut Heads::default(), &head), made(&mut remembering, &head));
            assert_eq!(found.uri(), fresh.uri());
            assert_eq!(found.headers(), fresh.headers());
            assert_eq!(found.headers().len(), fields.len());
        }
    }

    /// Values share one buffer, and it is used again when nobody has them any more.
    #[test]
    fn a_buffer_is_used_again() {
        let mut heads = Heads::default();
        // Too long to be remembered, so that nobody has it when its request has gone.
        let long = "x".repeat(LONGEST + 1);
        let fields = [("a", &*long)];
        let mut place = || {
            let request = made(&mut heads, &head(b"/", &fields));
            request.headers()["a"].as_bytes().as_ptr()
        };
        let places: Vec<_> = (0..16).map(|_| place()).collect();
        let different: std::collections::HashSet<_> = places.iter().collect();
        assert!(different.len() <= 8, "two buffers at most: {}", different.len());
    }
}
