//! Answering from other threads.
//!
//! A [`Responder`] posts to the mailbox of the exchange's worker. What it has posted and the worker
//! has not sent yet is bounded for each exchange ([`Limits::unsent_bytes`](crate::Limits)): a thread
//! that writes faster than its client reads waits. An exchange that is gone meanwhile answers
//! [`Lost`], on the next call at the latest.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use bytes::Bytes;

use crate::answer::{OwnedAnswer, OwnedStreamed};
use crate::exchange::ExchangeId;

/// The exchange has ended: its client has left, or a deadline has passed, or the server has stopped.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use std::time::Duration;
///
/// use nova_http::testing::App;
/// use nova_http::{Limits, Lost, OwnedAnswer, Request, Response};
///
/// let kept = Rc::new(Cell::new(None));
/// let keeps = kept.clone();
/// let limits = Limits { handler: Duration::from_secs(10), ..Limits::default() };
/// let app = App::new(move |_: &Request<'_>, response: Response<'_>| {
///     let (responder, answered) = response.defer();
///     keeps.set(Some(responder));
///     answered
/// });
/// let app = app.limits(limits);
/// let answer = app.get("/").begin();
/// app.advance(Duration::from_secs(11));
/// assert_eq!(answer.finish().status(), 503);
/// let responder = kept.take().unwrap();
/// assert_eq!(responder.respond(OwnedAnswer::text("too late")), Err(Lost));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody waits for this answer any more")
    }
}

impl std::error::Error for Lost {}

/// What another thread has to say in an exchange.
///
/// ```
/// use nova_http::{Late, OwnedAnswer};
///
/// /// How much content it brings.
/// fn octets(late: &Late) -> usize {
///     match late {
///         Late::Answer(answer) => answer.content.len(),
///         Late::Content(octets) => octets.len(),
///         _ => 0,
///     }
/// }
///
/// assert_eq!(octets(&Late::Answer(OwnedAnswer::text("hello"))), 5);
/// assert_eq!(octets(&Late::Finish), 0);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Late {
    /// The whole answer.
    Answer(OwnedAnswer),
    /// The head of an answer that comes in pieces.
    Start(OwnedStreamed),
    /// A piece of it.
    Content(Bytes),
    /// Its end.
    Finish,
    /// It will never be complete.
    Abort,
    /// There will be none: its responder was dropped.
    Unanswered,
    /// What was to make it has panicked.
    Panicked,
}

/// Where what other threads say is posted: a worker's mailbox.
///
/// ```
/// use std::sync::Mutex;
///
/// use nova_http::{ExchangeId, Key, Late, Post};
///
/// /// A mailbox for tests.
/// #[derive(Default)]
/// struct Kept(Mutex<Vec<(ExchangeId, Late)>>);
///
/// impl Post for Kept {
///     fn post(&self, id: ExchangeId, late: Late) {
///         self.0.lock().unwrap().push((id, late));
///     }
///
///     fn wake(&self) {}
/// }
///
/// let kept = Kept::default();
/// kept.post(ExchangeId { worker: 0, connection: Key::new(0, 0), number: 0 }, Late::Finish);
/// assert!(matches!(kept.0.lock().unwrap()[..], [(_, Late::Finish)]));
/// ```
pub trait Post: Send + Sync {
    /// Posts `late` for `id`.
    fn post(&self, id: ExchangeId, late: Late);

    /// Makes the worker turn, if it sleeps.
    fn wake(&self);
}

/// What an exchange and the threads that answer it both know.
///
/// ```
/// use std::sync::Arc;
///
/// use nova_http::Remote;
///
/// // What a protocol does with the one that it has made for a deferred exchange:
/// let remote = Arc::new(Remote::new(64 * 1024));
/// remote.sent(1_000); // Whoever waits for room may write on.
/// remote.end(); // Whoever writes learns that the exchange has ended.
/// ```
#[derive(Debug)]
pub struct Remote {
    gone: AtomicBool,
    /// Octets posted and not yet sent.
    queued: Mutex<usize>,
    room: Condvar,
    bound: usize,
}

impl Remote {
    /// An exchange for which `bound` octets may be posted ahead.
    pub fn new(bound: usize) -> Self {
        Self {
            gone: AtomicBool::new(false),
            queued: Mutex::new(0),
            room: Condvar::new(),
            bound: bound.max(1),
        }
    }

    /// The exchange has ended; whoever waits for room learns of it.
    pub fn end(&self) {
        // Under the lock, so that nobody begins to wait between the look and the note.
        let _queued = self.queued.lock().unwrap_or_else(PoisonError::into_inner);
        self.gone.store(true, Ordering::Relaxed);
        self.room.notify_all();
    }

    /// `octets` of what was posted have been sent.
    pub fn sent(&self, octets: usize) {
        let mut queued = self.queued.lock().unwrap_or_else(PoisonError::into_inner);
        *queued = queued.saturating_sub(octets);
        if *queued < self.bound {
            self.room.notify_all();
        }
    }

    fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Waits until fewer than `bound` octets are under way, then counts `octets` more.
    fn reserve(&self, octets: usize) -> Result<(), Lost> {
        let mut queued = self.queued.lock().unwrap_or_else(PoisonError::into_inner);
        while *queued >= self.bound && !self.is_gone() {
            queued = self.room.wait(queued).unwrap_or_else(PoisonError::into_inner);
        }
        if self.is_gone() {
            return Err(Lost);
        }
        *queued += octets;
        Ok(())
    }

