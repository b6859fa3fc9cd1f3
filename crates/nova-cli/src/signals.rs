//! SIGTERM, SIGINT and SIGHUP: the first one stops, the second one ends.
//!
//! A handler is installed for each of them, and so they also reach a process that is the first of its
//! container (PID 1), which the kernel's default actions do not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nova_http::Handle;

/// What shells give to whom Ctrl-C has ended.
const ENDED: i32 = 130;

/// Stops the server on the first signal, with this grace. On the second one the process ends at once.
pub(crate) fn stop_on_signals(handle: Handle, grace: Duration) -> Result<(), ctrlc::Error> {
    let asked = AtomicBool::new(false);
    // Runs on a thread of its own, not within the signal handler.
    ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            let open: usize = handle.connections().iter().sum();
            eprintln!("nova: a second signal: {open} connections are cut off");
            std::process::exit(ENDED);
        }
        handle.stop(grace);
    })
}
