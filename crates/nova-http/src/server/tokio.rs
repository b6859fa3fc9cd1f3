//! Workers as guests of Tokio: one runtime with one thread for each, so that everything that a future
//! touches stays there.
//!
//! The worker is a task like others. Its driver's descriptor is readable when it has events, and
//! Tokio watches that; then it turns without waiting, until it has nothing left to do. Who wakes it
//! from elsewhere, timers and tasks of Tokio among them, wakes that task and not the driver, which
//! costs no system call on the worker's own thread.
//!
//! Tokio's budget for one task is lifted: it counts what all futures of the worker do together, and
//! would have most of a busy turn's futures polled in vain. The worker has bounds of its own.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use nova_io::portable::{Listener, Portable};
use nova_io::{Driver, Time, Wait};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::application::Application;
use crate::report::Report;
use crate::stack::Stack;
use crate::worker::{Next, Worker};

/// Runs the worker that `make` makes within a runtime of its own.
pub(super) fn run<S: Stack, A: Application>(
    make: impl FnOnce() -> Worker<Portable, S, A>,
    listeners: Vec<Listener>,
) -> io::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let hosted = async {
        let mut worker = make();
        for listener in listeners {
            worker.listen(listener)?;
        }
        guest(&mut worker).await
    };
    local.block_on(&runtime, tokio::task::unconstrained(hosted))
}

async fn guest<S: Stack, A: Application>(
    worker: &mut Worker<Portable, S, A>,
) -> io::Result<Report> {
    // A second descriptor of the same epoll, since the worker keeps its own.
    let descriptor = worker.driver().descriptor().ok_or(io::ErrorKind::Unsupported)?;
    let descriptor = descriptor.try_clone_to_owned()?;
    // Its successor is `unsafe`, which this crate forbids; what that asks for (a descriptor that is
    // owned and never replaced) an `OwnedFd` gives.
    #[allow(deprecated)]
    let watched = AsyncFd::with_interest(descriptor, Interest::READABLE)?;
    let mut sleep = pin!(sleep_until(Instant::now()));
    let mut armed = Time::NEVER;
    loop {
        let until = match worker.turn(Wait::No)? {
            Next::Again => {
                tokio::task::yield_now().await;
                continue;
            }
            Next::WhenWoken => None,
            Next::At(moment) => Some(moment),
            Next::Done => return Ok(worker.report()),
        };
        if let Some(moment) = until
            && moment != armed
        {
            let span = moment.since(worker.driver().read_clock());
            sleep.as_mut().reset(Instant::now() + span);
            armed = moment;
        }
        poll_fn(|cx| {
            if !worker.sleeps_for(cx.waker()) || readable(&watched, cx)? {
                return Poll::Ready(Ok(()));
            }
            if until.is_some() && sleep_is_over(sleep.as_mut(), cx) {
                armed = Time::NEVER;
                return Poll::Ready(io::Result::Ok(()));
            }
            Poll::Pending
        })
        .await?;
    }
}

/// Whether the driver has events. Whoever comes after that is news again.
fn readable(watched: &AsyncFd<OwnedFd>, cx: &mut Context<'_>) -> io::Result<bool> {
    match watched.poll_read_ready(cx) {
        Poll::Ready(ready) => ready.map(|mut ready| {
            ready.clear_ready();
            true
        }),
        Poll::Pending => Ok(false),
    }
}

fn sleep_is_over(sleep: Pin<&mut Sleep>, cx: &mut Context<'_>) -> bool {
    sleep.poll(cx).is_ready()
}