    fn try_reserve(&self, octets: usize) -> Result<bool, Lost> {
        let mut queued = self.queued.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_gone() {
            return Err(Lost);
        }
        let room = *queued < self.bound;
        if room {
            *queued += octets;
        }
        Ok(room)
    }
}

/// The right and the duty to answer one exchange, from any thread.
///
/// Dropped without an answer it has 500 (Internal Server Error) sent, so that no client waits for
/// nothing. An answer for an exchange that is gone meanwhile is counted and thrown away.
///
/// ```
/// use std::thread;
///
/// use nova_http::testing::App;
/// use nova_http::{Answered, OwnedAnswer, Request, Response};
///
/// fn later(_: &Request<'_>, response: Response<'_>) -> Answered {
///     let (responder, answered) = response.defer();
///     thread::spawn(move || {
///         // What takes long is not worth it when the client has left.
///         if !responder.is_gone() {
///             let _ = responder.respond(OwnedAnswer::text("at last"));
///         }
///     });
///     answered
/// }
///
/// assert_eq!(App::new(later).get("/").send().text(), "at last");
/// ```
#[must_use = "dropping it answers 500"]
pub struct Responder {
    id: ExchangeId,
    line: Option<Line>,
}

/// The way to one exchange.
struct Line {
    id: ExchangeId,
    post: Arc<dyn Post>,
    remote: Arc<Remote>,
}

impl Line {
    fn say(&self, late: Late) {
        self.post.post(self.id, late);
    }
}

impl Responder {
    pub(crate) fn new(id: ExchangeId, post: Arc<dyn Post>, remote: Arc<Remote>) -> Self {
        Self { id, line: Some(Line { id, post, remote }) }
    }

    /// Which exchange this answers.
    pub fn id(&self) -> ExchangeId {
        self.id
    }

    /// Whether the exchange has ended already, so that nobody needs the answer.
    pub fn is_gone(&self) -> bool {
        self.line.as_ref().is_none_or(|line| line.remote.is_gone())
    }

    /// Posts the final answer to the exchange's worker.
    ///
    /// # Errors
    /// [`Lost`] if the exchange is known to have ended. It may still end before the answer leaves.
    pub fn respond(mut self, answer: OwnedAnswer) -> Result<(), Lost> {
        match self.line.take() {
            Some(line) if !line.remote.is_gone() => {
                line.say(Late::Answer(answer));
                Ok(())
            }
            _ => Err(Lost),
        }
    }

    /// What was to answer has panicked: the client gets 500.
    pub(crate) fn panicked(mut self) {
        if let Some(line) = self.line.take() {
            line.say(Late::Panicked);
        }
    }

    /// Begins an answer that this thread writes in pieces.
    ///
    /// # Errors
    /// As [`Responder::respond`].
    pub fn start(mut self, head: OwnedStreamed) -> Result<RemoteContent, Lost> {
        match self.line.take() {
            Some(line) if !line.remote.is_gone() => {
                line.say(Late::Start(head));
                Ok(RemoteContent { line: Some(line) })
            }
            _ => Err(Lost),
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(line) = self.line.take()
            && !line.remote.is_gone()
        {
            line.say(Late::Unanswered);
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Writes the content of a deferred answer, from any thread.
///
/// Dropped before [`RemoteContent::finish`] it aborts the answer: the client sees a reset and cannot
/// take what it got for the whole.
///
/// ```
/// use std::thread;
///
/// use nova_http::testing::App;
/// use nova_http::{Answered, Lost, OwnedStreamed, Request, Response, Status};
///
/// fn count(_: &Request<'_>, response: Response<'_>) -> Answered {
///     let (responder, answered) = response.defer();
///     thread::spawn(move || -> Result<(), Lost> {
///         let mut content = responder.start(OwnedStreamed::new(Status::OK))?;
///         for number in 0..3 {
///             content.write(format!("{number};"))?;
///         }
///         content.finish()
///     });
///     answered
/// }
///
/// assert_eq!(App::new(count).get("/").send().text(), "0;1;2;");
/// ```
#[must_use = "dropping it aborts the answer"]
pub struct RemoteContent {
    line: Option<Line>,
}

impl RemoteContent {
    /// Posts a piece of content. Waits while the client has not taken what was posted before.
    ///
    /// # Errors
    /// [`Lost`] as soon as the exchange has ended.
    pub fn write(&mut self, octets: impl Into<Bytes>) -> Result<(), Lost> {
        let (octets, line) = (octets.into(), self.line.as_ref().ok_or(Lost)?);
        line.remote.reserve(octets.len())?;
        line.say(Late::Content(octets));
        Ok(())
    }

    /// As [`RemoteContent::write`], but gives the octets back instead of waiting.
    ///
    /// # Errors
    /// As [`RemoteContent::write`].
    pub fn try_write(&mut self, octets: Bytes) -> Result<Option<Bytes>, Lost> {
        let line = self.line.as_ref().ok_or(Lost)?;
        if !line.remote.try_reserve(octets.len())? {
            return Ok(Some(octets));
        }
        line.say(Late::Content(octets));
        Ok(None)
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// [`Lost`] if the exchange is known to have ended.
    pub fn finish(mut self) -> Result<(), Lost> {
        let line = self.line.take().ok_or(Lost)?;
        if line.remote.is_gone() {
            return Err(Lost);
        }
        line.say(Late::Finish);
        Ok(())
    }
}

impl Drop for RemoteContent {
    fn drop(&mut self) {
        if let Some(line) = self.line.take()
            && !line.remote.is_gone()
        {
            line.say(Late::Abort);
        }
    }
}

impl fmt::Debug for RemoteContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteContent").finish_non_exhaustive()
    }
}
