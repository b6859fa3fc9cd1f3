//! `--access-log`: a line for each answer, in Combined Log Format, without ever making a worker wait.
//!
//! Workers put lines into a bounded channel, and one thread writes them to standard output. A line
//! that finds the channel full, because nobody reads fast enough, is dropped and counted.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime};

use nova_http::Responded;

use crate::combined::line;

/// Lines that may wait to be written: about a megabyte, and a tenth of a second of a busy machine.
const WAITING: usize = 8 * 1024;

/// How long the last lines have to be written when the server has stopped.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Where workers leave their lines.
pub(crate) struct Lines {
    lines: SyncSender<Vec<u8>>,
    lost: Arc<AtomicU64>,
}

impl Lines {
    /// Notes an answer. Never waits.
    pub(crate) fn note(&self, response: &Responded<'_>) {
        self.put(line(response, SystemTime::now()));
    }

    fn put(&self, line: Vec<u8>) {
        if self.lines.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The log of a server, seen from its end.
pub(crate) struct AccessLog {
    /// Comes when all lines are written and no others can come: [`Lines`] has been dropped.
    done: Receiver<()>,
    lost: Arc<AtomicU64>,
}

impl AccessLog {
    /// Starts the thread that writes to standard output.
    pub(crate) fn start() -> io::Result<(Self, Lines)> {
        Self::start_to(io::stdout())
    }

    fn start_to(out: impl Write + Send + 'static) -> io::Result<(Self, Lines)> {
        let (lines, waiting) = sync_channel(WAITING);
        let (written, done) = sync_channel(1);
        let lost: Arc<AtomicU64> = Arc::default();
        let theirs = lost.clone();
        thread::Builder::new().name("nova-access-log".into()).spawn(move || {
            write_all(&waiting, out, &theirs);
            let _ = written.send(());
        })?;
        Ok((Self { done, lost: lost.clone() }, Lines { lines, lost }))
    }

    /// Lines that were not written so far.
    pub(crate) fn lost(&self) -> Arc<AtomicU64> {
        self.lost.clone()
    }

    /// Waits until everything is written, but not for long: whoever reads the log may have stopped
    /// reading. Says how many lines were not written, as far as is known.
    pub(crate) fn finish(self) -> u64 {
        if self.done.recv_timeout(LAST_LINES).is_err() {
            eprintln!("nova: nobody takes the last lines of the access log");
        }
        self.lost.load(Ordering::Relaxed)
    }
}

/// Writes what comes until nothing can come any more; many lines with one system call when many wait.
fn write_all(lines: &Receiver<Vec<u8>>, mut out: impl Write, lost: &AtomicU64) {
    let mut batch = Vec::new();
    let mut failed = false;
    while let Ok(line) = lines.recv() {
        let mut count = 1;
        batch.clear();
        batch.extend_from_slice(&line);
        for line in lines.try_iter().take(WAITING) {
            batch.extend_from_slice(&line);
            count += 1;
        }
        if let Err(error) = out.write_all(&batch).and_then(|()| out.flush()) {
            lost.fetch_add(count, Ordering::Relaxed);
            if !std::mem::replace(&mut failed, true) {
                tracing::warn!(%error, "the access log cannot be written");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// An output that takes a piece only when it is allowed to.
    struct Slow {
        allowed: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.allowed.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.written.send(octets.to_vec()).unwrap();
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Nobody waits for an output that takes nothing: what is too much is counted, and the rest comes
    /// in order.
    #[test]
    fn a_slow_reader_costs_lines_and_nothing_else() {
        let (allow, allowed) = channel();
        let (written, received) = channel();
        let (log, lines) = AccessLog::start_to(Slow { allowed, written }).unwrap();
        let count = 10 * WAITING;
        for n in 0..count {
            lines.put(format!("{n}\n").into_bytes());
        }
        drop(lines);
        let lost = log.lost().load(Ordering::Relaxed);
        assert!(lost >= (count - 2 * WAITING - 1) as u64, "{lost} of {count}");
        for _ in 0..count {
            let _ = allow.send(());
        }
        assert_eq!(log.finish(), lost);
        let text: Vec<u8> = received.try_iter().flatten().collect();
        let numbers: Vec<usize> =
            String::from_utf8(text).unwrap().lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(numbers.len() as u64 + lost, count as u64);
        assert!(numbers.is_sorted());
    }

    /// A reader that has gone, or that hangs, does not keep the server from ending.
    #[test]
    fn an_output_that_is_gone_ends() {
        let (allow, allowed) = channel();
        let (written, _received) = channel();
        let (log, lines) = AccessLog::start_to(Slow { allowed, written }).unwrap();
        lines.put(b"hangs\n".to_vec());
        assert_eq!(log.finish(), 0, "it waits for a while and not for ever");
        drop(allow);
        let (written, _received) = channel();
        let (log, lines) = AccessLog::start_to(Slow { allowed: channel().1, written }).unwrap();
        lines.put(b"gone\n".to_vec());
        drop(lines);
        assert_eq!(log.finish(), 1);
    }
}
