//! What a turn of the engine has heard, until JavaScript hears it.
//!
//! No JavaScript runs while the engine turns: what has happened waits here, in order, with copies of
//! its octets, and is delivered when the turn is over. Handlers may call the engine again meanwhile,
//! which may put more behind what is there.
//!
//! JavaScript reads what comes next in words that it shares with us, the [`inbox`], and is called once
//! for as many events as there is room for: that it has gone on to the next one is a word, too.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use nova_http1::{Fault, Fields, Head, Place};
use nova_io::Key;

use crate::heads::{Heads, Sight};
use crate::napi::Words;

/// What is said about a request beside its octets.
pub(crate) mod flag {
    pub(crate) const KEEP_ALIVE: u32 = 1;
    pub(crate) const UPGRADE: u32 = 2;
    pub(crate) const HTTP_10: u32 = 4;
    pub(crate) const CONTENT: u32 = 8;
}

/// Words of the inbox: what JavaScript has gone on to and whether it holds answers, then four words for
/// each event: what it is, the connection's slot and generation, and a template's number.
pub(crate) mod inbox {
    /// Events that JavaScript has begun with, counted from the first one of the inbox.
    pub(crate) const BEGUN: usize = 0;
    /// Whether the answer of what it is at waits for others of its pipeline.
    pub(crate) const HOLDS: usize = 1;
    pub(crate) const FIRST: usize = 2;
    pub(crate) const EACH: usize = 4;
    /// What JavaScript knows how to go about; all else it is called for.
    pub(crate) const OTHER: u32 = 0;
    pub(crate) const KNOWN: u32 = 1;
    pub(crate) const REQUEST: u32 = 2;
    pub(crate) const CONTENT: u32 = 3;
    pub(crate) const END: u32 = 4;
}

/// Something that happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Accepted,
    /// A head that JavaScript has a template of.
    Known {
        id: u32,
    },
    /// A head in octets; with `keep`, JavaScript is to make a template of it.
    Request {
        octets: Range<usize>,
        lines: Range<usize>,
        about: About,
        keep: Option<u32>,
    },
    Content(Range<usize>),
    /// Content that has been made a value of JavaScript's, by its number.
    Made(u32),
    Trailers {
        octets: Range<usize>,
        lines: Range<usize>,
    },
    End,
    /// A request that Node itself must serve, and why.
    Unusual(u32),
    /// A rule is broken behind `at` octets, up to which everything was understood: that is `place` in
    /// its message. Those from `fresh` on have just come.
    Fault {
        fault: Fault,
        octets: Range<usize>,
        at: usize,
        place: Place,
        fresh: usize,
    },
    PeerEnd {
        whole: bool,
    },
    /// Everything written has left.
    Drained,
    TimedOut,
    Closed {
        reset: bool,
        received: u64,
        written: u64,
    },
    /// Octets that somebody listens to beside the engine.
    Raw(Range<usize>),
}

/// A request line, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// Of `flag`.
    pub(crate) flags: u32,
    /// The method is at the front of the octets and has this length.
    pub(crate) method: u32,
    /// Where the request-target lies.
    pub(crate) target: (u32, u32),
}

/// A field line: where its name and its value lie.
pub(crate) type Line = [u32; 4];

/// Who makes large content a value of JavaScript's at once; says its number, or nothing if it is to wait as
/// octets.
pub(crate) trait Maker: std::fmt::Debug {
    fn make(&self, octets: &[u8]) -> Option<u32>;
}

/// The queue of one engine.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    maker: RefCell<Option<Rc<dyn Maker>>>,
    events: RefCell<VecDeque<(Key, Heard)>>,
    octets: RefCell<Vec<u8>>,
    lines: RefCell<Vec<Line>>,
    heads: RefCell<Heads>,
    requests: Cell<u64>,
    /// Octets of target, names and values that a head may have.
    head_bytes: Cell<u32>,
    /// Its events are being delivered.
    delivering: Cell<bool>,
    /// Events of the inbox that are not in the queue any more.
    popped: Cell<u32>,
    /// The time limits that sockets have, in milliseconds, by slot.
    timeouts: RefCell<Option<Words>>,
}

