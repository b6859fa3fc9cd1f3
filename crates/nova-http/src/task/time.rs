//! Waiting for a moment, on the worker's own clock: real time, or a simulation's.
//!
//! The worker says what time it is when a turn begins. Between turns (in a Tokio runtime other tasks
//! run there) the clock stands still, so whoever begins to sleep then has the next turn say when that
//! was: a sleep may take longer than it was meant to, and is never shorter.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nova_io::Time;

use crate::remote::Post;

/// The clock of a worker. Clones are the same clock; it cannot leave its worker's thread.
///
/// ```
/// use std::time::Duration;
/// use nova_http::{Call, OwnedAnswer};
///
/// async fn slow(call: Call) -> OwnedAnswer {
///     let clock = call.clock();
///     let begun = clock.now();
///     clock.sleep(Duration::from_millis(10)).await;
///     OwnedAnswer::text(format!("after {:?}", clock.now().since(begun)))
/// }
/// # fn takes(_: impl nova_http::AsyncHandler) {}
/// # takes(slow);
/// ```
#[derive(Clone, Default)]
pub struct Clock {
    shared: Rc<Shared>,
}

struct Shared {
    now: Cell<Time>,
    /// The worker polls a handler's future: it has just said what time it is, and asks for the next
    /// deadline before it waits.
    turning: Cell<bool>,
    /// Who is to be woken when, in the order of the moments, then of asking.
    waiting: RefCell<BTreeMap<(Time, u64), Waker>>,
    asked: Cell<u64>,
    /// The first of the moments, or never.
    first: Cell<Time>,
    post: OnceCell<Arc<dyn Post>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            now: Cell::default(),
            turning: Cell::default(),
            waiting: RefCell::default(),
            asked: Cell::default(),
            first: Cell::new(Time::NEVER),
            post: OnceCell::new(),
        }
    }
}

impl Clock {
    /// The moment at which the worker's turn has begun; between turns, the last one.
    pub fn now(&self) -> Time {
        self.shared.now.get()
    }

    /// A future that is ready after `span`, counted from now.
    pub fn sleep(&self, span: Duration) -> Sleep {
        let until = self.shared.turning.get().then(|| self.now() + span);
        Sleep { until, span, waits: None, clock: self.clone() }
    }

    /// `post` wakes the worker.
    pub(super) fn attach(&self, post: Arc<dyn Post>) {
        let _ = self.shared.post.set(post);
    }

    /// Whether the worker polls now; gives back what was before.
    pub(super) fn turning(&self, yes: bool) -> bool {
        self.shared.turning.replace(yes)
    }

    /// Time has come to `now`: wakes whoever has waited for it.
    #[inline]
    pub(super) fn tick(&self, now: Time) {
        self.shared.now.set(now);
        while self.shared.first.get() <= now {
            self.wake_first();
        }
    }

    fn wake_first(&self) {
        // Not borrowed while it wakes: a waker may run anything.
        let first = self.shared.waiting.borrow_mut().pop_first();
        self.note_first();
        if let Some((_, waker)) = first {
            waker.wake();
        }
    }

    /// When the next one is to be woken.
    #[inline]
    pub(super) fn next(&self) -> Option<Time> {
        let first = self.shared.first.get();
        (first != Time::NEVER).then_some(first)
    }

    fn note_first(&self) {
        let waiting = self.shared.waiting.borrow();
        self.shared.first.set(waiting.first_key_value().map_or(Time::NEVER, |((at, _), _)| *at));
    }

    /// Wakes `waker` at `at`; gives back what that is filed under.
    fn file(&self, at: Time, waker: Waker) -> (Time, u64) {
        let number = self.shared.asked.get();
        self.shared.asked.set(number.wrapping_add(1));
        let earlier = at < self.shared.first.get();
        self.shared.waiting.borrow_mut().insert((at, number), waker);
        self.note_first();
        if earlier
            && !self.shared.turning.get()
            && let Some(post) = self.shared.post.get()
        {
            // The worker waits already, and not for this.
            post.wake();
        }
        (at, number)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Waits for a moment. Made by [`Clock::sleep`] or [`Call::sleep`](super::Call::sleep). Dropped, it
/// leaves nothing behind.
///
/// ```
/// use std::time::Duration;
///
/// use nova_http::testing::App;
/// use nova_http::{Call, Sleep};
///
/// async fn slow(call: Call) -> &'static str {
///     let minute: Sleep = call.sleep(Duration::from_secs(60));
///     minute.await;
///     "a minute later"
/// }
///
/// let app = App::new_async(slow);
/// let answer = app.get("/").begin();
/// app.advance(Duration::from_secs(60));
/// assert_eq!(answer.finish().text(), "a minute later");
/// ```
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Sleep {
    /// Not known, if it began between turns.
    until: Option<Time>,
    span: Duration,
    /// What it is filed under.
    waits: Option<(Time, u64)>,
    clock: Clock,
}

impl Sleep {
    /// Sees to it that `waker` is woken, if it has been filed and its moment has not come; `false` if
    /// there is nothing filed.
    fn is_filed_for(&self, waker: &Waker) -> bool {
        let Some(key) = &self.waits else { return false };
        match self.clock.shared.waiting.borrow().get(key) {
            Some(filed) if filed.will_wake(waker) => return true,
            Some(_) => {}
            None => return false,
        }
        // It is another task's now. Neither clone nor drop while the list is borrowed.
        let waker = waker.clone();
        let before = self.clock.shared.waiting.borrow_mut().insert(*key, waker);
        drop(before);
        true
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_filed_for(cx.waker()) {
            return Poll::Pending;
        }
        // A turn has begun since it was filed, or this is one: the clock is right.
        let right = self.waits.take().is_some() || self.clock.shared.turning.get();
        if right && self.until.is_none() {
            self.until = Some(self.clock.now() + self.span);
        }
        if self.until.is_some_and(|until| self.clock.now() >= until) {
            return Poll::Ready(());
        }
        let at = self.until.unwrap_or(Time::ZERO);
        self.waits = Some(self.clock.file(at, cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.waits.take() {
            let waker = self.clock.shared.waiting.borrow_mut().remove(&key);
            self.clock.note_first();
            drop(waker);
        }
    }
}
