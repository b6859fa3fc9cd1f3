//! The date, rendered once a second.

use std::time::{SystemTime, UNIX_EPOCH};

/// The value of `Date`.
#[derive(Debug, Default)]
pub struct Clock {
    second: u64,
    date: String,
}

impl Clock {
    /// Looks at the time: once for each wait.
    #[inline]
    pub fn look(&mut self) {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if second != self.second {
            self.second = second;
            self.date = httpdate::fmt_http_date(now);
        }
    }

    /// The date of the last look.
    pub fn date(&self) -> &str {
        &self.date
    }
}