/// Memory for octets that is kept when everything was delivered.
const KEPT: usize = 256 * 1024;

impl Queue {
    pub(crate) fn push(&self, key: Key, heard: Heard) {
        self.events.borrow_mut().push_back((key, heard));
    }

    /// A request's head, which lies in `octets`.
    pub(crate) fn request(&self, key: Key, head: &Head<'_>, octets: &[u8], flags: u32) {
        self.requests.set(self.requests.get() + 1);
        // An empty line before a request is none of its (RFC 9112 §2.2).
        let octets = octets.strip_prefix(b"\r\n").unwrap_or(octets);
        let keep = match self.heads.borrow_mut().see(octets) {
            Sight::Known(id) => return self.push(key, Heard::Known { id }),
            Sight::Again(id) => Some(id),
            Sight::New => None,
        };
        let within = |part: &[u8]| (part.as_ptr().addr() - octets.as_ptr().addr()) as u32;
        let method = head.method.as_bytes().len() as u32;
        let target = (within(head.target.raw), head.target.raw.len() as u32);
        let about = About { flags, method, target };
        let lines = self.lines(head.fields, octets);
        let octets = self.keep(octets);
        self.push(key, Heard::Request { octets, lines, about, keep });
    }

    pub(crate) fn content(&self, key: Key, content: &[u8]) {
        let made = self.maker.borrow().as_ref().and_then(|maker| maker.make(content));
        let heard = match made {
            Some(number) => Heard::Made(number),
            None => Heard::Content(self.keep(content)),
        };
        self.push(key, heard);
    }

    pub(crate) fn set_maker(&self, maker: Rc<dyn Maker>) {
        *self.maker.borrow_mut() = Some(maker);
    }

    /// A trailer section; its lines are copied one behind the other.
    pub(crate) fn trailers(&self, key: Key, fields: Fields<'_>) {
        let (mut octets, mut lines) = (self.octets.borrow_mut(), self.lines.borrow_mut());
        let (start, first) = (octets.len(), lines.len());
        for field in fields.iter() {
            let name = (octets.len() - start) as u32;
            octets.extend_from_slice(field.name);
            let value = (octets.len() - start) as u32;
            octets.extend_from_slice(field.value);
            lines.push([name, field.name.len() as u32, value, field.value.len() as u32]);
        }
        let (octets, lines) = (start..octets.len(), first..lines.len());
        self.push(key, Heard::Trailers { octets, lines });
    }

    /// A broken rule behind `at` octets; those from `fresh` on have just come.
    pub(crate) fn fault(
        &self,
        key: Key,
        fault: Fault,
        octets: &[u8],
        (at, fresh): (usize, usize),
        place: Place,
    ) {
        let octets = self.keep(octets);
        self.push(key, Heard::Fault { fault, octets, at, place, fresh });
    }

