//! What is being measured now, and how long it still takes: a bar on a terminal, lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The way through a measurement whose parts take a known time.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Seconds of all parts, by plan, and of those that are done.
    all: f64,
    done: f64,
}

impl Progress {
    /// A way of so many seconds.
    pub(crate) fn over(seconds: f64) -> Self {
        let bar = ProgressBar::new((seconds * 10.0) as u64);
        let style = ProgressStyle::with_template("{bar:24} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, all: seconds, done: 0.0 }
    }

    /// A part begins.
    pub(crate) fn now(&self, what: &str) {
        let line = format!("{what}; {} left", self.left());
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.set_message(line);
        }
    }

    /// A part that was planned to take so many seconds is over.
    pub(crate) fn passed(&mut self, seconds: f64) {
        self.done += seconds;
        self.bar.set_position((self.done * 10.0) as u64);
    }

    /// The plan, corrected by how long things have taken so far.
    fn left(&self) -> String {
        let planned = (self.all - self.done).max(0.0);
        let slower = if self.done > 10.0 {
            (self.bar.elapsed().as_secs_f64() / self.done).clamp(0.5, 5.0)
        } else {
            1.0
        };
        time(Duration::from_secs_f64(planned * slower))
    }

    /// A sentence above the bar.
    pub(crate) fn say(&self, line: &str) {
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A duration for somebody who waits.
fn time(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..90 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds while they matter, minutes beyond.
    #[test]
    fn times_are_short() {
        assert_eq!(time(Duration::from_secs(89)), "89 s");
        assert_eq!(time(Duration::from_secs(90)), "2 min");
        assert_eq!(time(Duration::from_secs(600)), "10 min");
    }
}
