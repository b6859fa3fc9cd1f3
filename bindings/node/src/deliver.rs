//! From what the engine has heard to calls of JavaScript.

use nova_http1::chunked::ChunkPlace;
use nova_http1::{Fault, Place};
use nova_io::Key;

use crate::engine::Engine;
use crate::napi::{Env, Reference, Result, Value, Words};
use crate::queue::{About, Heard, Line};

/// The functions of JavaScript that are called, in the order of `lib/engine.js`.
const NAMES: usize = 13;

/// What JavaScript has given to be called.
#[derive(Debug)]
pub(crate) struct Handlers {
    functions: [Reference; NAMES],
    this: Reference,
    /// Numbers about what a call is about: see [`write_lines`].
    words: Words,
}

/// The numbers of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
enum Handler {
    Accepted,
    Known,
    Request,
    Content,
    Trailers,
    End,
    Unusual,
    Fault,
    PeerEnd,
    Drained,
    TimedOut,
    Closed,
    Raw,
}

impl Handlers {
    /// `functions` is an array of functions, which are called as methods of `this`.
    pub(crate) fn new(env: Env, this: Value, functions: Value, words: Value) -> Result<Self> {
        let mut kept = Vec::with_capacity(NAMES);
        for index in 0..NAMES {
            kept.push(env.reference(env.element(functions, index as u32)?)?);
        }
        let functions = kept.try_into().map_err(|_| crate::napi::Refused)?;
        Ok(Self { functions, this: env.reference(this)?, words: env.words(words)? })
    }

    fn call(
        &self,
        env: Env,
        handler: Handler,
        arguments: &[Value],
        before_a_throw: impl FnOnce(),
    ) -> Result<()> {
        let function = self.functions[handler as usize].value()?;
        env.call(self.this.value()?, function, arguments, before_a_throw)
    }
}

/// A connection's name in JavaScript: a whole number.
pub(crate) fn name(key: Key) -> f64 {
    f64::from(key.generation) * f64::from(1 << SLOT_BITS) + f64::from(key.slot)
}

/// The key of a name.
pub(crate) fn key(name: f64) -> Key {
    if name < 0.0 {
        // Of a socket that has no connection any more: nobody's.
        return Key::new(u32::MAX, u32::MAX);
    }
    let slots = f64::from(1 << SLOT_BITS);
    Key::new((name % slots) as u32, (name / slots) as u32)
}

/// A name has so many bits for a connection's slot, which bounds the connections.
pub(crate) const SLOT_BITS: u32 = 20;

/// Calls JavaScript about one event.
pub(crate) fn deliver(engine: &Engine, key: Key, heard: Heard) -> Result<()> {
    let (env, queue, handlers) = (engine.env, &engine.queue, &engine.handlers);
    let name = env.number(name(key))?;
    // An exception may be the end of the process: what was answered before it leaves before it.
    let before_a_throw = || engine.send_held(key);
    let call =
        |handler, arguments: &[Value]| handlers.call(env, handler, arguments, before_a_throw);
    match heard {
        Heard::Accepted => call(Handler::Accepted, &[name]),
        Heard::Known { id } => call(Handler::Known, &[name, env.small(id)?]),
        Heard::Request { octets, lines, about, keep } => {
            let count = queue.lines_at(&lines, |lines| write_lines(&handlers.words, lines));
            write_about(&handlers.words, about);
            let head = queue.octets(&octets, |octets| env.latin1(octets))?;
            let keep = match keep {
                Some(id) => env.number(f64::from(id))?,
                None => env.number(-1.0)?,
            };
            call(Handler::Request, &[name, head, env.small(count)?, keep])
        }
        Heard::Content(octets) => {
            let content = queue.octets(&octets, |octets| env.buffer(octets))?;
            call(Handler::Content, &[name, content])
        }
        Heard::Trailers { octets, lines } => {
            let count = queue.lines_at(&lines, |lines| write_lines(&handlers.words, lines));
            let section = queue.octets(&octets, |octets| env.latin1(octets))?;
            call(Handler::Trailers, &[name, section, env.small(count)?])
        }
        Heard::End => call(Handler::End, &[name]),
        Heard::Unusual(why) => call(Handler::Unusual, &[name, env.small(why)?]),
        Heard::Fault { fault, octets, at, place, fresh } => {
            let raw = queue.octets(&octets, |octets| env.buffer(octets))?;
            let (code, reason) = in_the_words_of_node(fault);
            let (code, reason) = (env.text(code)?, env.text(reason)?);
            let (at, opening) = (env.number(at as f64)?, env.text(opening(place))?);
            let fresh = env.number(fresh as f64)?;
            call(Handler::Fault, &[name, code, reason, raw, at, opening, fresh])
        }
        Heard::Raw(octets) => {
            let raw = queue.octets(&octets, |octets| env.buffer(octets))?;
            call(Handler::Raw, &[name, raw])
        }
        Heard::PeerEnd { whole } => call(Handler::PeerEnd, &[name, env.boolean(whole)?]),
        Heard::Drained => call(Handler::Drained, &[name]),
        Heard::TimedOut => call(Handler::TimedOut, &[name]),
        Heard::Closed { reset, received, written } => {
            let (received, written) = (env.number(received as f64)?, env.number(written as f64)?);
            call(Handler::Closed, &[name, env.boolean(reset)?, received, written])
        }
    }
}

