//! A request's head becomes an `http::Request`.
//!
//! The octets of the head are the worker's receive buffer, which goes on to the next request. What a
//! request keeps of them is copied once, into a buffer that values share and that is used again when
//! all of them are gone. Clients repeat themselves, so the target and the fields of one head are
//! remembered: what comes again is shared, neither copied nor checked anew, and of a head with the same
//! names only the values that differ are.

use bytes::{Bytes, BytesMut};
use http::uri::PathAndQuery;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use nova_http::{Fields, RequestHead, TargetForm};

/// Values are copied into buffers of this size. One that is kept keeps its buffer, so it is no more
/// than some heads need.
const BUFFER: usize = 4 * 1024;

/// Longer targets are not remembered.
const LONGEST_TARGET: usize = 1024;

/// After so many heads with other names, one of them is remembered instead; then after twice as many,
/// and so on: to remember costs more than it helps where all clients differ.
const PATIENCE: u32 = 8;

/// But not after more than this.
const LONGEST_PATIENCE: u32 = 256;

/// Maps of fields with a greater capacity are not kept for the next request.
const SPARE: usize = 32;

/// So few fields cost less to put into a map that is there than a copy of a whole map does.
const FEW: usize = 2;

/// Makes requests of heads.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    buffer: BytesMut,
    fields: Remembered,
    target: Option<Uri>,
    /// The origin-form that `target` was made of.
    raw: Bytes,
    /// An empty map that has been used before.
    spare: Option<HeaderMap>,
}

/// The field lines of an earlier head. No name is there twice.
#[derive(Debug)]
struct Remembered {
    /// The names as they were sent, in their order, which is that of the map, too.
    names: Vec<Bytes>,
    map: HeaderMap,
    /// Heads with other names since this one has helped.
    misses: u32,
    patience: u32,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { names: Vec::new(), map: HeaderMap::new(), misses: 0, patience: 0 }
    }
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
        if !self.fields.has_names_of(fields) {
            return self.another_map(fields);
        }
        self.fields.misses = 0;
        for (index, value) in self.fields.map.values_mut().enumerate() {
            let Some(field) = fields.at(index) else { break };
            if value.as_bytes() != field.value {
                *value = shared_value(&mut self.buffer, field.value)?;
            }
        }
        let remembered = &self.fields.map;
        if fields.len() > FEW {
            return Ok(remembered.clone());
        }
        let mut map = self.take_map(fields.len());
        for (name, value) in &self.fields.map {
            map.append(name, value.clone());
        }
        Ok(map)
    }

    #[inline(never)]
    fn another_map(&mut self, fields: Fields<'_>) -> Result<HeaderMap, Unrepresentable> {
        let mut map = self.take_map(fields.len());
        for field in fields.iter() {
            let name = HeaderName::from_bytes(field.name).map_err(|_| Unrepresentable)?;
            let value = shared_value(&mut self.buffer, field.value)?;
            map.try_append(name, value).map_err(|_| Unrepresentable)?;
        }
        self.fields.consider(fields, &map);
        Ok(map)
    }

    #[inline]
    fn take_map(&mut self, fields: usize) -> HeaderMap {
        match self.spare.take_if(|spare| spare.capacity() >= fields) {
            Some(spare) => spare,
            None => HeaderMap::with_capacity(fields),
        }
    }

    /// Takes the fields of a response that has been sent: the next request may have their place.
    #[inline]
    pub(crate) fn give_back(&mut self, mut map: HeaderMap) {
        if self.spare.is_none() && map.capacity() <= SPARE {
            map.clear();
            self.spare = Some(map);
        }
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
                let octets = share(&mut self.buffer, raw);
                let path = PathAndQuery::from_maybe_shared(octets.clone());
                let uri = Uri::from(path.map_err(|_| Unrepresentable)?);
                if raw.len() <= LONGEST_TARGET {
                    (self.raw, self.target) = (octets, Some(uri.clone()));
                }
                Ok(uri)
            }
            _ => Uri::from_maybe_shared(share(&mut self.buffer, raw)).map_err(|_| Unrepresentable),
        }
    }
}

impl Remembered {
    /// Whether `fields` have the same names, spelled and ordered in the same way.
    #[inline]
    fn has_names_of(&self, fields: Fields<'_>) -> bool {
        self.names.len() == fields.len()
            && self.names.iter().zip(fields.iter()).all(|(name, field)| **name == *field.name)
    }

    /// `fields`, of which `map` was made, are no use of: remembers them instead, now and then.
    fn consider(&mut self, fields: Fields<'_>, map: &HeaderMap) {
        self.misses += 1;
        // Lines with the same name are one entry of the map, so the order is another.
        if self.misses <= self.patience || map.keys_len() != fields.len() {
            return;
        }
        self.names = fields.iter().map(|field| Bytes::copy_from_slice(field.name)).collect();
        self.map = map.clone();
        self.misses = 0;
        self.patience = (self.patience * 2).clamp(PATIENCE, LONGEST_PATIENCE);
    }
}

/// A value in the shared buffer.
#[inline]
fn shared_value(buffer: &mut BytesMut, octets: &[u8]) -> Result<HeaderValue, Unrepresentable> {
    HeaderValue::from_maybe_shared(share(buffer, octets)).map_err(|_| Unrepresentable)
}

#[inline]
fn share(buffer: &mut BytesMut, octets: &[u8]) -> Bytes {
    if buffer.capacity() < octets.len() {
        buffer.reserve(octets.len().max(BUFFER));
    }
    buffer.extend_from_slice(octets);
    buffer.split().freeze()
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
        for (raw, fields) in heads.into_iter().cycle().take(100) {
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
        // Not remembered, since a name is there twice.
        let long = "x".repeat(1_000);
        let fields = [("a", &*long), ("a", &*long)];
        let mut place = || {
            let request = made(&mut heads, &head(b"/", &fields));
            request.headers()["a"].as_bytes().as_ptr()
        };
        let places: Vec<_> = (0..16).map(|_| place()).collect();
        let different: std::collections::HashSet<_> = places.iter().collect();
        assert!(different.len() <= 8, "two buffers at most: {}", different.len());
    }
}