    pub(crate) fn raw(&self, key: Key, octets: &[u8]) {
        let octets = self.keep(octets);
        self.push(key, Heard::Raw(octets));
    }

    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.borrow().is_empty()
    }

    /// Writes what comes next into the inbox; says how many events.
    pub(crate) fn fill(&self, words: &Words) -> u32 {
        let events = self.events.borrow();
        let room = (words.len() - inbox::FIRST) / inbox::EACH;
        let count = events.len().min(room);
        for (index, (key, heard)) in events.iter().take(count).enumerate() {
            let (kind, id) = match heard {
                Heard::Known { id } => (inbox::KNOWN, *id),
                Heard::Request { .. } => (inbox::REQUEST, 0),
                Heard::Content(_) | Heard::Made(_) => (inbox::CONTENT, 0),
                Heard::End => (inbox::END, 0),
                _ => (inbox::OTHER, 0),
            };
            let at = inbox::FIRST + index * inbox::EACH;
            for (place, word) in [kind, key.slot, key.generation, id].into_iter().enumerate() {
                words.set(at + place, word);
            }
        }
        words.set(inbox::BEGUN, 0);
        words.set(inbox::HOLDS, 0);
        self.popped.set(0);
        count as u32
    }

    /// Takes the event that JavaScript is at out of the queue; before it, those that it is done with.
    pub(crate) fn take(&self, words: &Words) -> Option<(Key, Heard)> {
        let begun = words.get(inbox::BEGUN);
        self.drop_until(begun.checked_sub(1)?);
        if self.popped.get() == begun {
            return None;
        }
        self.popped.set(begun);
        self.events.borrow_mut().pop_front()
    }

    /// Drops what JavaScript has begun with, at least one event: what it could not hear is lost.
    pub(crate) fn drop_begun(&self, words: &Words) {
        self.drop_until(words.get(inbox::BEGUN).max(1));
    }

    /// Nobody is left to hear.
    pub(crate) fn drop_all(&self) {
        self.events.borrow_mut().clear();
    }

    fn drop_until(&self, begun: u32) {
        let mut events = self.events.borrow_mut();
        while self.popped.get() < begun && events.pop_front().is_some() {
            self.popped.set(self.popped.get() + 1);
        }
    }

    /// The connection that JavaScript is hearing of.
    pub(crate) fn current(&self, words: &Words) -> Option<Key> {
        let index = words.get(inbox::BEGUN).checked_sub(1)?;
        let at = inbox::FIRST + index as usize * inbox::EACH;
        Some(Key::new(words.get(at + 1), words.get(at + 2)))
    }

    /// Lends octets of an event.
    pub(crate) fn octets<R>(&self, range: &Range<usize>, give: impl FnOnce(&[u8]) -> R) -> R {
        give(self.octets.borrow().get(range.clone()).unwrap_or_default())
    }

    /// Lends lines of an event.
    pub(crate) fn lines_at<R>(&self, range: &Range<usize>, give: impl FnOnce(&[Line]) -> R) -> R {
        give(self.lines.borrow().get(range.clone()).unwrap_or_default())
    }

    /// Everything has been delivered.
    pub(crate) fn clear(&self) {
        debug_assert!(self.is_empty(), "something has not been delivered");
        let mut octets = self.octets.borrow_mut();
        octets.clear();
        octets.shrink_to(KEPT);
        self.lines.borrow_mut().clear();
    }

    /// Requests until now.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.get()
    }

    pub(crate) fn set_delivering(&self, on: bool) {
        self.delivering.set(on);
    }

    /// Whether JavaScript is hearing of events right now.
    pub(crate) fn is_delivering(&self) -> bool {
        self.delivering.get()
    }

    pub(crate) fn set_head_bytes(&self, octets: u32) {
        self.head_bytes.set(octets);
    }

    /// Whether a head has as many octets as Node refuses: it counts target, names and values only.
    pub(crate) fn is_too_long(&self, head: &Head<'_>) -> bool {
        let limit = self.head_bytes.get() as usize;
        if head.len < limit {
            return false;
        }
        let fields = head.fields.iter().map(|field| field.name.len() + field.value.len());
        head.target.raw.len() + fields.sum::<usize>() >= limit
    }

    /// Shares the time limits of sockets with JavaScript.
    pub(crate) fn share_timeouts(&self, words: Words) {
        *self.timeouts.borrow_mut() = Some(words);
    }

    /// The time limit of the connection in `slot`, in milliseconds; zero: none.
    pub(crate) fn timeout(&self, slot: u32) -> u32 {
        self.timeouts.borrow().as_ref().map_or(0, |words| words.get(slot as usize))
    }

    fn keep(&self, octets: &[u8]) -> Range<usize> {
        let mut all = self.octets.borrow_mut();
        let start = all.len();
        all.extend_from_slice(octets);
        start..all.len()
    }

    fn lines(&self, fields: Fields<'_>, octets: &[u8]) -> Range<usize> {
        let within = |part: &[u8]| (part.as_ptr().addr() - octets.as_ptr().addr()) as u32;
        let mut lines = self.lines.borrow_mut();
        let start = lines.len();
        lines.extend(fields.iter().map(|field| {
            let (name, value) = (field.name, field.value);
            // An empty value may lie anywhere.
            let at = if value.is_empty() { 0 } else { within(value) };
            [within(name), name.len() as u32, at, value.len() as u32]
        }));
        start..lines.len()
    }
}
