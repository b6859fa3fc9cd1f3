//! From what the engine has heard to JavaScript.
//!
//! It is called once for all that a turn has brought ([`Handlers::call_all`]), reads in the inbox what
//! comes next, and takes what it wants to know beside that ([`take`]).

use nova_http1::chunked::ChunkPlace;
use nova_http1::{Fault, Place};
use nova_io::Key;

use crate::engine::Engine;
use crate::napi::{Env, Reference, Result, Value, Words};
use crate::queue::{About, Heard, Line, inbox};

/// The functions of JavaScript that are called, in the order of `lib/link.js`.
const NAMES: usize = 10;

/// What JavaScript has given to be called.
#[derive(Debug)]
pub(crate) struct Handlers {
    functions: [Reference; NAMES],
    this: Reference,
    /// In whose name the engine calls: `AsyncLocalStorage` looks at it.
    resource: Reference,
    /// Numbers about what a call is about: see [`write_lines`].
    words: Words,
    /// What comes next: see [`inbox`].
    pub(crate) inbox: Words,
}

/// The numbers of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
enum Handler {
    /// Hears of all that is in the inbox.
    All,
    Accepted,
    Trailers,
    Unusual,
    Fault,
    PeerEnd,
    Drained,
    TimedOut,
    Closed,
    Raw,
}

impl Handlers {
    /// `functions` is an array of functions, which are called as methods of `this`; the first one is
    /// called as one of `resource`.
    pub(crate) fn new(
        env: Env,
        [this, resource]: [Value; 2],
        functions: Value,
        [words, inbox]: [Value; 2],
    ) -> Result<Self> {
        let mut kept = Vec::with_capacity(NAMES);
        for index in 0..NAMES {
            kept.push(env.reference(env.element(functions, index as u32)?)?);
        }
        let functions = kept.try_into().map_err(|_| crate::napi::Refused)?;
        let (words, inbox) = (env.words(words)?, env.words(inbox)?);
        if inbox.len() < inbox::FIRST + inbox::EACH {
            return Err(crate::napi::Refused);
        }
        let (this, resource) = (env.reference(this)?, env.reference(resource)?);
        Ok(Self { functions, this, resource, words, inbox })
    }

    /// Calls JavaScript for the `count` events of the inbox, as one callback of Node's: ticks and
    /// microtasks run behind it. What was thrown waits.
    pub(crate) fn call_all(&self, env: Env, count: u32) -> Result<()> {
        let function = self.functions[Handler::All as usize].value()?;
        let this = self.resource.value()?;
        env.call_back(this, function, &[env.small(count)?])
    }

    fn call(&self, env: Env, handler: Handler, arguments: &[Value]) -> Result<Value> {
        let function = self.functions[handler as usize].value()?;
        env.call(self.this.value()?, function, arguments)
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

/// What JavaScript wants to know of the event that it is at: a head's text, with where its parts lie in
/// the words; content; or else it is called, by the function for this event.
pub(crate) fn take(engine: &Engine) -> Result<Value> {
    let (env, queue, handlers) = (engine.env, &engine.queue, &engine.handlers);
    let Some((key, heard)) = queue.take(&handlers.inbox) else { return env.undefined() };
    let name = env.number(name(key))?;
    let call = |handler, arguments: &[Value]| handlers.call(env, handler, arguments);
    match heard {
        Heard::Request { octets, lines, about, keep } => {
            let count = queue.lines_at(&lines, |lines| write_lines(&handlers.words, lines));
            write_about(&handlers.words, about, count, keep);
            queue.octets(&octets, |octets| env.latin1(octets))
        }
        Heard::Content(octets) => queue.octets(&octets, |octets| env.buffer(octets)),
        Heard::Made(number) => engine.made.get(number).map_or_else(|| env.undefined(), Ok),
        Heard::Known { .. } | Heard::End => env.undefined(),
        Heard::Accepted => call(Handler::Accepted, &[name]),
        Heard::Trailers { octets, lines } => {
            let count = queue.lines_at(&lines, |lines| write_lines(&handlers.words, lines));
            let section = queue.octets(&octets, |octets| env.latin1(octets))?;
            call(Handler::Trailers, &[name, section, env.small(count)?])
        }
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

/// Words before the lines: flags, the method's length, where the target lies, how many lines there are,
/// and the number of the template that is to be made, plus one.
const ABOUT: usize = 6;

fn write_about(words: &Words, about: About, lines: u32, keep: Option<u32>) {
    let (at, length) = about.target;
    let keep = keep.map_or(0, |id| id + 1);
    let about = [about.flags, about.method, at, length, lines, keep];
    for (index, word) in about.into_iter().enumerate() {
        words.set(index, word);
    }
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
