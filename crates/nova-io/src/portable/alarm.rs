//! The end of a long wait.
//!
//! A wait with a time limit makes the kernel set up a timer before it sleeps and take it down when
//! octets arrive, with every wait. A server's deadlines are seconds away and hardly ever come, so on
//! Linux one timer of our own stays set for the earliest of them, and the waits have no limit: it
//! saves 3.6 % of the processor time of a request (100,000 requests each second over 64 connections,
//! 0.27 waits for each).

use std::io;
use std::time::Duration;

use mio::{Registry, Token};

use crate::Time;

#[cfg(target_os = "linux")]
pub(super) use linux::Alarm;

/// Shorter waits get a limit of their own: they are rare, and each would set the timer anew.
#[cfg(target_os = "linux")]
const LONG: Duration = Duration::from_secs(1);

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd, OwnedFd};

    use mio::Interest;
    use mio::unix::SourceFd;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

    use super::*;

    /// A timer that ends waits.
    #[derive(Debug)]
    pub(in super::super) struct Alarm {
        timer: OwnedFd,
        /// What it is set for. It may go off too early for what has been asked since: whoever waits
        /// looks at its deadlines and comes back.
        set_for: Option<Time>,
    }

    impl Alarm {
        pub(in super::super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            registry.register(&mut SourceFd(&timer.as_raw_fd()), token, Interest::READABLE)?;
            Ok(Self { timer, set_for: None })
        }

        /// What limit a wait of at most `time` from `now` needs beside this alarm.
        pub(in super::super) fn limit(
            &mut self,
            now: Time,
            time: Duration,
        ) -> io::Result<Option<Duration>> {
            if time < LONG {
                return Ok(Some(time));
            }
            let due = now + time;
            if self.set_for.is_none_or(|set_for| set_for > due) {
                self.set(time)?;
                self.set_for = Some(due);
            }
            Ok(None)
        }

        /// It has gone off. Its count of expirations is left unread: setting it again clears it,
        /// and readiness is told once for each expiration.
        pub(in super::super) fn gone_off(&mut self) {
            self.set_for = None;
        }

        fn set(&self, time: Duration) -> io::Result<()> {
            let value = Timespec {
                tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX),
                tv_nsec: time.subsec_nanos().into(),
            };
            let once =
                Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
            timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
            Ok(())
        }
    }
}

/// Elsewhere every wait has its own limit.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(super) struct Alarm;

#[cfg(not(target_os = "linux"))]
impl Alarm {
    pub(super) fn new(_registry: &Registry, _token: Token) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn limit(&mut self, _now: Time, time: Duration) -> io::Result<Option<Duration>> {
        Ok(Some(time))
    }

    pub(super) fn gone_off(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::super::Portable;
    use super::*;
    use crate::{Driver, Wait};

    /// A long wait ends when it should, though the wait itself has no limit; again and again, and a
    /// shorter one after a longer one, too.
    #[test]
    fn long_waits_end() {
        let mut driver = Portable::new().unwrap();
        // Set for later, so that the next one has to be set for earlier.
        for millis in [1_200, 1_001] {
            driver.alarm.limit(driver.now(), Duration::from_secs(3_600)).unwrap();
            driver.turn(Wait::No).unwrap();
            let due = driver.now() + Duration::from_millis(millis);
            while driver.now() < due {
                driver.turn(Wait::AtMost(due.since(driver.now()))).unwrap();
                assert!(driver.next().is_none(), "an alarm is nobody's event");
            }
        }
    }

    /// What is set for an earlier moment stays; it costs no system call and a wake that is too early.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_earlier_alarm_stays() {
        let mut driver = Portable::new().unwrap();
        let (now, second) = (driver.now(), Duration::from_secs(1));
        assert_eq!(driver.alarm.limit(now, second / 2).unwrap(), Some(second / 2));
        assert_eq!(driver.alarm.limit(now, 60 * second).unwrap(), None);
        assert_eq!(driver.alarm.limit(now, 75 * second).unwrap(), None);
        let text = format!("{:?}", driver.alarm);
        assert!(text.contains(&format!("{:?}", now + 60 * second)), "{text}");
    }
}
