//! The fields that the connection itself must understand, noted while the field lines are read.

use crate::{ConnectionOptions, Fault, Said, Version};

/// What the field lines of a head say about the connection and the message's framing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Semantics<'a> {
    pub(crate) host: Said<'a>,
    /// Where the last Host's value lies.
    pub(crate) host_at: usize,
    pub(crate) content_length: Said<'a>,
    pub(crate) transfer_encoding: Said<'a>,
    pub(crate) connection: ConnectionOptions,
    pub(crate) upgrade: bool,
    pub(crate) expect: Expect,
}

/// The Expect field (RFC 9110 §10.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Expect {
    #[default]
    Nothing,
    Continue,
    SomethingElse,
}

/// Which lengths the names below have: most field lines are told apart by that alone.
const LENGTHS: u32 = 1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 14 | 1 << 17;

/// Whether [`Semantics::note`] does anything with a field of this name.
pub(crate) fn is_noted(name: &[u8]) -> bool {
    let names: [&[u8]; 6] =
        [b"host", b"expect", b"upgrade", b"connection", b"content-length", b"transfer-encoding"];
    names.iter().any(|noted| name.eq_ignore_ascii_case(noted))
}

impl<'a> Semantics<'a> {
    /// Notes a field line, if it is one of those.
    #[inline(always)]
    pub(crate) fn note(&mut self, name: &[u8], value: &'a [u8], at: usize) {
        if name.len() < 32 && LENGTHS >> name.len() & 1 != 0 {
            self.note_by_length(name, value, at);
        }
    }

    #[inline(always)]
    fn note_by_length(&mut self, name: &[u8], value: &'a [u8], at: usize) {
        match name.len() {
            4 if is(name, b"host") => {
                self.host.say(value);
                self.host_at = at;
            }
            6 if is(name, b"expect") => self.note_expectation(value),
            // A list without a protocol offers none (RFC 9110 §7.8).
            7 if is(name, b"upgrade") => self.upgrade |= !value.is_empty(),
            10 if is(name, b"connection") => self.connection.add(value),
            14 if is(name, b"content-length") => self.content_length.say(value),
            17 if is(name, b"transfer-encoding") => self.transfer_encoding.say(value),
            _ => {}
        }
    }

    /// `Expect = #expectation`: every one of them must be known.
    #[cold]
    fn note_expectation(&mut self, value: &[u8]) {
        for expectation in value.split(|&octet| octet == b',').map(<[u8]>::trim_ascii) {
            match expectation {
                b"" => {}
                _ if !expectation.eq_ignore_ascii_case(b"100-continue") => {
                    self.expect = Expect::SomethingElse;
                }
                _ if self.expect == Expect::Nothing => self.expect = Expect::Continue,
                _ => {}
            }
        }
    }

    /// Whether the client waits for 100 (Continue). RFC 9110 §10.1.1: a server "MUST ignore" the
    /// expectation in HTTP/1.0, and may answer 417 to one that it does not know.
    #[inline]
    pub(crate) fn expects_continue(&self, version: Version) -> Result<bool, Fault> {
        match (version, self.expect) {
            (Version::Http11, Expect::SomethingElse) => Err(Fault::Expectation),
            (Version::Http11, Expect::Continue) => Ok(true),
            // [9110-10.1.1-a]
            (Version::Http10, _) | (_, Expect::Nothing) => Ok(false),
        }
    }
}

/// Whether the token `name` is `lower` in any case. `lower` has only letters and `-`; setting the bit
/// 0x20 makes no other tchar one of those. Compared in words that overlap.
#[inline(always)]
fn is<const N: usize>(name: &[u8], lower: &[u8; N]) -> bool {
    let Some(name) = name.first_chunk::<N>() else { return false };
    if N < 8 {
        return word::<4>(name, 0) == word::<4>(lower, 0)
            && word::<4>(name, N - 4) == word::<4>(lower, N - 4);
    }
    word::<8>(name, 0) == word::<8>(lower, 0)
        && (N <= 16 || word::<8>(name, 8) == word::<8>(lower, 8))
        && word::<8>(name, N - 8) == word::<8>(lower, N - 8)
}

/// `W` octets from `at`, with the bit 0x20 set in each.
#[inline(always)]
fn word<const W: usize>(octets: &[u8], at: usize) -> u64 {
    let mut word = [0x20; 8];
    if let Some(octets) = octets.get(at..at + W) {
        word[..W].copy_from_slice(octets);
    }
    u64::from_ne_bytes(word) | 0x2020_2020_2020_2020
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Setting a bit must not make a recognised name of another token.
    #[test]
    fn only_letters_lose_their_case() {
        assert!(is(b"HoSt", b"host") && is(b"CONTENT-LENGTH", b"content-length"));
        for at in 0..4 {
            for octet in 0..=255u8 {
                let mut name = *b"host";
                name[at] = octet;
                let token =
                    name.iter().all(|&o| crate::scan::class::is(o, crate::scan::class::TOKEN));
                if token {
                    assert_eq!(is(&name, b"host"), name.eq_ignore_ascii_case(b"host"), "{name:?}");
                }
            }
        }
    }

    /// Lists of expectations, known and unknown.
    #[test]
    fn expectations() {
        let expect = |value: &'static [u8]| {
            let mut semantics = Semantics::default();
            semantics.note(b"Expect", value, 0);
            semantics.expects_continue(Version::Http11)
        };
        assert_eq!(expect(b"100-Continue"), Ok(true));
        assert_eq!(expect(b"100-continue, 100-continue"), Ok(true));
        assert_eq!(expect(b""), Ok(false));
        assert_eq!(expect(b"100-continue, more"), Err(Fault::Expectation));
        assert_eq!(expect(b"y 100-continue"), Err(Fault::Expectation));
    }
}
