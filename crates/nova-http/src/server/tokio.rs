//! Workers as guests of Tokio: one runtime with one thread for each, so that everything that a future
//! touches stays there.
//!
//! The worker is a task like others. Its driver's descriptor is readable when it has events, and
//! Tokio watches that; then it turns without waiting, until it has nothing left to do.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::task::Poll;

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
    local.block_on(&runtime, async {
        let mut worker = make();
        for listener in listeners {
            worker.listen(listener)?;
        }
        guest(&mut worker).await
    })
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
        match worker.turn(Wait::No)? {
            Next::Again => tokio::task::yield_now().await,
            Next::WhenWoken => readable(&watched).await?,
            Next::At(moment) => {
                if moment != armed {
                    let span = moment.since(worker.driver().now());
                    sleep.as_mut().reset(Instant::now() + span);
                    armed = moment;
                }
                if first(readable(&watched), sleep.as_mut()).await? {
                    armed = Time::NEVER;
                }
            }
            Next::Done => return Ok(worker.report()),
        }
    }
}

/// Waits until the driver has events. Whoever comes after that is news again.
async fn readable(watched: &AsyncFd<OwnedFd>) -> io::Result<()> {
    watched.readable().await?.clear_ready();
    Ok(())
}

/// Waits for either; `true` if it was the time that came.
async fn first(
    readable: impl Future<Output = io::Result<()>>,
    mut sleep: Pin<&mut Sleep>,
) -> io::Result<bool> {
    let mut readable = pin!(readable);
    poll_fn(|cx| {
        if let Poll::Ready(outcome) = readable.as_mut().poll(cx) {
            return Poll::Ready(outcome.map(|()| false));
        }
        sleep.as_mut().poll(cx).map(|()| Ok(true))
    })
    .await
}
