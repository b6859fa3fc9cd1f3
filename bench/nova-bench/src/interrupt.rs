//! Ctrl-C: what is being measured is given up, what was measured is kept. The second one ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);
/// What shells expect of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// From now on the first Ctrl-C (or SIGTERM) only asks.
pub(crate) fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        eprintln!("\nstopping; once more ends at once");
    })?;
    Ok(())
}

/// Whether to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
