//! What the kernel knows of a process: CPU time, context switches, memory (proc(5)).
//!
//! CPU time comes from `/proc/PID/task/*/schedstat`, the scheduler's own account in nanoseconds; it is
//! exact when the tasks sleep, as a server's do once its client has gone. `utime + stime` count clock
//! ticks of 10 ms and serve as the cross-check; they also hold the time of threads that have ended.

use std::fs;

use anyhow::{Context, ensure};

/// Linux has reported `utime` and `stime` in hundredths of a second since 2.6 (USER_HZ).
const TICK_NS: u64 = 10_000_000;

/// Running totals of a process at one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// On a core, nanoseconds.
    pub ran_ns: u64,
    /// Ready to run, but waiting for a core, nanoseconds.
    pub waited_ns: u64,
    /// `utime + stime`, nanoseconds.
    pub ticks_ns: u64,
    /// Voluntary context switches.
    pub slept: u64,
}

impl Account {
    /// Reads the totals of all tasks of a process.
    ///
    /// # Errors
    /// There is no such process.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let mut account = Self { ticks_ns: ticks(&read(pid, "stat")?)?, ..Self::default() };
        let tasks = format!("/proc/{pid}/task");
        for task in fs::read_dir(&tasks).with_context(|| format!("cannot read {tasks}"))? {
            let task = task?.path();
            let read = |file: &str| fs::read_to_string(task.join(file));
            // A thread that has just ended is not there any more; the ticks still hold its time.
            let (Ok(times), Ok(status)) = (read("schedstat"), read("status")) else { continue };
            let (ran, waited) = schedstat(&times)?;
            account.ran_ns += ran;
            account.waited_ns += waited;
            account.slept += field(&status, "voluntary_ctxt_switches:")?;
        }
        Ok(account)
    }

    /// What came to pass since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            ran_ns: self.ran_ns.saturating_sub(before.ran_ns),
            waited_ns: self.waited_ns.saturating_sub(before.waited_ns),
            ticks_ns: self.ticks_ns.saturating_sub(before.ticks_ns),
            slept: self.slept.saturating_sub(before.slept),
        }
    }
}

/// Resident memory now, octets. From `smaps_rollup`, which walks the page tables: `VmRSS` is a sum of
/// per-core counters and may be off by some hundred kilobytes.
pub fn resident(pid: u32) -> anyhow::Result<u64> {
    Ok(field(&read(pid, "smaps_rollup")?, "Rss:")? * 1024)
}

/// The most that was resident, octets.
pub fn peak(pid: u32) -> anyhow::Result<u64> {
    Ok(field(&read(pid, "status")?, "VmHWM:")? * 1024)
}

fn read(pid: u32, file: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
}

/// `schedstat`: time run, time waited, time slices.
fn schedstat(text: &str) -> anyhow::Result<(u64, u64)> {
    let numbers: Vec<u64> =
        text.split_whitespace().map(str::parse).collect::<Result<_, _>>().context("schedstat")?;
    ensure!(numbers.len() == 3, "schedstat has {} numbers", numbers.len());
    Ok((numbers[0], numbers[1]))
}

/// Time spent in the program and in the kernel on its behalf, nanoseconds, in ticks of 10 ms; threads
/// that have ended count.
///
/// # Errors
/// There is no such process.
pub fn user_and_system(pid: u32) -> anyhow::Result<(u64, u64)> {
    both_ticks(&read(pid, "stat")?)
}

/// `stat`: the 14th and 15th field. The second is the name in brackets, which may hold anything, also
/// spaces and brackets, so counting begins behind the last one.
fn both_ticks(text: &str) -> anyhow::Result<(u64, u64)> {
    let (_, behind_name) = text.rsplit_once(')').context("stat has no name")?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let mut next =
        || -> anyhow::Result<u64> { Ok(fields.next().context("stat is short")?.parse()?) };
    Ok((next()? * TICK_NS, next()? * TICK_NS))
}

fn ticks(text: &str) -> anyhow::Result<u64> {
    let (user, system) = both_ticks(text)?;
    Ok(user + system)
}

/// The number behind `name` in one of proc's tables of `name: value` lines.
fn field(text: &str, name: &str) -> anyhow::Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.with_context(|| format!("no line {name}"))?;
    let number = value.split_whitespace().next().with_context(|| format!("{name} is empty"))?;
    number.parse().with_context(|| format!("{name} is {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded::Owned;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    /// Time run comes first, then time waited.
    #[test]
    fn schedstat_has_three_numbers() {
        assert_eq!(schedstat("1542913 77 12\n").unwrap(), (1_542_913, 77));
        assert!(schedstat("1542913 77\n").is_err());
        assert!(schedstat("a b c\n").is_err());
    }

    /// A name with spaces and brackets does not shift the fields of `stat`.
    #[test]
    fn stat_survives_its_name() {
        let text = "42 (a ) (b) S 1 42 42 0 -1 4194560 100 0 0 0 250 17 0 0 20 0 1 0 9 1 2";
        assert_eq!(both_ticks(text).unwrap(), (250 * TICK_NS, 17 * TICK_NS));
        assert_eq!(ticks(text).unwrap(), 267 * TICK_NS);
    }

    /// A field is found at the start of its line only.
    #[test]
    fn fields_are_found_by_name() {
        let text = "nonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t4\nVmHWM:\t  12 kB\n";
        assert_eq!(field(text, "voluntary_ctxt_switches:").unwrap(), 4);
        assert_eq!(field(text, "VmHWM:").unwrap(), 12);
        assert!(field(text, "VmRSS:").is_err());
    }

    /// A process that has worked for a while and now sleeps has run, is resident, and its two
    /// accounts of CPU time agree to some ticks.
    #[test]
    fn an_account_is_plausible() {
        let script = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo; read end";
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = Owned(command.spawn().unwrap());
        let mut line = String::new();
        BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let pid = child.0.id();
        let account = Account::of(pid).unwrap();
        assert!(account.ran_ns > 1_000_000, "{account:?}");
        assert!(account.ran_ns.abs_diff(account.ticks_ns) < 5 * TICK_NS, "{account:?}");
        assert!(resident(pid).unwrap() > 100_000);
        assert!(peak(pid).unwrap() > 100_000);
    }
}
