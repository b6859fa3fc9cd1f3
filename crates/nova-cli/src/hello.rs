//! `nova hello`: an ordinary handler over the public API, with the default limits.

use std::error::Error;
use std::io::Write;
use std::num::NonZeroUsize;
use std::time::Duration;

use nova_http::{Answered, Endpoint, Handle, ListenOptions, Request, Response, Server};

use crate::access_log::AccessLog;
use crate::args::Hello;
use crate::signals;
use crate::stats::Stats;

/// Where it listens if nothing is said.
const DEFAULT_BIND: &str = "127.0.0.1:3000";

/// Runs until a signal stops it.
pub(crate) fn run(options: &Hello) -> Result<(), Box<dyn Error>> {
    raise_descriptor_limit();
    let mut server = listen(options)?.workers(workers(options));
    if let Some(networks) = &options.proxy_protocol {
        server = server.proxy_protocol(networks.clone());
    }
    let mut log = None;
    if options.access_log {
        let (writer, lines) = AccessLog::start()?;
        server = server.on_response(move |response| lines.note(response));
        log = Some(writer);
    }
    let running = server.start(hello)?;
    let handle = running.handle();
    signals::stop_on_signals(handle.clone(), Duration::from_secs(options.grace.into()))?;
    announce(&handle, options.access_log);
    let lost = log.as_ref().map(AccessLog::lost);
    let stats = options.stats.map(|every| Stats::start(handle, every, lost)).transpose()?;
    let report = running.join();
    // The workers have ended, and with them the hook: no lines can come any more.
    let lost = log.map_or(0, AccessLog::finish);
    if let Some(stats) = stats {
        stats.finish();
    }
    let report = report?;
    if report.cut > 0 {
        eprintln!("nova: {report}");
    }
    if lost > 0 {
        eprintln!("nova: {lost} lines of the access log were not written");
    }
    Ok(())
}

fn listen(options: &Hello) -> Result<Server, Box<dyn Error>> {
    let mut server = Server::with(ListenOptions::default());
    for address in &options.bind {
        server = server.and_bind(&**address)?;
    }
    #[cfg(unix)]
    for path in &options.unix {
        server = server.and_unix(path)?;
    }
    if server.local_addrs().is_empty() {
        server = server.and_bind(DEFAULT_BIND)?;
    }
    Ok(server)
}

/// Says where it listens, to whoever has started it: a person, or a program that waits for this line.
/// With an access log that belongs to standard error, since every line of the log is an answer.
fn announce(handle: &Handle, log: bool) {
    let (count, ends) = (handle.counters().len(), handle.local_addrs());
    let places: Vec<_> = ends
        .iter()
        .map(|end| match end {
            Endpoint::Tcp(address) => format!("http://{address}"),
            end => end.to_string(),
        })
        .collect();
    let plural = if count == 1 { "" } else { "s" };
    let line = format!(
        "nova: listening on {} with {count} worker{plural}; stop with Ctrl-C or SIGTERM\n",
        places.join(", ")
    );
    // A closed standard output is no reason not to serve.
    let _ = if log {
        std::io::stderr().write_all(line.as_bytes())
    } else {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush())
    };
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