/// Words before the lines: flags, the method's length, where the target lies.
const ABOUT: usize = 4;

fn write_about(words: &Words, about: About) {
    words.set(0, about.flags);
    words.set(1, about.method);
    words.set(2, about.target.0);
    words.set(3, about.target.1);
}

/// Writes where names and values lie, four words a line; says how many lines there was room for.
fn write_lines(words: &Words, lines: &[Line]) -> u32 {
    let count = lines.len().min((words.len() - ABOUT) / 4);
    for (index, word) in lines[..count].iter().flatten().enumerate() {
        words.set(ABOUT + index, *word);
    }
    count as u32
}

/// The shortest request that brings another parser to a place in a message, as far as that has a say in
/// what may follow.
fn opening(place: Place) -> &'static str {
    macro_rules! chunks {
        ($part:literal) => {
            concat!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", $part)
        };
    }
    match place {
        Place::Head | Place::Content => "",
        Place::Chunk(ChunkPlace::Start) => chunks!(""),
        Place::Chunk(ChunkPlace::Size) => chunks!("1"),
        Place::Chunk(ChunkPlace::Extension) => chunks!("1;a"),
        Place::Chunk(ChunkPlace::SizeLineFeed) => chunks!("1\r"),
        Place::Chunk(ChunkPlace::Data) => chunks!("1\r\n"),
        Place::Chunk(ChunkPlace::DataReturn) => chunks!("1\r\na"),
        Place::Chunk(ChunkPlace::DataLineFeed) => chunks!("1\r\na\r"),
        Place::Chunk(ChunkPlace::Last) | Place::Trailers => chunks!("0\r\n"),
    }
}

/// Node's code for a fault, and its reason.
fn in_the_words_of_node(fault: Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::Method | Fault::MethodCase => ("HPE_INVALID_METHOD", "Invalid method encountered"),
        Fault::Target => ("HPE_INVALID_URL", "Invalid characters in url"),
        Fault::RequestLine => ("HPE_INVALID_CONSTANT", "Expected HTTP/"),
        Fault::Version => ("HPE_INVALID_VERSION", "Expected dot"),
        Fault::VersionUnsupported => ("HPE_INVALID_VERSION", "Invalid HTTP version"),
        Fault::LineEnd => ("HPE_CR_EXPECTED", "Missing expected CR after header value"),
        Fault::FieldName => ("HPE_INVALID_HEADER_TOKEN", "Invalid header token"),
        Fault::FieldValue => ("HPE_INVALID_HEADER_TOKEN", "Invalid header value char"),
        Fault::LineFolding => ("HPE_UNEXPECTED_CONTENT_LENGTH", "Invalid header value char"),
        Fault::ContentLength => {
            ("HPE_INVALID_CONTENT_LENGTH", "Invalid character in Content-Length")
        }
        Fault::TransferEncoding | Fault::TransferCodingUnknown => {
            ("HPE_INVALID_TRANSFER_ENCODING", "Request has invalid `Transfer-Encoding`")
        }
        Fault::LengthAndTransferEncoding => (
            "HPE_INVALID_TRANSFER_ENCODING",
            "Transfer-Encoding can't be present with Content-Length",
        ),
        Fault::Chunk => ("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size"),
        Fault::Trailer => ("HPE_INVALID_HEADER_TOKEN", "Invalid header token"),
        Fault::RequestLineTooLong | Fault::FieldsTooLarge => {
            ("HPE_HEADER_OVERFLOW", "Header overflow")
        }
        Fault::ContentTooLarge => ("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow"),
        Fault::Incomplete => ("HPE_INVALID_EOF_STATE", "Invalid EOF state"),
        Fault::Host => ("HPE_INVALID_HEADER_TOKEN", "Invalid Host"),
        _ => ("HPE_USER", "The request is malformed"),
    }
}
