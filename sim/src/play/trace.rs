//! The history, in lines.

use std::time::Duration;

/// The history, as far as somebody wants to read it.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    text: Option<String>,
    pub(super) step: u64,
    pub(super) now: Duration,
}

impl Trace {
    pub(super) fn new(wanted: bool) -> Self {
        Self { text: wanted.then(String::new), ..Self::default() }
    }

    /// Writes a line, if anybody reads it.
    pub(crate) fn line(&mut self, line: impl FnOnce() -> String) {
        let (step, now) = (self.step, self.now.as_secs_f64());
        if let Some(text) = &mut self.text {
            text.push_str(&format!("{step:>6} {now:>9.3} {}\n", line()));
        }
    }

    pub(super) fn take(&mut self) -> String {
        self.text.take().unwrap_or_default()
    }
}
