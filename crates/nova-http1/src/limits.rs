//! The bounds that the protocol itself must know.

/// Bounds of one message. What crosses one is refused with the status named there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a request head, with the empty line at its end and an empty line in front of it, if
    /// there is one. Default 16 KiB, as Node and Caddy; nginx takes 32 KiB, hyper 408 KiB. RFC 9112 §3 asks
    /// for a request line of at least 8,000 octets. Crossed within the request line: 414, within
    /// the fields: 431.
    pub head_bytes: u32,
    /// Field lines of a head. Default 128: hyper, Envoy and h2o take 100, ntex 96; every line costs
    /// its reader a look. Crossed: 431.
    pub fields: u32,
    /// Octets of content. Default 2 MiB, as axum and actix for extracted content (nginx: 1 MiB), as
    /// the content of a buffered handler is kept in memory. Crossed: 413.
    pub content_bytes: u64,
    /// Octets of all chunk extensions of one message. Default 16 KiB, as Node and hyper
    /// (CVE-2024-22019, CVE-2023-39326: a body of almost nothing but extensions). Crossed: 413.
    pub chunk_extension_bytes: u32,
    /// Octets of the chunk extensions of one chunk, which Node bounds instead of their sum. Default
    /// 16 KiB, as Node. Crossed: 413.
    pub chunk_extension_bytes_each: u32,
    /// Octets of a trailer section; its lines are bounded by [`Limits::fields`]. Default 16 KiB, as
    /// hyper. Crossed: 431.
    pub trailer_bytes: u32,
    /// Whether a program behind us has its own say about some of a head. Then these are let through:
    /// a Host that is missing or no uri-host (RFC 9112 §3.2 wants 400 for it) or differs from an
    /// absolute-form (§3.2.2 has it ignored), once; an expectation that is not 100-continue (RFC 9110
    /// §10.1.1 allows 417); CONNECT with a path (RFC 9112 §3.2.3 wants host:port). None of it moves
    /// where a message ends. Default no; Node's `http.Server` has options and events about it, and may
    /// be a proxy.
    pub leaves_to_program: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // [9112-3-d]
            head_bytes: 16 * 1024,
            fields: 128,
            content_bytes: 2 * 1024 * 1024,
            chunk_extension_bytes: 16 * 1024,
            chunk_extension_bytes_each: 16 * 1024,
            trailer_bytes: 16 * 1024,
            leaves_to_program: false,
        }
    }
}
