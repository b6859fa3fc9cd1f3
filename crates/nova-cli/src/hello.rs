//! `nova hello`: an ordinary handler over the public API, with the default limits.

use std::error::Error;
use std::io::Write;
use std::num::NonZeroUsize;
use std::time::Duration;

use nova_http::{Answered, Request, Response, Server};

use crate::args::Hello;

/// How long running requests have after the first signal. Schedulers commonly kill after 10 s (and
/// later); this leaves them nothing to do.
const GRACE: Duration = Duration::from_secs(8);

/// Runs until a signal stops it.
pub(crate) fn run(options: &Hello) -> Result<(), Box<dyn Error>> {
    raise_descriptor_limit();
    let server = Server::bind(&*options.bind)?.workers(workers(options));
    let running = server.start(hello)?;
    let handle = running.handle();
    ctrlc::set_handler(move || handle.stop(GRACE))?;
    let handle = running.handle();
    let count = handle.counters().len();
    let plural = if count == 1 { "" } else { "s" };
    let mut stdout = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    let _ = writeln!(
        stdout,
        "nova: listening on http://{} with {count} worker{plural}; stop with Ctrl-C or SIGTERM",
        handle.local_addr()
    );
    let _ = stdout.flush();
    drop(stdout);
    running.join()?;
    Ok(())
}

/// Content has been read when a handler runs; what is asked for does not matter.
fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
    response.fields(&[("content-type", "text/plain")]).send(b"Hello World")
}

/// As many workers as processors that this process may use: affinity and cgroup quota count.
fn workers(options: &Hello) -> usize {
    options
        .workers
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
}

/// Every connection takes a descriptor, and the usual soft limit is 1,024.
fn raise_descriptor_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open descriptors could not be raised");
    }
}
