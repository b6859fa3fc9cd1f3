//! Affinity, limits, and children that end with their parent.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

/// The cores this thread may run on, ascending.
pub fn allowed_cores() -> io::Result<Vec<usize>> {
    // SAFETY: an all-zero cpu_set_t is a valid empty set; the kernel fills it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        super::check(libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set))?;
        Ok((0..libc::CPU_SETSIZE as usize).filter(|core| libc::CPU_ISSET(*core, &set)).collect())
    }
}

/// Keeps the calling thread to these cores; threads and children made later inherit it.
pub fn pin_to(cores: &[usize]) -> io::Result<()> {
    if cores.iter().any(|core| *core >= libc::CPU_SETSIZE as usize) {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // SAFETY: an all-zero cpu_set_t is a valid empty set; every core is inside it (checked above).
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        for core in cores {
            libc::CPU_SET(*core, &mut set);
        }
        super::check(libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set))?;
    }
    Ok(())
}

/// Raises the soft limit of open descriptors to the hard one and says what it is now.
pub fn raise_descriptor_limit() -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` lives through both calls.
    unsafe {
        super::check(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit))?;
        limit.rlim_cur = limit.rlim_max;
        super::check(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit))?;
    }
    Ok(limit.rlim_cur)
}

/// Lets the calling thread's waits end when they are due, and not up to 50 microseconds later so that
/// several end together.
pub fn wait_exactly() -> io::Result<()> {
    // SAFETY: takes no pointer.
    unsafe { super::check(libc::prctl(libc::PR_SET_TIMERSLACK, 1)).map(drop) }
}

/// Asks a process to end in order (SIGTERM). The caller has not waited for it yet, so the id is still its
/// own.
pub fn ask_to_end(pid: u32) -> io::Result<()> {
    let pid = i32::try_from(pid).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    // SAFETY: takes no pointer.
    unsafe { super::check(libc::kill(pid, libc::SIGTERM)).map(drop) }
}

/// CPU time of all threads of a process, also of those that have ended, to the nanosecond.
///
/// # Errors
/// There is no such process.
pub fn cpu_time(pid: u32) -> io::Result<Duration> {
    let pid = i32::try_from(pid).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: both locals live through the calls, which fill them.
    unsafe {
        match libc::clock_getcpuclockid(pid, &raw mut clock) {
            0 => super::check(libc::clock_gettime(clock, &raw mut time))?,
            error => return Err(io::Error::from_raw_os_error(error)),
        };
    }
    Ok(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

/// CPU time of all children that have ended and were waited for.
pub fn cpu_time_of_children() -> io::Result<Duration> {
    // SAFETY: all-zero numbers are a valid rusage; the kernel fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        super::check(libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage))?;
        usage
    };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    Ok(time(usage.ru_utime) + time(usage.ru_stime))
}

/// The child will run on these cores only, with all the descriptors it may have, and will be killed by
/// the kernel when this process ends: nothing the instrument started outlives it.
pub fn prepare_child(command: &mut Command, cores: &[usize]) {
    let cores = cores.to_vec();
    // SAFETY: between fork and exec only async-signal-safe system calls are made (prctl,
    // sched_setaffinity, getrlimit, setrlimit); nothing allocates.
    unsafe {
        command.pre_exec(move || {
            super::check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            pin_to(&cores)?;
            raise_descriptor_limit()?;
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A prepared child runs on the core it was given, whatever its parent may use.
    #[test]
    fn a_prepared_child_is_pinned() -> io::Result<()> {
        let core = *allowed_cores()?.last().unwrap();
        let mut command = Command::new("cat");
        command.arg("/proc/self/status");
        prepare_child(&mut command, &[core]);
        let status = String::from_utf8(command.output()?.stdout).unwrap();
        let line = status.lines().find(|line| line.starts_with("Cpus_allowed_list:")).unwrap();
        assert_eq!(line.split_whitespace().last(), Some(core.to_string().as_str()));
        Ok(())
    }

    /// The time of threads that have ended is not lost.
    #[test]
    fn cpu_time_is_kept() -> io::Result<()> {
        let work = || (0..3_000_000u64).fold(0, |sum, n| sum ^ std::hint::black_box(n * n));
        let before = cpu_time(std::process::id())?;
        std::thread::spawn(work).join().unwrap();
        assert!(cpu_time(std::process::id())? > before);
        assert!(cpu_time(u32::MAX).is_err());
        Ok(())
    }

    /// A child is counted when it has been waited for.
    #[test]
    fn children_are_counted() -> io::Result<()> {
        let script = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let before = cpu_time_of_children()?;
        assert!(Command::new("sh").args(["-c", script]).status()?.success());
        assert!(cpu_time_of_children()? > before);
        Ok(())
    }

    /// A core that cannot be is refused.
    #[test]
    fn impossible_cores_are_refused() {
        assert!(pin_to(&[libc::CPU_SETSIZE as usize]).is_err());
    }
}
