//! Message body length (RFC 9112 §6.3): the only place where Content-Length and Transfer-Encoding
//! meet. Request smuggling is decided here.
//!
//! Whatever two recipients could read differently is refused, also where the RFC lets a server
//! guess: a repeated Content-Length with equal values, a coding beside chunked, Transfer-Encoding
//! together with Content-Length.

use crate::{Fault, Version, grammar};

/// How the content of a request is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// No content: neither Content-Length nor Transfer-Encoding, or a Content-Length of zero.
    None,
    /// Exactly this many octets, at least one.
    Length(u64),
    /// Chunks until the last one (RFC 9112 §7.1).
    Chunked,
}

/// What a head says under one field name that must not be said twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Said<'a> {
    /// No such field line.
    #[default]
    Nothing,
    /// One field line with this value.
    Once(&'a [u8]),
    /// Several field lines, equal or not.
    Repeatedly,
}

impl<'a> Said<'a> {
    /// Notes one more field line.
    pub fn say(&mut self, value: &'a [u8]) {
        *self = match self {
            Self::Nothing => Self::Once(value),
            Self::Once(_) | Self::Repeatedly => Self::Repeatedly,
        };
    }
}

/// The longest content that a Content-Length or a chunk-size may announce: 2⁶³−1 octets, so that
/// no recipient with signed numbers reads it as a negative one.
pub const LONGEST_CONTENT: u64 = i64::MAX as u64;

/// Decides how the content of a request is delimited.
///
/// The values are those of the field lines, without the white space around them.
///
/// # Errors
/// [`Fault::ContentLength`], [`Fault::TransferEncoding`], [`Fault::TransferCodingUnknown`] and
/// [`Fault::LengthAndTransferEncoding`].
#[inline]
pub fn request_body_length(
    version: Version,
    content_length: Said<'_>,
    transfer_encoding: Said<'_>,
) -> Result<BodyLength, Fault> {
    match (content_length, transfer_encoding) {
        // RFC 9112 §6.3 (7): "If this is a request message and none of the above are true, then
        // the message body length is zero (no message body is present)."
        (Said::Nothing, Said::Nothing) => Ok(BodyLength::None),
        (Said::Once(value), Said::Nothing) => match parse_content_length(value) {
            Some(0) => Ok(BodyLength::None),
            Some(length) => Ok(BodyLength::Length(length)),
            // [9112-6.3-b]
            None => Err(Fault::ContentLength),
        },
        // §6.3 (5): invalid, "unless the field value can be successfully parsed as a
        // comma-separated list (...), all values in the list are valid, and all values in the list
        // are the same". A sender of two lengths is broken or hostile: we take no list either.
        (Said::Repeatedly, Said::Nothing) => Err(Fault::ContentLength),
        (Said::Nothing, Said::Once(value)) => transfer_coding(version, value),
        (Said::Nothing, Said::Repeatedly) => Err(Fault::TransferEncoding),
        // §6.3 (3): "Such a message might indicate an attempt to perform request smuggling (...)
        // or response splitting (...) and ought to be handled as an error."
        // [9112-6.1-g]
        (_, _) => Err(Fault::LengthAndTransferEncoding),
    }
}

/// Content-Length = 1*DIGIT (RFC 9110 §8.6): no sign, no list, no white space inside. Leading
/// zeros change nothing.
///
/// `None` also for more than [`LONGEST_CONTENT`]: "a recipient MUST anticipate potentially large
/// decimal numerals and prevent parsing errors due to integer conversion overflows" (§8.6).
#[inline]
pub fn parse_content_length(value: &[u8]) -> Option<u64> {
    let mut length = 0_u64;
    for octet in value {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // [9110-8.6-e]
        length = length.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (!value.is_empty() && length <= LONGEST_CONTENT).then_some(length)
}

/// RFC 9112 §6.1 for one Transfer-Encoding field line of a request.
fn transfer_coding(version: Version, value: &[u8]) -> Result<BodyLength, Fault> {
    // §6.1: "A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding
    // header field MUST treat the message as if the framing is faulty".
    // [9112-6.1-h]
    if version == Version::Http10 {
        return Err(Fault::TransferEncoding);
    }
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(BodyLength::Chunked);
    }
    Err(refused_coding(value))
}

/// Why a value other than exactly `chunked` is refused: 501 if it is a well-formed list of codings
/// that we do not implement and chunked is the last one, 400 if its end could not be found even if we
/// did.
#[cold]
fn refused_coding(value: &[u8]) -> Fault {
    let mut chunked = 0_u32;
    let mut rest = value;
    loop {
        // [9110-5.6.1.2-b] No empty elements.
        let Some((name, parameters, after)) = split_coding(rest) else {
            return Fault::TransferEncoding;
        };
        let is_chunked = name.eq_ignore_ascii_case(b"chunked");
        chunked += u32::from(is_chunked);
        // §7.1: "The chunked coding does not define any parameters. Their presence SHOULD be
        // treated as an error."
        // [9112-7.1-c]
        if is_chunked && parameters {
            return Fault::TransferEncoding;
        }
        match after {
            [b',', next @ ..] => rest = grammar::trim_start(next),
            // §6.1: "A server that receives a request message with a transfer coding it does not
            // understand SHOULD respond with 501 (Not Implemented)."
            // [9112-6.1-i]
            [] if is_chunked && chunked == 1 => return Fault::TransferCodingUnknown,
            // §6.3 (4): if chunked is not the final one, "the message body length cannot be
            // determined reliably; the server MUST respond with the 400 (Bad Request) status
            // code", also to a coding that we have never heard of; §6.1: "A sender MUST NOT apply
            // the chunked transfer coding more than once to a message body."
            // [9112-6.3-a]
            _ => return Fault::TransferEncoding,
        }
    }
}

/// transfer-coding = token *( OWS ";" OWS token BWS "=" BWS ( token / quoted-string ) )
/// (RFC 9112 §7): its name, whether it has parameters, and what follows (RFC 9110 §10.1.4).
fn split_coding(value: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let (name, rest) = grammar::split_token(value)?;
    let mut rest = grammar::trim_start(rest);
    let mut parameters = false;
    while let [b';', parameter @ ..] = rest {
        parameters = true;
        let (_, after_name) = grammar::split_token(grammar::trim_start(parameter))?;
        let [b'=', argument @ ..] = grammar::trim_start(after_name) else { return None };
        let argument = grammar::trim_start(argument);
        let after = match grammar::split_token(argument) {
            Some((_, after)) => after,
            None => grammar::split_quoted_string(argument)?.1,
        };
        rest = grammar::trim_start(after);
    }
    Some((name, parameters, rest))
}

#[cfg(test)]
mod tests;
