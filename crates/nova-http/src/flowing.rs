//! What goes on when a handler has returned: content in pieces, in either direction.

use std::fmt;

use nova_http1::Fields;

use crate::exchange::{Exchange, Gone};

/// Receives or writes the content of one exchange, piece by piece, on the worker's thread.
///
/// ```
/// use nova_http::{Answered, Exchange, Flowing, Request, Response};
///
/// /// Counts to a million, in lines, no faster than the client reads.
/// #[derive(Debug)]
/// struct Count(u32);
///
/// impl Flowing for Count {
///     fn writable(&mut self, exchange: &mut Exchange<'_>) {
///         while self.0 < 1_000_000 {
///             let line = format!("{}\n", self.0);
///             // A line is written whole or not at all.
///             if exchange.room() < line.len() {
///                 exchange.wait_for_room();
///                 return;
///             }
///             let _ = exchange.write(line.as_bytes());
///             self.0 += 1;
///         }
///         let _ = exchange.finish();
///     }
/// }
///
/// fn count(_: &Request<'_>, response: Response<'_>) -> Answered {
///     response.stream(None, Count(0))
/// }
/// ```
pub trait Flowing: fmt::Debug {
    /// Called once, before everything else; grants credit if content is wanted. By default, if the
    /// answer has been started, it begins to write.
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        self.writable(exchange);
    }

    /// The next octets of the content, or of the tunnel.
    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        let _ = (exchange, octets);
    }

    /// The trailer section of the content.
    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        let _ = (exchange, fields);
    }

    /// The content is complete, or the client has ended its direction of the tunnel.
    fn end(&mut self, exchange: &mut Exchange<'_>) {
        let _ = exchange;
    }

    /// There is room to write again.
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        let _ = exchange;
    }

    /// The exchange has ended before its answer was complete. It is dropped after this.
    fn gone(&mut self, why: Gone) {
        let _ = why;
    }
}
