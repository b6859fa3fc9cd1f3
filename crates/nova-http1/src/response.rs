//! Encoding responses (RFC 9112 §4, §6, RFC 9110 §15). Being written.
