//! Waking a driver that waits, from other threads.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mio::{Registry, Token};

/// Wakes a [`Portable`](super::Portable) driver. Wakes that come before the driver has noticed the
/// first one cost one atomic exchange and no system call.
#[derive(Clone, Debug)]
pub struct Waker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    system: mio::Waker,
    /// A wake is under way that the driver has not noticed yet.
    signalled: AtomicBool,
}

impl Waker {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let system = mio::Waker::new(registry, token)?;
        Ok(Self { shared: Arc::new(Shared { system, signalled: AtomicBool::new(false) }) })
    }

    /// The driver has noticed, and its caller will look into its mailbox after this.
    ///
    /// Exchanges here and in `wake` are ordered: either the waker finds `false` and signals anew,
    /// or what it posted before is seen by the look that follows this call.
    pub(super) fn acknowledge(&self) {
        self.shared.signalled.swap(false, Ordering::AcqRel);
    }
}

impl crate::Waker for Waker {
    fn wake(&self) -> io::Result<()> {
        if self.shared.signalled.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.shared.system.wake().inspect_err(|_| {
            self.shared.signalled.store(false, Ordering::Release);
        })
    }
}
