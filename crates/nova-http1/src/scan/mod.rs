//! Scanning. Being written.
