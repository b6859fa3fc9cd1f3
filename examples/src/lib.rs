//! What every example needs and none of them is about: its address, its announcement, its end.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use nova_http::{Report, Running};

/// What the `main` of an example returns: any error ends it with a sentence and a status that is not 0.
pub type Outcome = Result<(), Box<dyn Error>>;

/// How long running requests have after the first signal.
const GRACE: Duration = Duration::from_secs(5);

/// What an example was told on its command line.
#[derive(Debug)]
pub struct Arguments {
    /// Where to listen: `--bind ADDRESS`, or what the example itself prefers.
    pub bind: String,
    /// The other words, in order.
    pub rest: Vec<String>,
}

/// Reads the command line; `bind` is where the example listens if that says nothing.
///
/// # Errors
/// `--bind` without an address.
pub fn arguments(bind: &str) -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments { bind: bind.to_owned(), rest: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--bind" {
            arguments.bind = words.next().ok_or("--bind wants an address after it")?;
        } else {
            arguments.rest.push(word);
        }
    }
    Ok(arguments)
}

/// Says where the server listens, and waits until SIGTERM, SIGINT or Ctrl-C has stopped it.
///
/// # Errors
/// A worker that has failed, or signals that cannot be had.
pub fn until_stopped(running: Running) -> Result<Report, Box<dyn Error>> {
    let handle = running.handle();
    // Before the announcement: whoever has read it may send a signal.
    ctrlc::set_handler(move || handle.stop(GRACE))?;
    let endpoints: Vec<String> =
        running.handle().local_addrs().iter().map(ToString::to_string).collect();
    // A closed standard output is no reason not to serve.
    let _ = writeln!(std::io::stdout(), "listening on {}", endpoints.join(" and "));
    Ok(running.join()?)
}

/// The manual's programs are compiled, and those that need no port are run. They are tested here and
/// not in `nova-http`, because they use what programs use: databases, signals, Tokio.
#[cfg(doctest)]
#[doc = include_str!("../../docs/MANUAL.md")]
mod manual {}

/// And those of the chapter for who comes from axum.
#[cfg(doctest)]
#[doc = include_str!("../../docs/AXUM.md")]
mod axum {}

/// And those of the front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
