//! How much of a message the engine takes.
//!
//! Node has limits of its own, which are asked for elsewhere: see `protocol.rs` and `lib/`. What is left
//! here is what would break the engine.

/// The bounds of a message, where Node has this many octets for a head (`maxHeaderSize`).
pub(crate) const fn of_messages(head_bytes: u32) -> nova_http1::Limits {
    // Node does not count what stands between names and values: see `protocol.rs`.
    let twice = head_bytes.saturating_mul(2);
    nova_http1::Limits {
        head_bytes: if twice > 4 * 1024 { twice } else { 4 * 1024 },
        // Node's own parser has a bound of 2,000 pairs beyond which it drops lines.
        fields: 2_000,
        content_bytes: u64::MAX,
        trailer_bytes: head_bytes,
        // Node bounds those of each chunk; what a message may have of them stays bounded, too.
        chunk_extension_bytes: 256 * 1024,
        chunk_extension_bytes_each: 16 * 1024,
        leaves_to_program: true,
    }
}
