//! Level-triggered epoll.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Readable (or closed by the peer).
pub const READABLE: u32 = libc::EPOLLIN as u32;
/// Writable.
pub const WRITABLE: u32 = libc::EPOLLOUT as u32;

/// An epoll instance.
#[derive(Debug)]
pub struct Epoll {
    fd: OwnedFd,
}

/// Room for the events of one wait.
pub struct Events {
    list: Vec<libc::epoll_event>,
    filled: usize,
}

impl Events {
    /// Room for `capacity` events.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { list: vec![libc::epoll_event { events: 0, u64: 0 }; capacity], filled: 0 }
    }

    /// The tokens of the last wait, each with what is ready.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.list[..self.filled].iter().map(|event| (event.u64, event.events))
    }
}

impl Epoll {
    /// A new instance.
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer; the descriptor it returns is ours alone.
        unsafe {
            let fd = super::check(libc::epoll_create1(libc::EPOLL_CLOEXEC))?;
            Ok(Self { fd: OwnedFd::from_raw_fd(fd) })
        }
    }

    /// Watches `fd` for `interest` under `token`.
    pub fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: u32) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, token, interest)
    }

    /// Changes what `fd` is watched for.
    pub fn change(&self, fd: BorrowedFd<'_>, token: u64, interest: u32) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd, token, interest)
    }

    fn control(
        &self,
        operation: libc::c_int,
        fd: BorrowedFd<'_>,
        token: u64,
        interest: u32,
    ) -> io::Result<()> {
        let mut event = libc::epoll_event { events: interest, u64: token };
        // SAFETY: `event` lives through the call; the kernel copies it.
        unsafe {
            super::check(libc::epoll_ctl(
                self.fd.as_raw_fd(),
                operation,
                fd.as_raw_fd(),
                &raw mut event,
            ))?;
        }
        Ok(())
    }

    /// Waits until something is ready or `timeout_ms` have passed (-1: for ever, 0: not at all).
    /// An interruption by a signal counts as "nothing is ready".
    #[inline]
    pub fn wait(&self, events: &mut Events, timeout_ms: i32) -> io::Result<()> {
        events.filled = 0;
        // SAFETY: the pointer and the length describe the same initialised vector.
        let count = unsafe {
            libc::epoll_wait(
                self.fd.as_raw_fd(),
                events.list.as_mut_ptr(),
                events.list.len() as libc::c_int,
                timeout_ms,
            )
        };
        match super::check(count) {
            Ok(count) => events.filled = count as usize,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// As [`Epoll::wait`], for at most `limit`, to the nanosecond: epoll itself knows milliseconds, so
    /// poll waits for it.
    pub fn wait_for(&self, events: &mut Events, limit: Duration) -> io::Result<()> {
        let mut watched =
            libc::pollfd { fd: self.fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let limit = libc::timespec {
            tv_sec: limit.as_secs() as libc::time_t,
            tv_nsec: limit.subsec_nanos().into(),
        };
        // SAFETY: both structures live through the call, one of the former is announced, and the null
        // mask leaves the signals as they are.
        let ready = unsafe { libc::ppoll(&raw mut watched, 1, &raw const limit, std::ptr::null()) };
        match super::check(ready) {
            Ok(0) => events.filled = 0,
            Ok(_) => return self.wait(events, 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => events.filled = 0,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    /// A wait ends when its time is over, and when something is ready.
    #[test]
    fn a_wait_has_two_ends() -> io::Result<()> {
        let (mut far, near) = UnixStream::pair()?;
        let epoll = Epoll::new()?;
        epoll.add(near.as_fd(), 7, READABLE)?;
        let mut events = Events::with_capacity(4);
        epoll.wait_for(&mut events, Duration::from_micros(50))?;
        assert_eq!(events.iter().count(), 0);
        far.write_all(b"x")?;
        epoll.wait_for(&mut events, Duration::from_secs(60))?;
        assert_eq!(events.iter().map(|(token, _)| token).collect::<Vec<_>>(), [7]);
        Ok(())
    }
}
