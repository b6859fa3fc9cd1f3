//! `--stats`: counters and failures on standard error, every so often and at the end.

use std::fmt::Write;
use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use nova_http::Handle;

/// The thread that prints.
pub(crate) struct Stats {
    /// Dropped: prints once more and ends.
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Stats {
    /// Prints every so many seconds from now on.
    pub(crate) fn start(
        handle: Handle,
        every: NonZeroU32,
        log_lines_lost: Option<Arc<AtomicU64>>,
    ) -> io::Result<Self> {
        let (end, ended) = channel();
        let every = Duration::from_secs(every.get().into());
        let thread = Builder::new().name("nova-stats".into()).spawn(move || {
            loop {
                let last = ended.recv_timeout(every) != Err(RecvTimeoutError::Timeout);
                eprintln!("{}", text(&handle, log_lines_lost.as_deref()));
                if last {
                    return;
                }
            }
        })?;
        Ok(Self { end, thread })
    }

    /// Prints a last time.
    pub(crate) fn finish(self) {
        drop(self.end);
        let _ = self.thread.join();
    }
}

/// One line of counters, and one of failures if there are any.
fn text(handle: &Handle, log_lines_lost: Option<&AtomicU64>) -> String {
    let (total, open) = (handle.total(), handle.connections().iter().sum::<usize>());
    let mut text = format!("nova: stats open={open}");
    for (name, count) in total.all().filter(|(_, count)| *count > 0) {
        let _ = write!(text, " {name}={count}");
    }
    let lost = log_lines_lost.map_or(0, |lost| lost.load(Ordering::Relaxed));
    if lost > 0 {
        let _ = write!(text, " log_lines_lost={lost}");
    }
    for (nth, (reason, phase, count)) in total.failures.all().enumerate() {
        text.push_str(if nth == 0 { "\nnova: failures" } else { "" });
        let _ = write!(text, " {}/{}={count}", reason.name(), phase.name());
    }
    text
}
