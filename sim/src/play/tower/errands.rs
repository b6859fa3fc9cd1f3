//! What a runtime would be: tasks of one worker, and a clock to sleep by.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nova_http::{Post, SlotWaker, Time, Woken};

/// Tasks and sleepers of one worker.
#[derive(Default)]
pub(crate) struct Errands {
    now: Cell<Time>,
    sleepers: RefCell<Vec<(Time, Waker)>>,
    tasks: RefCell<Vec<Option<Errand>>>,
    woken: RefCell<Option<Arc<Woken>>>,
}

struct Errand {
    future: Pin<Box<dyn Future<Output = ()>>>,
    wakes: Arc<SlotWaker>,
}

impl Errands {
    pub(super) fn attach(&self, post: &Arc<dyn Post>) {
        *self.woken.borrow_mut() = Some(Arc::new(Woken::new(post.clone())));
    }

    /// Time has passed: whoever has slept long enough is woken.
    pub(super) fn turn(&self, now: Time) {
        self.now.set(now);
        let due: Vec<_> =
            self.sleepers.borrow_mut().extract_if(.., |(until, _)| *until <= now).collect();
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// The runtime ends.
    pub(super) fn over(&self) {
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        drop(tasks);
    }

    /// When the next sleeper is to be woken.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.sleepers.borrow().iter().map(|(until, _)| *until).min()
    }

    pub(super) fn running(&self) -> usize {
        self.tasks.borrow().iter().flatten().count()
    }

    /// Ready when so much time has passed.
    pub(super) async fn sleep(&self, span: Duration) {
        let until = self.now.get() + span;
        std::future::poll_fn(|cx| {
            if self.now.get() >= until {
                return Poll::Ready(());
            }
            let mut sleepers = self.sleepers.borrow_mut();
            sleepers.retain(|(_, waker)| !waker.will_wake(cx.waker()));
            sleepers.push((until, cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Another task of the same worker; it begins when the worker looks for what is ready.
    pub(super) fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let Some(woken) = self.woken.borrow().clone() else { return };
        let mut tasks = self.tasks.borrow_mut();
        let number = tasks.len() as u32;
        let wakes = Arc::new(SlotWaker::new(number, woken));
        tasks.push(Some(Errand { future: Box::pin(future), wakes: wakes.clone() }));
        drop(tasks);
        Waker::from(wakes).wake();
    }

    /// Polls the tasks that were woken; says whether there were any.
    pub(super) fn go_on(&self) -> bool {
        let Some(woken) = self.woken.borrow().clone() else { return false };
        let mut due = Vec::new();
        if !woken.take(&mut due) {
            return false;
        }
        for number in due {
            // Not there while it runs: it may spawn others.
            let errand = self.tasks.borrow_mut()[number as usize].take();
            let Some(mut errand) = errand else { continue };
            errand.wakes.look();
            let waker = Waker::from(errand.wakes.clone());
            if errand.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.tasks.borrow_mut()[number as usize] = Some(errand);
            }
        }
        true
    }
}
