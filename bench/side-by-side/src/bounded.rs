//! Children that end in time.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

/// A child that is killed, by its own process id, when it is dropped.
#[derive(Debug)]
pub struct Owned(pub Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // Both fail only if the child has ended and was waited for; then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Owned {
    /// Waits for the end, at most until `limit` has passed.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn wait(&mut self, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() > end {
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Runs a command that says little, on one core, and returns what it printed.
///
/// # Errors
/// It cannot be started, takes longer than `limit`, or exits with anything but zero.
pub fn run(mut command: Command, core: usize, limit: Duration) -> anyhow::Result<String> {
    // Its name, and not where it lies: that is nobody's business in a record.
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    bench_sys::process::prepare_child(&mut command, &[core]);
    // Why it failed is one sentence; where in its code is none of a reader's business.
    command.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    // What it prints must fit a pipe (64 KiB): it is read only after the end.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Owned(command.spawn().with_context(|| format!("cannot start {name}"))?);
    let Some(status) = child.wait(limit)? else { bail!("{name} did not end within {limit:?}") };
    let printed = |stream: Option<&mut dyn std::io::Read>| -> anyhow::Result<String> {
        let mut text = String::new();
        if let Some(stream) = stream {
            stream.read_to_string(&mut text)?;
        }
        Ok(text)
    };
    let out = printed(child.0.stdout.as_mut().map(|stream| stream as _))?;
    let err = printed(child.0.stderr.as_mut().map(|stream| stream as _))?;
    ensure!(status.success(), "{name} failed ({status}): {}{}", out.trim(), err.trim());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> anyhow::Result<String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, bench_sys::process::allowed_cores()?[0], limit)
    }

    /// What a command prints is returned.
    #[test]
    fn output_is_returned() {
        assert_eq!(shell("echo hello", Duration::from_secs(10)).unwrap(), "hello\n");
    }

    /// A failure carries what the command said.
    #[test]
    fn failures_say_why() {
        let error = shell("echo broken >&2; exit 3", Duration::from_secs(10)).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }

    /// A command without an end is ended.
    #[test]
    fn endless_commands_are_ended() {
        let error = shell("exec sleep 600", Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("did not end"), "{error}");
    }
}
