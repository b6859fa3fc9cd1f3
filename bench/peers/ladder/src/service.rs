//! From the octets of a request to those of its answer.

use crate::clock::Clock;

/// More than this is no head.
pub const HEAD_LIMIT: usize = 16 * 1024;
/// More than this is not taken.
pub const CONTENT_LIMIT: usize = 2 * 1024 * 1024;

/// A request was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Octets of the request.
    pub consumed: usize,
    /// The connection ends with the answer.
    pub last: bool,
}

/// It is no request, or one that the ladder does not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// What is sent before a connection ends for that.
pub const REFUSAL: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A way to serve requests. One for each thread.
pub trait Service {
    /// Serves the request at the front of `octets` and appends the answer to `out`; `None` if it is not
    /// complete. `last` says that the connection is to end in any case.
    ///
    /// # Errors
    /// [`Refused`]
    fn serve(
        &mut self,
        octets: &[u8],
        last: bool,
        clock: &Clock,
        out: &mut Vec<u8>,
    ) -> Result<Option<Served>, Refused>;
}

/// Reads a `Content-Length`.
pub(crate) fn content_length(text: &str) -> Result<usize, Refused> {
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let length = digits.then(|| text.parse().ok()).flatten().ok_or(Refused)?;
    if length <= CONTENT_LIMIT { Ok(length) } else { Err(Refused) }
}

/// What came of a buffer of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Octets of the requests that were served.
    pub(crate) consumed: usize,
    /// The connection ends when the answers are sent.
    pub(crate) last: bool,
}

/// Serves all complete requests of a buffer.
#[inline]
pub(crate) fn serve_all(
    service: &mut impl Service,
    octets: &[u8],
    last: bool,
    clock: &Clock,
    out: &mut Vec<u8>,
) -> Batch {
    let mut consumed = 0;
    while consumed < octets.len() {
        match service.serve(&octets[consumed..], last, clock, out) {
            Ok(Some(served)) => {
                consumed += served.consumed;
                if served.last {
                    return Batch { consumed, last: true };
                }
            }
            Ok(None) => break,
            Err(Refused) => {
                out.extend_from_slice(REFUSAL);
                return Batch { consumed: octets.len(), last: true };
            }
        }
    }
    Batch { consumed, last: false }
}
