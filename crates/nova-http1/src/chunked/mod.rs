//! The chunked transfer coding (RFC 9112 §7.1). Being written.
